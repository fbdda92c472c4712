"""Scenarios, suites and benches that drive the product from outside."""
