"""An object without what moves by itself, and the difference of two of them: what an approver reads and signs.

Guarantee: the same change gives the same difference, whatever the order of keys, the state of the status, the server's
bookkeeping or our own stamp. Values are text from outside; `Diff.shown` is their only way out, as `Untrusted`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import JsonValue

from interlock.approvals.canonical import Digest, canonical, digest
from interlock.core.unseen import unseen
from interlock.core.untrusted import Untrusted

STAMP = "interlock.io/proposal"
_MOVING = frozenset(
    (
        *("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"),
        *("deletionTimestamp", "deletionGracePeriodSeconds"),
    )
)
_WRITTEN_BY_CONTROLLERS = frozenset({STAMP, "deployment.kubernetes.io/revision"})
# The API server gives every new Job labels of its own uid, also in a dry run.
_OF_THE_UID = frozenset(
    ("controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name")
)
_UID_PLACES = (
    ("metadata", "labels"),
    ("spec", "selector", "matchLabels"),
    ("spec", "template", "metadata", "labels"),
)
Object = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Change:
    """One place that differs; None where nothing stands. A list entry with a name is `[name]`, the order of one `[]`."""

    path: tuple[str, ...]
    before: JsonValue = field(repr=False)
    after: JsonValue = field(repr=False)

    @property
    def where(self) -> str:
        """The path as people write it."""
        return "".join(p if p.startswith("[") else f".{_quoted(p)}" for p in self.path).removeprefix(".")

    def as_json(self) -> JsonValue:
        """As it enters a digest."""
        return {"path": list(self.path), "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Diff:
    """What a change would change, in the order of its paths."""

    changes: tuple[Change, ...] = ()

    @cached_property
    def digest(self) -> Digest:
        """Names this very difference."""
        return digest([change.as_json() for change in self.changes])

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __add__(self, other: Diff) -> Diff:
        return Diff(self.changes + other.changes)

    def shown(self) -> Untrusted:
        """One line a place: `spec.replicas: 3 -> 1`."""
        lines = (f"{c.where}: {_text(c.before)} -> {_text(c.after)}" for c in self.changes)
        # Made visible before it is redacted: what the redactor drops unseen is written all the same.
        return Untrusted("\n".join(map(escaped, lines)))


def normal(given: Object) -> dict[str, JsonValue]:
    """The object without status, server bookkeeping and our stamp. Normalising twice changes nothing."""
    kept = {key: value for key, value in given.items() if key != "status"}
    metadata = kept.get("metadata")
    if isinstance(metadata, dict):
        kept["metadata"] = _metadata(metadata)
    if kept.get("kind") == "Job":
        for place in _UID_PLACES:
            kept = _without(kept, place, _OF_THE_UID)
    return kept


def difference(before: Object | None, after: Object | None) -> Diff:
    """What differs between two objects in their normal form; None for one that is not there."""
    changes = _changes((), normal(before or {}), normal(after or {}))
    return Diff(tuple(sorted(changes, key=lambda change: change.path)))


def removal(subject: Object) -> Diff:
    """That one object goes: its identity is what is approved, not each of its fields."""
    metadata = subject.get("metadata")
    meta = metadata if isinstance(metadata, dict) else {}
    shown: dict[str, JsonValue] = {key: meta[key] for key in ("namespace", "name", "uid") if key in meta}
    kind, where = str(subject.get("kind") or "object"), f"{meta.get('namespace', '')}/{meta.get('name', '')}"
    return Diff((Change((kind, f"[{where}]"), shown, None),))


def _metadata(metadata: Object) -> dict[str, JsonValue]:
    kept = {key: value for key, value in metadata.items() if key not in _MOVING}
    annotations = kept.pop("annotations", None)
    if isinstance(annotations, dict):
        left = {key: value for key, value in annotations.items() if key not in _WRITTEN_BY_CONTROLLERS}
        kept |= {"annotations": left} if left else {}
    return kept


def _without(given: Object, place: Sequence[str], keys: frozenset[str]) -> dict[str, JsonValue]:
    if not place:
        return {key: value for key, value in given.items() if key not in keys}
    inner = given.get(place[0])
    if not isinstance(inner, dict):
        return dict(given)
    rest = {key: value for key, value in given.items() if key != place[0]}
    left = _without(inner, place[1:], keys)
    return rest | ({place[0]: left} if left else {})


def _changes(path: tuple[str, ...], before: JsonValue, after: JsonValue) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _one(path, key, before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_changes(path, before, after)
    elif canonical(before) != canonical(after):
        yield Change(path, before, after)


def _one(path: tuple[str, ...], key: str, before: JsonValue, after: JsonValue) -> Iterator[Change]:
    # A new or lost block is told place by place, so that its size does not hide what is in it.
    if (isinstance(before, dict) and before and after is None) or (
        isinstance(after, dict) and after and before is None
    ):
        before, after = before or {}, after or {}
    if (isinstance(before, list) and before and after is None) or (
        isinstance(after, list) and after and before is None
    ):
        before, after = before or [], after or []
    yield from _changes((*path, key), before, after)


def _list_changes(path: tuple[str, ...], before: list[JsonValue], after: list[JsonValue]) -> Iterator[Change]:
    named_before, named_after = _named(before), _named(after)
    if named_before is None or named_after is None:
        for index in range(max(len(before), len(after))):
            old, new = (side[index] if index < len(side) else None for side in (before, after))
            yield from _one(path, f"[{index}]", old, new)
        return
    for name in sorted({*named_before, *named_after}):
        yield from _one(path, f"[{name}]", named_before.get(name), named_after.get(name))
    order_before: list[JsonValue] = [name for name in named_before if name in named_after]
    order_after: list[JsonValue] = [name for name in named_after if name in named_before]
    if order_before != order_after:
        yield Change((*path, "[]"), order_before, order_after)


def _named(items: list[JsonValue]) -> dict[str, JsonValue] | None:
    found: dict[str, JsonValue] = {}
    for item in items:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or name in found:
            return None
        found[name] = item
    return found


def _quoted(part: str) -> str:
    return part if part and not set(part) & set('.[]" ') else json.dumps(part, ensure_ascii=False)


def escaped(line: str) -> str:
    """A line whose unseen characters are written as JSON writes them, `\\u202e`."""
    return "".join(json.dumps(each)[1:-1] if unseen(each) else each for each in line)


def _text(value: JsonValue) -> str:
    return "(nothing)" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
