"""The board of saved charts, and the form in which one is made."""
