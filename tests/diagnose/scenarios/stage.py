"""Incidents of our own, each with what a good diagnosis says. Fields are left out as people's recordings leave them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dump import Dump


@dataclass(frozen=True)
class Expected:
    """What the diagnosis must come to. `words` stand in summary or chain; `roots` in the first sentence of each chain."""

    category: str
    state: str
    words: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


SCENARIOS: dict[str, tuple[Callable[[], Dump], Expected]] = {}
NS, APP, H = "store", "cart", "6d5f7c9b8"


def scenario(
    category: str, state: str, *words: str, roots: tuple[str, ...] = (), absent: tuple[str, ...] = ()
) -> Callable[[Callable[[], Dump]], Callable[[], Dump]]:
    """Register a scenario."""

    def keep(build: Callable[[], Dump]) -> Callable[[], Dump]:
        SCENARIOS[build.__name__] = (build, Expected(category, state, words, roots, absent))
        return build

    return keep


def two_nodes() -> Dump:
    return Dump().node("node-a").node("node-b")
