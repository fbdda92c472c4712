"""The conversation: graph, models, prompts, answer and citation check."""
