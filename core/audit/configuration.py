"""Puts on record under which settings a service runs: once for each change, as digests, never as values.

A section's digest covers its effective values with secrets masked, so that a changed key is no changed configuration
and nothing of it can be guessed from the record.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from pydantic import JsonValue

from interlock.core.audit.log import AuditLog
from interlock.core.store import Store, noted

NAME = "configuration"
_PASSWORD = re.compile(r"(://[^/@\s:]*:)[^/@\s]+@")


def record(sections: Mapping[str, JsonValue], store: Store, log: AuditLog) -> bool:
    """Record the settings when they are not those recorded last; whether they were recorded.

    Args:
        sections: every section as it is shown, secrets masked.
        store: where the digests of the last time are.
        log: the record.

    Raises:
        StoreFailed: when that cannot be looked up or written.
    """
    now = {name: _digest(section) for name, section in sorted(sections.items())}
    before = noted.read(store, NAME)
    known = before if isinstance(before, dict) else {}
    if known == now:
        return False
    changed = [name for name in sorted({*now, *known}) if now.get(name) != known.get(name)]
    said: dict[str, JsonValue] = {"digest": _digest(dict(now)), "changed": [*changed], "first": not known}
    log.append("configuration.changed", {**said, "sections": dict(now)})
    noted.write(store, NAME, dict(now))
    return True


def _digest(value: JsonValue) -> str:
    import rfc8785

    return hashlib.sha256(rfc8785.dumps(_masked(value))).hexdigest()


def _masked(value: JsonValue) -> JsonValue:
    """The value without passwords inside URLs; settings mask their secret fields themselves."""
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return _PASSWORD.sub(r"\1***@", value) if isinstance(value, str) else value
