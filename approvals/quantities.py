"""Kubernetes quantities: compared by what they mean, since a server writes `1000m` back as `1`."""

from __future__ import annotations

import re
from decimal import Decimal

from interlock.core.errors import BadInput

_FORM = re.compile(r"^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(e[0-9]{1,2}|[numkMGTPE]|[KMGTPE]i)?$")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def amount(text: str) -> Decimal:
    """What a quantity means.

    Raises:
        BadInput: when it is none.
    """
    found = _FORM.fullmatch(text)
    if not found:
        raise BadInput(f"{text[:40]!r} is not a quantity", hint="such as 500m, 2, 256Mi")
    number, unit = Decimal(found.group(1)), found.group(2) or ""
    if unit.startswith("e"):
        return number.scaleb(int(unit[1:]))
    if unit in _BINARY:
        return number * Decimal(1024 ** _BINARY[unit])
    return number.scaleb(_DECIMAL.get(unit, 0))


def same(one: str, other: str | None) -> bool:
    """Whether two quantities mean the same; '' and None are no quantity."""
    return amount(one) == amount(other) if one and other else not one and not other
