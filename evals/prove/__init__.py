"""Long proofs, each a module of its own; their results are in evals/results."""
