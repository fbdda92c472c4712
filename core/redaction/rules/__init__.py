"""The table of rules. Every module here with a `RULES` tuple takes part; a new rule is one entry in one of them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from interlock.core.redaction.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of every module in this folder, in a fixed order."""
    names = sorted(m.name for m in iter_modules(__path__))
    return tuple(rule for name in names for rule in import_module(f"{__name__}.{name}").RULES)
