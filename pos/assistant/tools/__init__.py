"""The tools that answers come from: typed questions to the books (tool.py). All of them: registry.py."""
