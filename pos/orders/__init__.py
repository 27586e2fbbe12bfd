"""What was sold: orders and their lines, prices, life cycle."""
