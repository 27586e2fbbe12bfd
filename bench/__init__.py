"""Measures the hot paths against the same statements run by pgbench. Loopback only, bounded, ends by itself."""
