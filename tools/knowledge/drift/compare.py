"""An object of the code against the live one: only what the code sets, field by field.

Entries of lists are matched by what the API server matches them by (name, port and protocol, mountPath), others by
likeness. Entries that the cluster has beside those of the code differ too, since the code sets the whole list; keys it
has beside those of the code differ only in maps that belong to whoever writes the object (data, selectors, resources).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from pydantic import JsonValue

from interlock.tools.knowledge.drift.equality import same, unset_means, words
from interlock.tools.knowledge.drift.manifests import Spot

What = Literal["changed", "not in the cluster", "not in the code"]
Json = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Difference:
    """A field that differs. `path` is as people write it; `code_at` and `live_at` lead to it on either side."""

    path: str
    what: What
    code: JsonValue
    live: JsonValue
    code_at: Spot
    live_at: Spot


@dataclass(frozen=True)
class _At:
    path: str
    keys: tuple[str, ...]
    code: Spot
    live: Spot

    def key(self, name: str) -> _At:
        path = f"{self.path}[{name}]" if "." in name or "/" in name else f"{self.path}.{name}".lstrip(".")
        return _At(path, (*self.keys, name), (*self.code, name), (*self.live, name))

    def item(self, label: str, code: int, live: int) -> _At:
        return _At(f"{self.path}[{label}]", self.keys, (*self.code, code), (*self.live, live))

    def differs(self, what: What, code: JsonValue, live: JsonValue) -> Difference:
        return Difference(self.path, what, code, live, self.code, self.live)


IGNORED = frozenset({"status", "apiVersion", "kind"})
IGNORED_METADATA = words(
    "namespace name uid resourceVersion generation creationTimestamp managedFields selfLink ownerReferences "
    "finalizers generateName deletionTimestamp"
)
_WHOLE_ANYWHERE = words("nodeSelector matchLabels")
_WHOLE_AT_TOP = (("data",), ("binaryData",), ("spec", "selector"))
_SETS = words(
    "verbs resources apiGroups resourceNames nonResourceURLs accessModes policyTypes add drop finalizers categories "
    "shortNames sourceRanges loadBalancerSourceRanges externalIPs hostnames"
)
_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "imagePullSecrets": ("name",),
    "secrets": ("name",),
    "versions": ("name",),
    "webhooks": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
}
GIVEN_BY_SERVER = words(
    "clusterIP clusterIPs ipFamilies ipFamilyPolicy nodePort healthCheckNodePort externalTrafficPolicy volumeName "
    "allocateLoadBalancerNodePorts caBundle serviceAccount apiGroup"
)
_WHOLE_ENTRIES = words(
    "tolerations rules from to matchExpressions nodeSelectorTerms items podSelector namespaceSelector"
)
"""Lists whose entries belong to whoever writes them: a field more is another entry."""
_INJECTED = ("kube-api-access-", "default-token-")


def compare(code: Json, live: Json) -> list[Difference]:
    """What the code sets and the cluster has otherwise."""
    found: list[Difference] = []
    start = _At("", (), (), ())
    for key, value in code.items():
        if key == "metadata" and isinstance(value, dict):
            found += _metadata(value, live.get("metadata"), start.key("metadata"))
        elif key not in IGNORED and not (key == "rules" and code.get("aggregationRule")):
            found += _field(value, live, key, start)
    return found


def _metadata(code: Json, live: JsonValue, at: _At) -> Iterator[Difference]:
    held = live if isinstance(live, dict) else {}
    for key, value in code.items():
        if key not in IGNORED_METADATA:
            yield from _field(value, held, key, at)


def _field(code: JsonValue, live: Json, key: str, at: _At) -> Iterator[Difference]:
    here = at.key(key)
    if key in live and live[key] is not None:
        yield from _value(code, live[key], here)
    elif not _may_be_unset(code, key):
        yield here.differs("not in the cluster", code, None)


def _may_be_unset(code: JsonValue, key: str) -> bool:
    if isinstance(code, dict) and code and key not in ("data", "binaryData"):
        return all(_may_be_unset(value, inner) for inner, value in code.items())
    return unset_means(code, key)


def _value(code: JsonValue, live: JsonValue, at: _At) -> Iterator[Difference]:
    if code is None or (at.keys[-1] in GIVEN_BY_SERVER and code in ("", 0)):
        return
    if isinstance(code, dict) and isinstance(live, dict):
        yield from _mapping(code, live, at)
    elif isinstance(code, list) and isinstance(live, list):
        yield from _list(code, live, at)
    elif isinstance(code, dict | list) or isinstance(live, dict | list) or not same(code, live, at.keys):
        yield at.differs("changed", code, live)


def _mapping(code: Json, live: Json, at: _At) -> Iterator[Difference]:
    for key, value in code.items():
        yield from _field(value, live, key, at)
    if _is_whole(at.keys):
        yield from _more(code, live, at)


def _is_whole(keys: tuple[str, ...]) -> bool:
    resources = keys[-2:-1] == ("resources",) and keys[-1] in ("limits", "requests")
    return resources or keys[-1] in _WHOLE_ANYWHERE or keys in _WHOLE_AT_TOP


def _more(code: Json, live: Json, at: _At) -> Iterator[Difference]:
    for key, value in live.items():
        # A Service's selector is a map; a Deployment's holds matchLabels.
        if key not in code and key not in ("matchLabels", "matchExpressions") and not unset_means(value, key):
            yield at.key(key).differs("not in the code", None, value)


def _list(code: list[JsonValue], live: list[JsonValue], at: _At) -> Iterator[Difference]:
    if any(isinstance(item, dict) for item in (*code, *live)):
        yield from _entries(code, live, at)
    elif at.keys[-1] in _SETS:
        yield from _unordered(code, live, at)
    else:
        yield from _ordered(code, live, at)


def _unordered(code: Sequence[JsonValue], live: Sequence[JsonValue], at: _At) -> Iterator[Difference]:
    for index, item in enumerate(code):
        if item not in live:
            yield at.item(str(item), index, 0).differs("not in the cluster", item, None)
    for index, item in enumerate(live):
        if item not in code:
            yield at.item(str(item), 0, index).differs("not in the code", None, item)


def _ordered(code: Sequence[JsonValue], live: Sequence[JsonValue], at: _At) -> Iterator[Difference]:
    ours, theirs = [str(item) for item in code], [str(item) for item in live]
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        both = min(b - a, d - c)
        for n in range(both):
            yield at.item(str(a + n), a + n, c + n).differs("changed", code[a + n], live[c + n])
        for n in range(a + both, b):
            yield at.item(str(n), n, c).differs("not in the cluster", code[n], None)
        for n in range(c + both, d):
            yield at.item(str(n), a, n).differs("not in the code", None, live[n])


def _entries(code: list[JsonValue], live: list[JsonValue], at: _At) -> Iterator[Difference]:
    label = _labels(code, live, at.keys[-1])
    pairs = _by_label(code, live, label) if label else _by_likeness(code, live, at)
    for ours, theirs in pairs:
        here = at.item(_name(label, code, live, ours, theirs), max(ours, 0), max(theirs, 0))
        if ours < 0:
            if not _is_injected(live[theirs]):
                yield here.differs("not in the code", None, live[theirs])
        elif theirs < 0:
            yield here.differs("not in the cluster", code[ours], None)
        else:
            yield from _entry(code[ours], live[theirs], here, whole=not label)
    if at.keys[-1] == "initContainers" and label:
        yield from _moved(code, live, label, at)


Label = Callable[[JsonValue], str]


def _labels(code: list[JsonValue], live: list[JsonValue], key: str) -> Label | None:
    """What tells the entries of a list apart, when it does."""
    fields = (
        [_KEYS[key]] if key in _KEYS else [("name",), ("containerPort", "protocol"), ("port", "protocol")]
    )
    for names in fields if key in (*_KEYS, "ports") else []:

        def label(item: JsonValue, names: tuple[str, ...] = names) -> str:
            held = item if isinstance(item, dict) else {}
            parts = [str(held.get(name, "TCP" if name == "protocol" else "")) for name in names]
            return "/".join(parts) if parts[0] else ""

        if all(len({*map(label, side)}) == len(side) and all(map(label, side)) for side in (code, live)):
            return label
        if key == "env" and all(map(label, (*code, *live))):
            return label
    return None


def _entry(code: JsonValue, live: JsonValue, at: _At, *, whole: bool) -> Iterator[Difference]:
    yield from _value(code, live, at)
    if whole and at.keys[-1] in _WHOLE_ENTRIES and isinstance(code, dict) and isinstance(live, dict):
        yield from _more(code, live, at)


def _by_label(code: list[JsonValue], live: list[JsonValue], label: Label) -> list[tuple[int, int]]:
    # Of two environment variables of one name the last counts.
    ours = {label(item): index for index, item in enumerate(code)}
    theirs = {label(item): index for index, item in enumerate(live)}
    pairs = [(index, theirs.get(name, -1)) for name, index in ours.items()]
    pairs += [(-1, index) for name, index in theirs.items() if name not in ours]
    gone, new = [a for a, b in pairs if b < 0], [b for a, b in pairs if a < 0]
    if len(gone) == len(new) == 1:  # one entry whose key was changed
        return [(a, b) for a, b in pairs if a >= 0 and b >= 0] + [(gone[0], new[0])]
    return pairs


def _by_likeness(code: list[JsonValue], live: list[JsonValue], at: _At) -> list[tuple[int, int]]:
    """Equal entries first, in any order; the rest as they stand."""
    left = list(range(len(live)))
    pairs: list[tuple[int, int]] = []
    unmatched: list[int] = []
    for a, item in enumerate(code):
        found = next((b for b in left if not any(_entry(item, live[b], at.item("", a, b), whole=True))), None)
        if found is None:
            unmatched.append(a)
        else:
            left.remove(found)
            pairs.append((a, found))
    both = min(len(unmatched), len(left))
    pairs += list(zip(unmatched[:both], left[:both], strict=True))
    return [*pairs, *((a, -1) for a in unmatched[both:]), *((-1, b) for b in left[both:])]


def _name(label: Label | None, code: list[JsonValue], live: list[JsonValue], ours: int, theirs: int) -> str:
    if label:
        return label(code[ours] if ours >= 0 else live[theirs])
    return str(ours if ours >= 0 else theirs)


def _moved(code: list[JsonValue], live: list[JsonValue], label: Label, at: _At) -> Iterator[Difference]:
    ours, theirs = [label(item) for item in code], [label(item) for item in live]
    if ours != theirs and sorted(ours) == sorted(theirs):
        yield at.differs("changed", ", ".join(ours), ", ".join(theirs))


def _is_injected(item: JsonValue) -> bool:
    return isinstance(item, dict) and str(item.get("name", "")).startswith(_INJECTED)
