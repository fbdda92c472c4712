"""Words of names and of questions, and how well a place in the code answers to the words that say where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from posixpath import splitext

from interlock.index.code.model import Place

_TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*[A-Za-z0-9]|[A-Za-z0-9]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPLIT = re.compile(r"[^a-z0-9]+")
STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "code",
        "default",
        "defaults",
        "defined",
        "does",
        "for",
        "from",
        "how",
        "in",
        "is",
        "it",
        "its",
        "kind",
        "of",
        "on",
        "or",
        "set",
        "sets",
        "that",
        "the",
        "this",
        "to",
        "value",
        "variable",
        "was",
        "what",
        "where",
        "which",
        "who",
        "with",
        "our",
        "we",
        "there",
        "number",
        "configured",
        "specified",
        "uses",
        "use",
        "used",
        "using",
    ]
)
ASIDE = ("deprecated", "examples", "example", "tests", "test", "docs", "fixtures")
"""Folders whose code is rarely what runs; named only when nothing else answers, or when asked for."""


def tokens(text: str) -> list[str]:
    """Names and words as they are written, in lower case."""
    return [token.lower() for token in _TOKEN.findall(text)]


@lru_cache(maxsize=100_000)
def words(name: str) -> tuple[str, ...]:
    """The words a name is made of: `kubeStateMetrics`, `kube-state-metrics` and `kube_state_metrics` alike."""
    parts = _SPLIT.split(_CAMEL.sub(" ", name).lower())
    return tuple(singular(part) for part in parts if part)


def singular(word: str) -> str:
    """`replicas` -> `replica`; short words and `ss` stay."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def same(name: str) -> str:
    """A name with its separators made equal, so that `eks_cluster` is `eks-cluster`."""
    return name.lower().replace("_", "-")


class Where:
    """The words of a question that say where; `score` says how well a place answers to them."""

    def __init__(self, text: str, without: Iterable[str] = ()) -> None:
        left_out = {*without, *STOP}
        held = [t for t in tokens(text) if t not in left_out and singular(t) not in left_out]
        self.tokens = tuple(dict.fromkeys(held))

    def score(self, place: Place | str, *named: str) -> float:
        """One for each word that is a whole step or name here, a half for one that is only part of one."""
        path = place if isinstance(place, str) else place.path
        whole, parts = _scope(path, named)
        return sum(_worth(token, path, whole, parts) for token in self.tokens)

    def unmatched(self, place: Place | str, *named: str) -> list[str]:
        """The words that nothing here answers to."""
        path = place if isinstance(place, str) else place.path
        whole, parts = _scope(path, named)
        return [token for token in self.tokens if not _worth(token, path, whole, parts)]


def aside(path: str, asked: Iterable[str] = ()) -> str:
    """The folder that sets a file aside, '' when there is none or when it was asked for."""
    wanted = {singular(token) for token in asked}
    return next((s for s in path.split("/")[:-1] if s in ASIDE and singular(s) not in wanted), "")


def _scope(path: str, named: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    return _scope_of(path, tuple(named))


@lru_cache(maxsize=50_000)
def _scope_of(path: str, named: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    steps = [splitext(step)[0] for step in path.split("/")]
    held = [*steps, *(piece for name in named for piece in re.split(r"[\s/]+", name))]
    whole = {singular(same(step)) for step in held}
    return frozenset(whole), frozenset(word for step in held for word in words(step))


def _worth(token: str, path: str, whole: frozenset[str], parts: frozenset[str]) -> float:
    if "/" in token:
        return 2.0 if f"/{same(token)}/" in f"/{same(path)}/" else 0.0
    if singular(same(token)) in whole:
        return 1.0
    return 0.5 if all(word in parts for word in words(token)) else 0.0
