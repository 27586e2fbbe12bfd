"""The counter: conducts customers, catalogue, orders and payments in one commit."""
