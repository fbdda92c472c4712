"""The redactor: the one way out for text from outside. See `redactor`; the table of rules is `rules/` and `shapes/`."""

from __future__ import annotations

from interlock.core.redaction.model import Cleaned, JsonValue, Span
from interlock.core.redaction.redactor import Pii, Redactor

__all__ = ["Cleaned", "JsonValue", "Pii", "Redactor", "Span"]
