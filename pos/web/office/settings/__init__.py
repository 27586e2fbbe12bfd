"""The store, its places, registers, people and keys; and what is one's own: password, second factor, sessions."""
