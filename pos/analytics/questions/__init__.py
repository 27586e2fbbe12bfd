"""Questions in SQL that only read: views of one store, logins that see nothing else, and a grammar (docs/questions.md)."""
