"""Drift held against planted changes: what is found, and what is called drift and is none."""
