"""How well requests in other words are recognised."""
