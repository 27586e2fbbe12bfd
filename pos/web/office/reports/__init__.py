"""Reports of any days: figures, a picture and a table of each."""
