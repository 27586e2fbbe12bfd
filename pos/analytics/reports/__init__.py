"""Reports: sales, products, customers, loyalty and messages, of any days, from the rollups and what has changed since."""
