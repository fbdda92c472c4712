"""One check a file. The docstring of each says what it detects, which field defines it, and an example."""
