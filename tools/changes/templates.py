"""Two pod templates compared field by field. Entries of lists are matched by name, so a moved one is no change.

Threat: a secret in an environment variable or annotation, shown as old and new value of a diff, in words from which no
redactor can tell what it is. Mechanism: where the name announces a secret, the change says that it changed and not to
what; markers of the redactor stay as they are. Values that only look like secrets are left to the redactor.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from interlock.core.redaction.names import Says, says

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
_NAMED = re.compile(r"(?:\benv\[(?P<variable>[^\]]*)\]\.value|^metadata\.annotations\.(?P<annotation>.*))$")
_MARKER = re.compile(r"^<secret:[a-z0-9-]+(?:#\d+)?>$")
_LOOKS_RANDOM = 16
"""Characters from which on a value counts as a secret where its name says no more than perhaps."""
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
    changed = (path for path in paths if before.get(path) != after.get(path))
    return [_hidden(Change(path, before.get(path), after.get(path))) for path in changed]


def _hidden(change: Change) -> Change:
    """The change without the values of what is named like a secret."""
    named = _NAMED.search(change.path)
    said = says(named["variable"] or named["annotation"] or "") if named else Says.NO
    if said is Says.NO:
        return change
    old, new = (
        f"<secret:{when}>" if value and _is_secret(value, said) else value
        for value, when in ((change.old, "before"), (change.new, "after"))
    )
    return Change(change.path, old, new)


def _is_secret(value: str, said: Says) -> bool:
    return not _MARKER.match(value) and (said is Says.SURE or len(value) >= _LOOKS_RANDOM)


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
