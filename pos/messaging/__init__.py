"""Texts both ways: the outbox and the permit of each message, consent, wording, Twilio, the inbox, campaigns."""
