"""What was sold: the list, and one order whole with what may still be done about it."""
