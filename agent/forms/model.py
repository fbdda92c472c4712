"""A form of question: how `reading` is asked it, what it takes, and how else people put it. Read from indented text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from string import Formatter

STAND_INS = {
    "name": "web-app",
    "node": "node-1",
    "secret": "db-secret",
    "configmap": "app-config",
    "claim": "data-claim",
    "account": "app-account",
    "ingress": "web-ingress",
    "cronjob": "cleanup-job",
    "autoscaler": "web-app",
    "space": "",
    "namespace": "prod",
    "label": "team=blue",
    "image": "redis:7.0",
    "version": "v1.2.3",
    "minutes": "twenty minutes",
    "top": "4",
    "resource": "memory",
    "setting": "limit",
    "probe": "readiness",
}
"""What stands for each field where likeness is measured, so that it is the request that is compared and not the names."""


@dataclass(frozen=True)
class Form:
    """`asks` is the wording with its fields. `denies`: the others deny something too. `kinds` may stand for {kind}.

    `beside` are kinds that may be spoken of without changing what is asked. One of `needs` has to be said, none of `never`.
    `whole`: no word may be left over. `any_kind`: {name} may be the name of anything.
    """

    asks: str
    wordings: tuple[str, ...]
    denies: bool = False
    kinds: tuple[str, ...] = ()
    beside: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    whole: bool = False
    any_kind: bool = False
    fields: frozenset[str] = field(default_factory=frozenset)

    @property
    def example(self) -> str:
        """The wording that is asked, with stand-ins."""
        return shown(self.asks, self.kinds)


def forms_in(text: str) -> tuple[Form, ...]:
    """The forms of a table: a line a form, its other wordings indented below it, flags after ` :: `."""
    return tuple(_forms(text))


def shown(wording: str, kinds: tuple[str, ...] = ()) -> str:
    """A wording with stand-ins for its fields."""
    return wording.format(**{**STAND_INS, "kind": kinds[0] if kinds else ""})


def _forms(text: str) -> Iterator[Form]:
    for block in re.split(r"\n(?=\S)", text.strip("\n")):
        head, *rest = block.split("\n")
        asks, _, told = head.partition(" :: ")
        flags = {name: rest for name, _, rest in (flag.strip().partition(" ") for flag in told.split(","))}
        kinds = tuple(flags.get("kind", "").split())
        yield Form(
            asks.strip(),
            tuple(shown(line.strip(), kinds) for line in rest if line.strip()),
            "denies" in flags,
            kinds,
            frozenset(flags.get("beside", "").split()),
            frozenset(flags.get("needs", "").split()),
            frozenset(flags.get("never", "").split()),
            "whole" in flags,
            "any" in flags,
            frozenset(name for _, name, _, _ in Formatter().parse(asks) if name),
        )
