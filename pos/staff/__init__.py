"""People who work in a store: roles, passwords, PINs, sign-in, and who calls."""
