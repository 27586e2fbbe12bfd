"""Runs the whole product under faults and proves that nothing was lost, doubled or invented (docs/reliability.md)."""
