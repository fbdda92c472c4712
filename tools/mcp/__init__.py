"""Other MCP servers as read tools: only what the operator listed and accepted, as redacted evidence like any tool."""
