"""The kitchen: how far each unit of a line is, and at which station it is made (docs/kitchen.md)."""
