"""A change as every surface writes it: the one document, and the command by which a person asks for one."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue

if TYPE_CHECKING:
    from interlock.approvals.changes import Change


def document_of(change: Change, link: str) -> dict[str, JsonValue]:
    """The documented shape (docs/json.md): the change, its card in plain words, the page where people decide."""
    text = change.card.text() if change.card else ""
    return {**change.as_json(), "text": text, "link": link}


def command_of(asked: Mapping[str, JsonValue]) -> str:
    """The command that requests `{action, args}`; '' for what cannot be requested."""
    action, args = asked.get("action"), asked.get("args")
    if not action or not isinstance(args, Mapping):
        return ""
    given = [f"--arg {shlex.quote(f'{name}={_said(value)}')}" for name, value in args.items()]
    return " ".join(["interlock request", shlex.quote(str(action)), *given, "--reason '...'"])


def _said(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)
