"""Two pod templates compared field by field. Entries of lists are matched by name, so a moved one is no change.

Values come out as they stand in the templates, away from the names that would tell the redactor what they are. Where a
diff is shown, compare templates that were cleaned before, as `rollout_history` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

NOT_SET = "(not set)"
# Written by the controllers to tell revisions apart, or left in their patches: never what somebody changed.
_IGNORED = frozenset(
    {
        "metadata.labels.pod-template-hash",
        "metadata.labels.controller-revision-hash",
        "metadata.creationTimestamp",
        "$patch",
    }
)
_KEYS = ("name", "type", "mountPath", "key", "containerPort", "topologyKey")


@dataclass(frozen=True)
class Change:
    """One field that differs; None where it is not set."""

    path: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        old, new = (NOT_SET if value is None else " ".join(value.split()) for value in (self.old, self.new))
        return f"{self.path}: {old} -> {new}"


def template_diff(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> list[Change]:
    """What differs between two pod templates, in the order of the newer one, then what only the older one had."""
    before, after = dict(_leaves("", dict(old))), dict(_leaves("", dict(new)))
    paths = [*after, *(path for path in before if path not in after)]
    changes = (Change(path, before.get(path), after.get(path)) for path in paths)
    return [change for change in changes if change.old != change.new]


def _leaves(path: str, value: JsonValue) -> Iterator[tuple[str, str]]:
    if path in _IGNORED:
        return
    if isinstance(value, dict):
        # `emptyDir: {}` says something, an empty `resources` or `labels` at the top does not get lost either.
        if not value and path:
            yield path, "{}"
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, inner)
    elif isinstance(value, list):
        for key, item in _keyed(value):
            yield from _leaves(f"{path}[{key}]", item)
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _keyed(items: list[JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    keys = _unique_keys(items)
    for index, item in enumerate(items):
        yield keys[index] if keys else str(index), item


def _unique_keys(items: list[JsonValue]) -> list[str] | None:
    """The first field that names every entry apart; None when the entries have places only."""
    entries = [item for item in items if isinstance(item, dict)]
    if len(entries) != len(items):
        return None
    for key in _KEYS:
        names = [str(entry.get(key, "")) for entry in entries]
        if all(names) and max(Counter(names).values(), default=0) == 1:
            return names
    return None
