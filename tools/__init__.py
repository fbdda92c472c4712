"""Everything the assistant can look at: typed, read-only."""
