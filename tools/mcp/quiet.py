"""Keeps a server's words out of our logs.

Threat: the MCP library logs what it cannot read, as it came: a secret or an instruction reaches standard error or a log
collector past the redactor. Mechanism: what its modules log in the thread of a conversation is dropped; what went wrong is
told by the error, redacted. Logs of our own MCP server, in other threads, stay.
"""

from __future__ import annotations

import logging

THREAD = "mcp-conversation"
_LOGGERS = (
    "client",
    "httpcore2.connection",
    "httpcore2.http11",
    "httpcore2.http2",
    "httpcore2.proxy",
    "httpcore2.socks",
    "httpx2",
    "mcp.client.caching",
    "mcp.client.client",
    "mcp.client.streamable_http",
    "mcp.client.subscriptions",
    "mcp.shared.dispatcher",
    "mcp.shared.jsonrpc_dispatcher",
    "mcp.shared.tool_name_validation",
)


class _NotOfAConversation(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.threadName != THREAD


_FILTER = _NotOfAConversation()


def keep_quiet() -> None:
    """From now on; calling it again changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
