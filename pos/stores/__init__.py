"""The tenant and its places: stores, locations with their taxes, registers with their tokens."""
