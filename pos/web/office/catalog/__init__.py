"""What is sold: products with images and stock, categories, coupons; CSV in and out."""
