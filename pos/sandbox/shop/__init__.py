"""A web shop to connect: it speaks WooCommerce's REST dialect, and has people who order, pay, cancel and refund there."""
