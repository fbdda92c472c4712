"""One pattern for many fixed strings."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 2_000


def literal(values: Iterable[str | bytes]) -> bytes:
    """One pattern for all the values, longest first so that the longest form wins."""
    ordered = sorted(
        {v.encode() if isinstance(v, str) else v for v in values if v}, key=lambda v: (-len(v), v)
    )[:_MOST]
    return b"|".join(b"".join(b"\\x%02x" % byte for byte in v) for v in ordered)
