"""The store, its places, registers, people and keys."""
