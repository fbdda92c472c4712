"""The catalogue: every action by name. An action is one file in `actions/` with `ACTION` or `ACTIONS`, found by scan."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any

from interlock.approvals.action import Action
from interlock.core.errors import UnknownName


@cache
def all_actions() -> dict[str, Action[Any]]:
    """Every action by name."""
    import interlock.approvals.actions as room

    found: dict[str, Action[Any]] = {}
    for module in pkgutil.iter_modules(room.__path__, room.__name__ + "."):
        held = import_module(module.name).ACTIONS
        found |= {action.name: action for action in held}
    return dict(sorted(found.items()))


def find_action(name: str) -> Action[Any]:
    """The action of that name.

    Raises:
        UnknownName: with the nearest names.
    """
    try:
        return all_actions()[name]
    except KeyError:
        raise UnknownName("action", name, all_actions()) from None
