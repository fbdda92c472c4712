"""Copies an incident under other names: what only recognises an incident by its names fails on the copy.

Every workload, pod, namespace, node, host, image, service and time is replaced consistently in all files; reasons,
messages and numbers stay. Deterministic by seed. Whole words are replaced, longest first, in one pass.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from pydantic import JsonValue

_SYLLABLES = (
    "ba",
    "do",
    "fe",
    "gi",
    "ko",
    "lu",
    "me",
    "ni",
    "po",
    "ra",
    "se",
    "ti",
    "vu",
    "wo",
    "za",
    "bri",
    "kel",
    "mor",
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_ADDRESS = re.compile(r"(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_SERVICE_HOST = re.compile(r"\b([a-z0-9][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)\.svc\b")
_HASHED = re.compile(r"^(?P<base>.+?)-(?P<hash>[a-z0-9]{8,10})(?:-(?P<suffix>[a-z0-9]{4,5}))?$")
# Words of Kubernetes and of the tools that a name may happen to equal; replacing them would change what is said.
_KEPT = frozenset({
    "default", "kube-system", "kube-public", "kubelet", "kube-controller-manager", "kube-apiserver", "kube-scheduler",
    "coredns", "kube-dns", "kubernetes",
})  # fmt: skip
_NAMING_LABELS = ("namespace", "kube_namespace", "service", "workload_name", "kube_deployment", "kube_pod", "pod", "deployment",
                  "statefulset", "daemonset", "job_name", "node", "cluster_name", "container", "pipeline_name")  # fmt: skip


@dataclass(frozen=True)
class Renaming:
    """Old to new words, and how far times are moved."""

    words: Mapping[str, str]
    shift: timedelta

    def of(self, text: str) -> str:
        """The text with every word and time replaced."""
        if self.words:
            text = self._pattern().sub(lambda match: self.words[match[0]], text)
        return _TIME.sub(lambda match: _moved(match[0], self.shift), _ADDRESS.sub(_other_address, text))

    def _pattern(self) -> re.Pattern[str]:
        longest = sorted(self.words, key=len, reverse=True)
        return re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(map(re.escape, longest)) + r")(?![A-Za-z0-9])")


def rename(source: Path, target: Path, seed: int) -> Renaming:
    """Copy the incident folder `source` to `target` under other names, and say which."""
    renaming = Renaming(
        dict(_new_words(source, random.Random(seed))), timedelta(days=37 + seed % 211, hours=seed % 19)
    )
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        place = target / renaming.of(str(path.relative_to(source)))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(renaming.of(path.read_text(encoding="utf-8")), encoding="utf-8")
    return renaming


def _moved(text: str, shift: timedelta) -> str:
    if text.startswith("0001"):
        return text
    at = datetime.fromisoformat(text.replace("Z", "+00:00")) + shift
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _other_address(match: re.Match[str]) -> str:
    first, *rest = (int(part) for part in match.groups())
    kept = first in (0, 127) or any(part > 255 for part in (first, *rest))
    return match[0] if kept else f"{first}.{(rest[0] + 17) % 256}.{(rest[1] + 5) % 256}.{rest[2]}"


def _new_words(source: Path, chance: random.Random) -> Iterator[tuple[str, str]]:
    """A new word for every part of every name, so that `api-6d5f-x7` stays a pod of `api`."""
    # A name that is also a key of some document (`app`) cannot be told from the key.
    kept = _KEPT | {
        key for path in source.rglob("*.json") for key in _keys(json.loads(path.read_text(encoding="utf-8")))
    }
    names = {name for name in _names(source) if name and name not in kept and not name.isdigit()}
    taken: dict[str, str] = {}
    for name in sorted(names):
        for old, new in _parts(name, chance, taken):
            taken.setdefault(old, new)
    yield from taken.items()


def _parts(name: str, chance: random.Random, taken: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if "." in name and not name.replace(".", "").isdigit():
        first, _, rest = name.partition(".")
        yield name, f"{taken.get(first) or _word(chance)}.{rest}"
        return
    match = _HASHED.match(name)
    if not match or not any(character.isdigit() for character in match["hash"]):
        yield name, _word(chance)
        return
    base = taken.get(match["base"]) or _word(chance)
    fresh = taken.get(match["hash"]) or _code(chance, len(match["hash"]))
    yield match["base"], base
    yield match["hash"], fresh
    yield f"{match['base']}-{match['hash']}", f"{base}-{fresh}"
    if match["suffix"]:
        yield name, f"{base}-{fresh}-{_code(chance, len(match['suffix']))}"


def _word(chance: random.Random) -> str:
    return (
        "".join(chance.choice(_SYLLABLES) for _ in range(3))
        + "-"
        + "".join(chance.choice(_SYLLABLES) for _ in range(2))
    )


def _code(chance: random.Random, length: int) -> str:
    return "".join(chance.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(length - 1)) + chance.choice(
        "2456789"
    )


def _names(source: Path) -> Iterator[str]:
    for path in sorted(source.rglob("*.json")):
        yield from _in_document(json.loads(path.read_text(encoding="utf-8")))
    for path in sorted(source.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield from _in_record(json.loads(line))
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        for match in _SERVICE_HOST.finditer(path.read_text(encoding="utf-8", errors="replace")):
            yield match[1]
            yield match[2]


def _keys(document: JsonValue) -> Iterator[str]:
    if isinstance(document, dict):
        yield from document
    for value in (
        document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    ):
        yield from _keys(value)


def _in_document(document: JsonValue) -> Iterator[str]:
    if isinstance(document, list):
        for item in document:
            yield from _in_document(item)
    elif isinstance(document, dict):
        yield from _in_mapping(document)
        for value in document.values():
            yield from _in_document(value)


def _in_mapping(document: Mapping[str, JsonValue]) -> Iterator[str]:
    metadata = document.get("metadata")
    if isinstance(metadata, dict) and document.get("kind") != "Event":
        yield from (str(metadata[key]) for key in ("name", "namespace") if metadata.get(key))
    for key in ("nodeName", *_NAMING_LABELS):
        if isinstance(document.get(key), str):
            yield str(document[key])
    about = document.get("involvedObject")
    if isinstance(about, dict):
        yield str(about.get("name") or "")
    image = document.get("image")
    if isinstance(image, str) and "name" in document:
        yield re.split(r"[:@]", image.rsplit("/", 1)[-1])[0]
        yield str(document["name"])


def _in_record(record: JsonValue) -> Iterator[str]:
    if isinstance(record, dict):
        yield from (str(record[key]) for key in ("service", "host") if record.get(key))
        tags = record.get("tags")
        for tag in tags if isinstance(tags, list) else []:
            key, _, value = str(tag).partition(":")
            if key in {*_NAMING_LABELS, "pod_name", "resource_quota", "kube_cluster"}:
                yield value


def expected(folder: Path) -> dict[str, JsonValue]:
    """What `expected.yml` of an incident folder says."""
    loaded = yaml.safe_load((folder / "expected.yml").read_text(encoding="utf-8"))
    return loaded if isinstance(loaded, dict) else {}
