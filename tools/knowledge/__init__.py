"""Runbooks and infrastructure code as tools read them: search, read, cite to the line."""
