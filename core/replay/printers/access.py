"""Role bindings and flow control. Roles have no printer of their own: the server shows name and creation time."""

from __future__ import annotations

from datetime import datetime

from interlock.core.replay.printers.cells import (
    NONE,
    Cell,
    Json,
    Printer,
    age,
    at,
    columns,
    items,
    name,
    number,
    text,
)


def _binding(b: Json, now: datetime) -> list[Cell]:
    role = f"{text(b, 'roleRef', 'kind')}/{text(b, 'roleRef', 'name')}"
    return [
        name(b),
        role,
        age(b, now),
        _subjects(b, "User"),
        _subjects(b, "Group"),
        _subjects(b, "ServiceAccount"),
    ]


def _subjects(b: Json, kind: str) -> str:
    found = [s for s in items(b, "subjects") if at(s, "kind") == kind]
    return ", ".join(
        f"{text(s, 'namespace')}/{name_of(s)}" if kind == "ServiceAccount" else name_of(s) for s in found
    )


def name_of(subject: Json) -> str:
    """The subject's own name."""
    return text(subject, "name")


def _flow(f: Json, now: datetime) -> list[Cell]:
    spec = f.get("spec") or {}
    level = text(spec, "priorityLevelConfiguration", "name") or NONE
    how = text(spec, "distinguisherMethod", "type") or NONE
    conditions = items(f, "status", "conditions")
    dangling = next((text(c, "status") for c in conditions if at(c, "type") == "Dangling"), "?")
    return [name(f), level, number(spec, "matchingPrecedence"), how, age(f, now), dangling]


def _level(p: Json, now: datetime) -> list[Cell]:
    limited = at(p, "spec", "limited")
    queuing = at(limited, "limitResponse", "queuing")
    shares: Cell = NONE if limited is None else number(limited, "assuredConcurrencyShares")
    shown: list[Cell] = [NONE] * 3
    if queuing is not None:
        shown = [number(queuing, key) for key in ("queues", "handSize", "queueLengthLimit")]
    return [name(p), text(p, "spec", "type"), shares, *shown, age(p, now)]


_BINDING = columns("Role|Age||Users|Groups|ServiceAccounts")
PRINTERS = {
    ("rbac.authorization.k8s.io", "rolebindings"): Printer(_BINDING, _binding),
    ("rbac.authorization.k8s.io", "clusterrolebindings"): Printer(_BINDING, _binding),
    ("flowcontrol.apiserver.k8s.io", "flowschemas"): Printer(
        columns("PriorityLevel|MatchingPrecedence|DistinguisherMethod|Age|MissingPL"), _flow
    ),
    ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations"): Printer(
        columns("Type|AssuredConcurrencyShares|Queues|HandSize|QueueLengthLimit|Age"), _level
    ),
}
