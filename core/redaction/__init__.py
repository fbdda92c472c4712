"""The redactor: the one way out for text from outside. See `redactor`; the table of rules is `rules/` and `shapes/`."""

from __future__ import annotations

from .model import Cleaned, JsonValue, Span
from .redactor import Pii, Redactor

__all__ = ["Cleaned", "JsonValue", "Pii", "Redactor", "Span"]
