"""Members, the programme with its rehearsal, rewards, opportunities."""
