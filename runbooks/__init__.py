"""The runbooks we ship, as Markdown with front matter."""
