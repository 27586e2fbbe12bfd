"""Who buys here: search, the whole story of each, and their care."""
