"""MCP: the registry's tools, runbooks, code and evidence for IDEs and other agents, over stdio and Streamable HTTP.

A caller may look at what its principal may see and ask for a change; nothing is ever decided here.
"""
