"""Saved charts: a question in SQL with the picture of its answer, kept with that answer ([docs/charts.md])."""
