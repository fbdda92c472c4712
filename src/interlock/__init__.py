"""Interlock: it can look at everything and move nothing without a signature."""

__version__ = "0.1.0"
