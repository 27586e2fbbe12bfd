"""What is for sale: categories and products, their prices, tax classes and stock."""
