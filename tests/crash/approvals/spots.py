"""The moments at which something dies: named as people name them, each made of the exact spots that it stands for.

A spot lies in the store (beside a commit of the transaction that puts something on record) or on the wire (beside a
request to the API server). Nothing in the product knows of them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Moment = Literal["before", "after", "next", "lost"]
PODS = 3
"""On the node that is drained: one step each, and the cordon before them."""


@dataclass(frozen=True)
class Spot:
    """The `nth` time that something happens, counted in the process that is to die.

    In the store `what` is what the transaction puts on record ('' for any transaction): `before` its commit, `after` it,
    at the `next` transaction's begin, or with the word that it is committed `lost` (where the database dies).
    On the wire `what` is "write" (or '' for any request): `before` it is passed on, or with its answer `lost`.
    """

    where: Literal["store", "wire"]
    what: str
    moment: Moment
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.moment} {self.what or 'anything'} {self.nth} ({self.where})"


def _drain() -> tuple[Spot, ...]:
    found = []
    for nth in range(1, PODS + 2):
        found += [
            Spot("store", "change.step:started", "before", nth),
            Spot("store", "change.step:started", "after", nth),
            Spot("wire", "write", "before", nth),
            Spot("wire", "write", "lost", nth),
            Spot("store", "change.step:started", "next", nth),
            Spot("store", "change.step:done", "before", nth),
            Spot("store", "change.step:done", "after", nth),
        ]
    return tuple(found)


POINTS: Mapping[str, Sequence[Spot]] = {
    "before claim": (Spot("store", "change.claim", "before"),),
    "after claim": (Spot("store", "change.claim", "after"), Spot("store", "change.intend", "before")),
    "before call": (Spot("store", "change.intend", "after"), Spot("wire", "write", "before")),
    "response lost": (Spot("wire", "write", "lost"),),
    "after call": (Spot("store", "change.intend", "next"),),
    "before record": (Spot("store", "change.succeed", "before"),),
    "in mid-drain": _drain(),
}
"""The named points of an execution."""
ANYWHERE, RECOVERING, UNHEARD = "anywhere", "while recovering", "commit unheard"
HALTED, LATE = "dead, then halted", "late, not dead"
_STANDS = tuple(
    Spot("store", kind, "after")
    for kind in ("change.claim", "change.intend", "change.succeed", "change.step:started", "change.step:done")
)
"""Where a process may stand still: between two transactions, in which it would hold up everybody."""
_UNHEARD = tuple(
    Spot("store", kind, "lost")
    for kind in (
        "change.claim",
        "change.intend",
        "change.succeed",
        "change.step:started",
        "change.step:done",
    )
)
"""The commits whose word dies with the database: they are through, and the executor cannot know it."""


def spot_of(point: str, number: int, rng: random.Random) -> Spot:
    """The spot of the `number`th death at a point: each in turn, where a point has several."""
    if point == LATE:
        return _STANDS[number % len(_STANDS)]
    if point == UNHEARD:
        return _UNHEARD[number % len(_UNHEARD)]
    if point in POINTS:
        return POINTS[point][number % len(POINTS[point])]
    # Recovering reads and writes less than executing.
    most = 6 if point == RECOVERING else 16
    if rng.random() < 0.5:
        return Spot("store", "", rng.choice(("before", "after", "next")), rng.randint(1, most))
    return Spot("wire", "", rng.choice(("before", "lost")), rng.randint(1, most))
