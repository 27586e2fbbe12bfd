"""Attention items: what a person must look at, and who did."""
