"""What differs between two recorded clusters: objects added, removed and changed, field by field.

`difference` is pure; `recorded` reads a dump into what it compares. Guarantee: what one recording holds and the other
never looked at is said to be not comparable; a redacted value is never shown, only that it changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from interlock.core.clusters.objects import KubeObject, Ref, flattened
from interlock.core.replay.dump import CLUSTER_SCOPE, Dump, ResourceKey
from interlock.core.replay.kinds import Kind

Clean = Callable[[JsonValue], JsonValue]
Side = Literal["first", "second"]
Names = Mapping[str, KubeObject]
# They change whenever anything does, and say nothing of their own.
NOISE = frozenset({
    "metadata.managedFields", "metadata.resourceVersion", "metadata.generation", "status.observedGeneration",
})  # fmt: skip
ABSENT = "(absent)"
HIDDEN = "(redacted)"


@dataclass(frozen=True)
class FieldChange:
    """One field of an object: its flattened path, what it was and what it is."""

    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}: {self.old} -> {self.new}"


@dataclass(frozen=True)
class Changed:
    """An object that is in both, and its fields that differ."""

    object: Ref
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, order=True)
class NotComparable:
    """A resource that only one of the recordings holds. `namespace` is '' for all of it."""

    resource: str
    namespace: str
    only_in: Side

    def __str__(self) -> str:
        where = f" in namespace {self.namespace}" if self.namespace else ""
        return f"{self.resource}{where}: recorded only in the {self.only_in}"


@dataclass(frozen=True)
class Difference:
    """From the first recording to the second."""

    added: tuple[Ref, ...]
    removed: tuple[Ref, ...]
    changed: tuple[Changed, ...]
    not_comparable: tuple[NotComparable, ...]


@dataclass(frozen=True)
class RecordedKind:
    """The objects of one resource by namespace. `everywhere`: a namespace without an entry had none."""

    name: str
    by_namespace: Mapping[str, Names]
    everywhere: bool = False

    def within(self, namespace: str) -> Names | None:
        """The objects there, or None when nobody looked."""
        return self.by_namespace.get(namespace, {} if self.everywhere else None)


Recordings = Mapping[ResourceKey, RecordedKind]


def recorded(dump: Dump) -> Recordings:
    """Everything a dump holds. A file that cannot be read counts as not recorded and is named in `dump.problems`."""
    return {key: _recorded_kind(dump, kind) for key, kind in dump.kinds.items()}


def _recorded_kind(dump: Dump, kind: Kind) -> RecordedKind:
    scopes = dump.recorded_in(kind)
    within = (dump.namespaces if scopes is None else scopes) if kind.namespaced else {CLUSTER_SCOPE}
    found = {namespace: dump.objects(kind, namespace) for namespace in sorted(within)}
    whole = {
        namespace: {item["metadata"]["name"]: KubeObject(item, kind.qualified) for item in objects.items}
        for namespace, objects in found.items()
        if objects is not None
    }
    return RecordedKind(kind.qualified, whole, everywhere=kind.namespaced and dump.recorded_in(kind) is None)


def difference(first: Recordings, second: Recordings, clean: Clean) -> Difference:
    """Compare two recordings; `clean` takes the secrets out of a document before any of it is shown."""
    tally = _Tally(clean)
    for key in sorted({*first, *second}):
        tally.kind(first.get(key), second.get(key))
    return Difference(
        tuple(sorted(tally.added)),
        tuple(sorted(tally.removed)),
        tuple(sorted(tally.changed, key=lambda each: each.object)),
        tuple(sorted(tally.not_comparable)),
    )


@dataclass
class _Tally:
    """A comparison in the making."""

    clean: Clean
    added: list[Ref] = field(default_factory=list)
    removed: list[Ref] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    not_comparable: list[NotComparable] = field(default_factory=list)

    def kind(self, old: RecordedKind | None, new: RecordedKind | None) -> None:
        if old is not None and new is not None:
            for namespace in sorted({*old.by_namespace, *new.by_namespace}):
                self.scope(namespace, old, new)
        elif kind := old or new:
            self.not_comparable.append(NotComparable(kind.name, "", "first" if old else "second"))

    def scope(self, namespace: str, old: RecordedKind, new: RecordedKind) -> None:
        before, after = old.within(namespace), new.within(namespace)
        if before is None or after is None:
            self.not_comparable.append(
                NotComparable(old.name, namespace, "first" if after is None else "second")
            )
            return
        self.added += [_named(after[name]) for name in after.keys() - before.keys()]
        self.removed += [_named(before[name]) for name in before.keys() - after.keys()]
        for name in before.keys() & after.keys():
            fields = tuple(field_changes(before[name], after[name], self.clean))
            if fields:
                self.changed.append(Changed(_named(after[name]), fields))


def _named(item: KubeObject) -> Ref:
    return Ref(item.kind, item.namespace, item.name)


def field_changes(old: KubeObject, new: KubeObject, clean: Clean) -> Iterator[FieldChange]:
    """The fields that differ, by path, with values as `clean` leaves them."""
    before, after = _fields(old.raw), _fields(new.raw)
    differing = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    if differing:
        shown_before, shown_after = _shown(old, clean), _shown(new, clean)
        for path in sorted(differing):
            was = shown_before.get(path, HIDDEN) if path in before else ABSENT
            now = shown_after.get(path, HIDDEN) if path in after else ABSENT
            yield FieldChange(path, was, now if was != now else HIDDEN)


def _shown(item: KubeObject, clean: Clean) -> dict[str, str]:
    cleaned = clean(dict(item.raw))
    return _fields(cleaned if isinstance(cleaned, dict) else {})


def _fields(document: Mapping[str, JsonValue]) -> dict[str, str]:
    """Path to value. Entries of a list that share a name are told apart by their order."""
    seen: Counter[str] = Counter()
    fields: dict[str, str] = {}
    for line in flattened(document, skip=NOISE):
        path, _, value = line.partition(": ")
        seen[path] += 1
        fields[path if seen[path] == 1 else f"{path}#{seen[path]}"] = value
    return fields
