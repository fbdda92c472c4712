"""What the record says of a change: rows can be put back by whoever has the database, the chain cannot unseen."""

from __future__ import annotations

from interlock.core.audit import AuditLog

_CLAIM = "change.claim"
_INTEND = "change.intend"
_ENDS = tuple(f"change.{event}" for event in ("succeed", "fail", "deny", "expire", "revoke", "stale"))


def claimed(audit: AuditLog, digest: str, after: int) -> bool:
    """Whether the record, from number `after` on, says that this digest was claimed."""
    return _says(audit, _CLAIM, digest, after)


def intended(audit: AuditLog, digest: str) -> bool:
    """Whether the record says that something was about to be sent for this digest."""
    return _says(audit, _INTEND, digest, 0)


def ended(audit: AuditLog, digest: str, after: int) -> bool:
    """Whether the record, from number `after` on, says that the change of this digest ended."""
    return any(_says(audit, kind, digest, after) for kind in _ENDS)


def _says(audit: AuditLog, kind: str, digest: str, after: int) -> bool:
    return any(record.body.get("digest") == digest for record in audit.of_kind(kind, after=after))
