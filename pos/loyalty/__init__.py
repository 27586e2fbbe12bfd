"""TapPass: members, their points as a ledger of lots, what points buy, and the store's programme."""
