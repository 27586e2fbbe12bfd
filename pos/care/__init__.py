"""The whole story of a customer: another number, two who are one, who wants to be forgotten, and all that is held of one person."""
