"""What a check is. Adding one is adding a module under `checks` with `CHECK = Check(find, clear)` and its test."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.scene import Scene


@dataclass(frozen=True)
class Check:
    """`find` yields what is wrong (or was); `clear` says what was looked at when nothing is wrong now, or ''."""

    find: Callable[[Scene], Iterable[Finding]]
    clear: Callable[[Scene], str]


@dataclass(frozen=True)
class Registered:
    """A check under its id, which is its module's name; the module's docstring documents it."""

    id: str
    doc: str
    check: Check


@cache
def all_checks() -> tuple[Registered, ...]:
    """Every check, by id."""
    import interlock.tools.diagnose.checks as room

    found = []
    for module in pkgutil.iter_modules(room.__path__):
        loaded = import_module(f"{room.__name__}.{module.name}")
        check = getattr(loaded, "CHECK", None)
        if isinstance(check, Check):
            found.append(Registered(module.name, (loaded.__doc__ or "").strip(), check))
    return tuple(sorted(found, key=lambda registered: registered.id))
