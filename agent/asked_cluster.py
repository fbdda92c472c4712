"""Which cluster a question is about: the words that name one are taken out, and the rest is asked of that cluster.

A bare name counts only after `in`, `on`, `at` or `from` where several clusters are configured; `cluster NAME` always does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from interlock.agent.alert import Alert
from interlock.core.clusters.connect import unknown_cluster
from interlock.core.errors import nearest

MARK = "Cluster asked: "
LABELS = ("cluster", "kube_cluster", "cluster_name", "k8s_cluster_name", "k8s.cluster.name")
_QUOTE = "[`'\"]?"
_NAME = r"[A-Za-z][A-Za-z0-9._]*-[A-Za-z0-9._-]*[A-Za-z0-9]|[A-Za-z]+\d+"
_OWN_WORDS = r"(?!\s+(?:role|issuer|roles|autoscaler|ip|name|dns|domain|admin)\b)"
_SAID = re.compile(
    rf"\bcluster\s+(?:named\s+|called\s+)?{_QUOTE}(?P<name>{_NAME}){_QUOTE}(?![\w/-])", re.IGNORECASE
)
_PLACE = re.compile(
    rf"\b(?:in|on|at|from)\s+{_QUOTE}(?P<name>{_NAME}){_QUOTE}(?![\w/-])(?!\s+(?:namespace|ns|node)\b)"
)
_CLOSE = 0.8
"""How like a configured cluster a place must be spelt to be taken for a slip of it, and not for a namespace."""


@dataclass(frozen=True)
class Asked:
    """The question without the place, and the clusters it names."""

    text: str
    clusters: tuple[str, ...] = ()


def asked_of(text: str, known: Sequence[str]) -> Asked:
    """What a question asks, and of which of the `known` clusters.

    Raises:
        UnknownName: when it names a cluster that is not configured.
    """
    rest, found = text, []
    for name in sorted(known, key=len, reverse=True):
        cut = _pattern(name, several=len(known) > 1).sub(" ", rest)
        if cut != rest:
            found.append(name)
            rest = cut
    if not found:
        _check(text, known)
        return Asked(text)
    return Asked(
        " ".join(rest.split()).replace(" ?", "?").replace(" ,", ",").strip(" ,:") or text, tuple(found)
    )


def alerted(alert: Alert | None, known: Sequence[str]) -> str:
    """The cluster an alert's labels name, '' when they name none that is configured."""
    labels = alert.labels if alert else {}
    return next((labels[label] for label in LABELS if labels.get(label) in known), "")


def marked(words: str, cluster: str) -> str:
    """The words of a question with the cluster they are asked of, as models read it."""
    return f"{words}\n\n{MARK}{cluster}" if cluster else words


def unmarked(words: str) -> tuple[str, str]:
    """Those words, and the cluster."""
    text, mark, cluster = words.rpartition(f"\n\n{MARK}")
    return (text, cluster.strip()) if mark else (words, "")


def _pattern(name: str, *, several: bool) -> re.Pattern[str]:
    exact = rf"(?<![\w./-]){_QUOTE}{re.escape(name)}{_QUOTE}(?![\w/-]|\.\w)"
    lead = r"(?:\b(?:in|on|at|of|for|from)\s+)?(?:\bthe\s+)?"
    said = [rf"{lead}\bcluster\s+(?:named\s+|called\s+)?{exact}", rf"{lead}{exact}\s+cluster\b{_OWN_WORDS}"]
    if several:
        said.append(rf"\b(?:in|on|at|from)\s+{exact}(?!\s+(?:namespace|ns|node)\b)")
        said.append(rf"^\s*{exact}\s*[:,]")
    return re.compile("|".join(said), re.IGNORECASE)


def _check(text: str, known: Sequence[str]) -> None:
    """Refuse a cluster that is named as one and is none, and a slip of a configured one's name."""
    said = _SAID.search(text)
    if said and known:
        raise unknown_cluster(said["name"], known)
    for place in _PLACE.finditer(text) if len(known) > 1 else ():
        near = nearest(place["name"], known, most=1)
        if near and _alike(place["name"], near[0]):
            raise unknown_cluster(place["name"], known)


def _alike(one: str, other: str) -> bool:
    import difflib

    return difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio() >= _CLOSE
