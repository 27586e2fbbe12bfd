"""The kitchen as its owner sets it up: stations, what is made where, when a ticket is late; and how long things took."""
