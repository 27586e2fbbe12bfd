"""The cashier's shift: what was in the drawer, what came and went, and the numbered report that closes it."""
