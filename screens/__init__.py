"""Pictures of every page and state, and a look at each for what is cut off, too small or unreadable. docs/look.md shows them."""
