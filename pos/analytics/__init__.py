"""What an owner asks of the books: reports, saved charts, and questions in SQL."""
