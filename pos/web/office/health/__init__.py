"""Whether all is well behind the counter: the audit, jobs, webhooks, what is stuck; and the log of who did what."""
