"""The names of the actions that can be proposed, from their files; none where there is no catalogue."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.util import find_spec

ROOM = "interlock.approvals.actions"


def actions() -> frozenset[str]:
    """Every action's name, as pages write it."""
    if find_spec(ROOM) is None:
        return frozenset()
    room = import_module(ROOM)
    names = [found.name for found in pkgutil.iter_modules(room.__path__) if not found.name.startswith("_")]
    return frozenset(names) | {name.replace("_", "-") for name in names}
