"""Who buys: identity by phone, profile, consent."""
