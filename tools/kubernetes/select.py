"""Which objects are meant: a kind, a place, and conditions on attributes; matched here, over the complete list.

The condition is also said in words, so that the line that carries a number says what it is a number of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.permitted import is_partial
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, NotServed
from interlock.tools.kubernetes.attributes import Attributes, attributes
from interlock.tools.kubernetes.list import cut

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
    """One object and its attributes."""

    item: KubeObject
    of: Attributes

    @property
    def name(self) -> str:
        """`namespace/name`, or the name."""
        return f"{self.item.namespace}/{self.item.name}" if self.item.namespace else self.item.name


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


def select(
    cluster: ClusterReads,
    kind: str,
    namespace: str,
    labels: str,
    where: Sequence[Condition],
    now: datetime,
    fields: str = "",
) -> Selected:
    """Lists the kind completely and keeps what meets every condition. `workloads` means all three kinds at once.

    Raises:
        UnknownName, NotServed, Forbidden, Unreachable: as the cluster answered, when no kind could be read.
    """
    kinds = WORKLOADS if kind == "workloads" else (kind,)
    items: list[KubeObject] = []
    limits: list[str] = []
    plural = kind
    whole = True
    for one in kinds:
        try:
            listing = cluster.list(one, namespace or None, labels=labels, fields=fields)
        except (NotServed, Forbidden) as error:
            if len(kinds) == 1:
                raise
            limits.append(f"not looked at: {error.message}")
            whole = whole and not isinstance(error, Forbidden)
            continue
        whole = whole and not is_partial(listing.warnings)
        items += listing.objects
        limits += cut(listing)
        plural = listing.type.plural if len(kinds) == 1 else kind
    found = [Found(item, attributes(item, now)) for item in items]
    if any(c.attribute == "endpoints" for c in where) and plural == "services":
        found = _with_endpoints(cluster, namespace, found)
    kept = tuple(one for one in found if all(c.holds(one.of) for c in where))
    without = {c.attribute: sum(c.attribute not in one.of for one in found) for c in where}
    return Selected(kept, len(found), plural, tuple(limits), without, whole)


def _with_endpoints(cluster: ClusterReads, namespace: str, found: Iterable[Found]) -> list[Found]:
    """How many ready addresses stand behind each Service."""
    counts: dict[tuple[str, str], int] = {}
    for item in cluster.list("endpoints", namespace or None).objects:
        ready = sum(len(subset.nodes("addresses")) for subset in item.nodes("subsets"))
        counts[item.namespace, item.name] = ready
    return [
        Found(one.item, {**one.of, "endpoints": counts.get((one.item.namespace, one.item.name), 0)})
        for one in found
    ]


SEEN = ", of those that can be seen"
"""Said with every number of a list that is not whole."""


def said(plural: str, namespace: str, labels: str, where: Sequence[Condition]) -> str:
    """What is meant, in words: `pods in namespace shop with status Running`."""
    place = f" in namespace {namespace}" if namespace else ""
    marked = f" with labels {labels}" if labels else ""
    return f"{plural}{place}{marked}{''.join(f' {c.words}' for c in where)}"
