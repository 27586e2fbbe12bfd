"""The shifts of the registers' drawers, and the reports that closed them: what was expected, what was counted, how it ties."""
