"""Texts as conversations, and campaigns."""
