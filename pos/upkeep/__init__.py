"""What managers see and do about the work behind the counter: the audit, jobs, and what hangs at Stripe and Twilio."""
