"""One module a command, loaded when it is called. Entry points in pyproject.toml name them."""
