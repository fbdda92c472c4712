"""Alembic migrations of our own store."""
