"""Campaigns: one marketing text to a segment of the customers, from its draft to what came of it."""
