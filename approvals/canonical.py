"""One form for one meaning: RFC 8785 JSON, and the SHA-256 that names it.

What the form cannot hold exactly (integers beyond 2^53, NaN) is refused, not rounded: two meanings never share a digest.
"""

from __future__ import annotations

import hashlib
from typing import NewType

from pydantic import JsonValue

from interlock.core.errors import BadInput

Digest = NewType("Digest", str)


def canonical(value: JsonValue) -> bytes:
    """`value` as canonical JSON.

    Raises:
        BadInput: when it holds a number or text that canonical JSON cannot hold exactly.
    """
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise BadInput(f"this cannot be written exactly: {error}") from None


def digest(value: JsonValue) -> Digest:
    """The SHA-256 of its canonical form, in hex."""
    return Digest(hashlib.sha256(canonical(value)).hexdigest())
