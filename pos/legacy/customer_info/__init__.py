"""The chat service's customers: one JSON object for each, in files of their own or line by line in one."""
