"""The demo taproom: what a newcomer finds after the first start. Made from the data files in seed/."""
