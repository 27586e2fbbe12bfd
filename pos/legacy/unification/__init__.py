"""The older back end's tables of customers, made one: planned, carried over, proven, and taken back if need be."""
