"""Answers what customers ask in words, from the database alone: what is not in a row is not said."""
