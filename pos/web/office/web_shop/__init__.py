"""The web shop: connected, read and looked after; what differed, and what could not be taken in."""
