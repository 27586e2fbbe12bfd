"""Older systems: their customers taken in once, from files or from tables, with a way back."""
