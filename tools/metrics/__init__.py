"""Monitors behind one Protocol, and the tool that lists them."""
