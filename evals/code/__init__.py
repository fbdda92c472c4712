"""Questions about public infrastructure code nobody here wrote, and what they score: the product from outside."""
