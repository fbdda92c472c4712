"""Which objects are meant: a kind, a place, and conditions on attributes; matched here, over the complete list.

The condition is also said in words, so that the line that carries a number says what it is a number of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from interlock.core.clusters.discovery import ResourceType
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.permitted import is_partial
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, NotServed
from interlock.tools.kubernetes.attributes import Attributes, attributes
from interlock.tools.kubernetes.endpoints import ready_addresses
from interlock.tools.kubernetes.list import cut
from interlock.tools.kubernetes.printed import object_of, printed, tells

WORKLOADS = ("deployments.apps", "statefulsets.apps", "daemonsets.apps")
Operator = Literal["is", "is not", "has", "lacks", "at least", "at most", "any of", "none of"]


class Condition(BaseModel):
    """One condition on an attribute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attribute: str = Field(
        description="such as status, ready, restarts, node, owner, image, tag, missing, suspended"
    )
    operator: Operator = "is"
    value: str | int | bool = ""

    def holds(self, of: Attributes) -> bool:
        """Whether an object with these attributes meets it; one without the attribute meets no condition."""
        held = of.get(self.attribute)
        return held is not None and _OPERATORS[self.operator](held, self.value)

    @property
    def words(self) -> str:
        """The condition as part of a sentence."""
        name, value = self.attribute, str(self.value)
        if isinstance(self.value, bool):
            wanted = self.value == (self.operator == "is")
            return f"that are {'' if wanted else 'not '}{name}"
        either = " or ".join(value.split(","))
        if name == "missing":
            return f"{'with' if self.operator in ('lacks', 'none of') else 'without'} a {either}"
        if self.operator in ("any of", "none of"):
            return f"with {name} {'not ' if self.operator == 'none of' else ''}{either}"
        link = {"is": "", "has": "", "is not": "not ", "lacks": "not "}.get(
            self.operator, f"{self.operator} "
        )
        return f"with {name} {link}{value}"


def _texts(held: JsonValue) -> list[str]:
    return [str(item) for item in held] if isinstance(held, list) else [str(held)]


def _number(value: JsonValue) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _equal(held: JsonValue, value: str | int | bool) -> bool:
    if isinstance(held, bool) or isinstance(value, bool):
        return held is value
    return str(value).lower() in [text.lower() for text in _texts(held)]


def _has(held: JsonValue, value: str | int | bool) -> bool:
    """Equal to an entry, or for an image the part before its tag, or its last part."""
    wanted = str(value).lower()
    return any(wanted in _spellings(text.lower()) for text in _texts(held))


def _spellings(text: str) -> set[str]:
    tail = text.rpartition("/")[2]
    return {text, tail, tail.partition(":")[0], text[: len(text) - len(tail)] + tail.partition(":")[0]}


_OPERATORS: Mapping[str, Callable[[JsonValue, str | int | bool], bool]] = {
    "is": _equal,
    "is not": lambda held, value: not _equal(held, value),
    "has": _has,
    "lacks": lambda held, value: not _has(held, value),
    "at least": lambda held, value: _number(held) >= float(value),
    "at most": lambda held, value: _number(held) <= float(value),
    "any of": lambda held, value: any(_equal(held, one) for one in str(value).split(",")),
    "none of": lambda held, value: not any(_equal(held, one) for one in str(value).split(",")),
}


@dataclass(frozen=True)
class Found:
    """One object and its attributes. `bare` when only its name is known, not where it is."""

    item: KubeObject
    of: Attributes
    bare: bool = False

    @property
    def name(self) -> str:
        """`namespace/name`, or the name."""
        return f"{self.item.namespace}/{self.item.name}" if self.item.namespace else self.item.name


@dataclass(frozen=True)
class Wish:
    """Which objects are meant, and what will be said of them: the less, the less is read."""

    kind: str
    namespace: str = ""
    labels: str = ""
    where: tuple[Condition, ...] = ()
    saying: frozenset[str] = frozenset()
    """Attributes beside those of conditions, such as one to group or order by."""
    counted: bool = False
    """Only the number matters."""

    @property
    def attributes(self) -> set[str]:
        """Every attribute that is asked for."""
        return {c.attribute for c in self.where} | self.saying

    @property
    def held(self) -> dict[str, str]:
        """The conditions that the server itself can hold, so that the rest of the cluster does not travel."""
        if self.kind not in ("pod", "pods"):
            return {}
        equal = {c.attribute: str(c.value) for c in self.where if c.operator == "is"}
        return {k: v for k, v in sorted(equal.items()) if k == "node" or (k == "phase" and v in _PHASES)}

    @property
    def fields(self) -> str:
        """The same as a field selector."""
        return ",".join(f"{_FIELDS[name]}={value}" for name, value in self.held.items())


_FIELDS = {"node": "spec.nodeName", "phase": "status.phase"}
_PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
COUNTED = 1
"""Rows that carry metadata, at least, where only a number is asked for: the first page of them."""


@dataclass(frozen=True)
class Selected:
    """What met the conditions, how many were looked at, and what could not be."""

    found: tuple[Found, ...]
    seen: int
    plural: str
    limits: tuple[str, ...]
    without: Mapping[str, int]
    """How many objects lack an attribute that a condition asks for."""
    whole: bool = True
    """False when some of what is meant could not be read: a number is then one of those that can be seen."""
    more: int = 0
    """Objects that the server counted and did not send."""

    @property
    def count(self) -> int:
        """How many met the conditions."""
        return len(self.found) + self.more


@dataclass(frozen=True)
class _Batch:
    """What was read of one kind."""

    type: ResourceType
    found: list[Found]
    limits: tuple[str, ...] = ()
    whole: bool = True
    more: int = 0


def select(cluster: ClusterReads, wish: Wish, now: datetime) -> Selected:
    """Reads the kind completely and keeps what meets every condition. `workloads` means all three kinds at once.

    Raises:
        UnknownName, NotServed, Forbidden, Unreachable: as the cluster answered, when no kind could be read.
    """
    kinds = WORKLOADS if wish.kind == "workloads" else (wish.kind,)
    batches: list[_Batch] = []
    limits: list[str] = []
    whole = True
    for kind in kinds:
        try:
            batches.append(_read(cluster, replace(wish, kind=kind), now))
        except (NotServed, Forbidden) as error:
            if len(kinds) == 1:
                raise
            limits.append(f"not looked at: {error.message}")
            whole = whole and not isinstance(error, Forbidden)
    found = [one for batch in batches for one in batch.found]
    limits += [limit for batch in batches for limit in batch.limits]
    plural = batches[0].type.plural if len(kinds) == 1 else wish.kind
    if plural == "services" and "endpoints" in wish.attributes:
        found = _with_endpoints(ready_addresses(cluster, wish.namespace), found)
    kept = tuple(one for one in found if all(c.holds(one.of) for c in wish.where))
    without = {c.attribute: sum(c.attribute not in one.of for one in found) for c in wish.where}
    whole = whole and all(batch.whole for batch in batches)
    more = sum(batch.more for batch in batches)
    return Selected(kept, len(found) + more, plural, tuple(limits), without, whole, more)


def _read(cluster: ClusterReads, wish: Wish, now: datetime) -> _Batch:
    """In the smallest form that is enough: the server's own count, cells, or whole objects."""
    kind = cluster.discovery.resolve(wish.kind)
    if wish.counted and not wish.where and (counted := _counted(cluster, kind, wish)):
        return counted
    needed = wish.attributes - wish.held.keys()
    if (wish.attributes or wish.counted) and tells(kind.full_name, needed, metadata=not wish.counted):
        table = _cells(cluster, kind, wish, now)
        if table:
            return table
    listing = cluster.list(wish.kind, wish.namespace or None, labels=wish.labels, fields=wish.fields)
    found = [Found(item, attributes(item, now)) for item in listing.objects]
    return _Batch(listing.type, found, cut(listing), not is_partial(listing.warnings))


def _counted(cluster: ClusterReads, kind: ResourceType, wish: Wish) -> _Batch | None:
    """By the server's count of what it did not send: one object travels, whatever there is.

    The API calls that count an estimate, since a watch cache may give it late; the store behind the API counts exactly. It
    stands on whole objects only (servers before 1.27 leave it out with metadata), and only where nothing is selected.
    """
    if wish.labels:
        return None
    listing = cluster.list(wish.kind, wish.namespace or None, limit=1)
    if not listing.complete and listing.remaining is None:
        return None
    limits = tuple(f"not looked at: {warning}" for warning in listing.warnings)
    more = len(listing.objects) + (0 if listing.complete else listing.remaining or 0)
    return _Batch(kind, [], limits, not is_partial(listing.warnings), more)


def _cells(cluster: ClusterReads, kind: ResourceType, wish: Wish, now: datetime) -> _Batch | None:
    named = COUNTED if wish.counted else None
    space = wish.namespace or None
    table = cluster.table(wish.kind, space, labels=wish.labels, fields=wish.fields, named=named)
    if table is None:
        return None
    bare = kind.namespaced and not space
    found = [
        Found(object_of(row, kind), {**printed(row, kind, now), **wish.held}, bare and row.item is None)
        for row in table.rows
    ]
    limits = tuple(f"not looked at: {warning}" for warning in table.warnings)
    return _Batch(kind, found, limits, not is_partial(table.warnings))


def _with_endpoints(counts: Mapping[tuple[str, str], int], found: Iterable[Found]) -> list[Found]:
    return [
        replace(one, of={**one.of, "endpoints": counts.get((one.item.namespace, one.item.name), 0)})
        for one in found
    ]


SEEN = ", of those that can be seen"
"""Said with every number of a list that is not whole."""


def said(plural: str, namespace: str, labels: str, where: Sequence[Condition]) -> str:
    """What is meant, in words: `pods in namespace shop with status Running`."""
    place = f" in namespace {namespace}" if namespace else ""
    marked = f" with labels {labels}" if labels else ""
    return f"{plural}{place}{marked}{''.join(f' {c.words}' for c in where)}"
