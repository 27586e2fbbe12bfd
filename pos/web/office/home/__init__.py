"""What happened today, and what waits for a person."""
