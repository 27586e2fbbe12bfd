"""The audit: proves the books of each store, by command, every night and for the metrics."""
