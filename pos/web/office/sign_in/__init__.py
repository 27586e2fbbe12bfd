"""In to the office and out of it."""
