"""The names that a cluster has, as a question may use them: whole, written apart, or one part that only one workload has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from interlock.agent.intent import vocabulary
from interlock.agent.reading import lexicon as words
from interlock.agent.turn import Named

_RANK = {
    kind: place
    for place, kind in enumerate(
        ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod", "Service")
    )
}
"""Which of several objects of one name is meant."""


@dataclass(frozen=True)
class KnownNames:
    """What the cluster has, by what it is; `parts` are words that belong to the name of one workload alone."""

    namespaces: frozenset[str]
    nodes: frozenset[str]
    objects: Mapping[str, str]
    parts: Mapping[str, str]

    @classmethod
    def of(cls, known: Iterable[Named]) -> KnownNames:
        """Names by what they are; `parts` are words that belong to the name of one workload alone."""
        every = list(known)
        objects = {
            item.name: item.kind
            for item in sorted(every, key=lambda item: -_RANK.get(item.kind, len(_RANK)))
            if item.kind not in ("Namespace", "Node")
        }
        holders: dict[str, set[str]] = {}
        for item in every:
            if item.kind in ("Deployment", "StatefulSet", "DaemonSet", "CronJob") and "-" in item.name:
                for part in item.name.split("-"):
                    if len(part) > 3 and part not in words.KNOWN and part not in vocabulary():
                        holders.setdefault(part, set()).add(item.name)
        return cls(
            frozenset({item.namespace for item in every if item.namespace}
                      | {item.name for item in every if item.kind == "Namespace"}),
            frozenset(item.name for item in every if item.kind == "Node"),
            objects,
            {part: next(iter(names)) for part, names in holders.items() if len(names) == 1},
        )  # fmt: skip

    def joined(self, text: str) -> str:
        """Names whose parts are written apart (`payment gateway`), put together."""
        for name in sorted((*self.objects, *self.nodes), key=len, reverse=True):
            if "-" in name and name.replace("-", " ") in text:
                text = re.sub(rf"(?<![\w-]){re.escape(name.replace('-', ' '))}(?![\w-])", name, text)
        return text
