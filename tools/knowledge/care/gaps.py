"""`gaps`: what was asked and no page answered, alike questions together, the most asked first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from interlock.index.stem import stem

NO_GOOD_PAGE = ("no good page", "no runbook matches")
ALIKE = 0.5
_WORD = re.compile(r"[a-z0-9][a-z0-9-]*")
_EMPTY: frozenset[str] = frozenset(
    ["a", "an", "the", "is", "are", "was", "were", "be", "do", "does", "did", "has", "have", "i", "we", "you", "it", "its", "this", "that", "there", "what", "which", "who", "how", "when", "where", "why", "to", "of", "in", "on", "for", "with", "and", "or", "not", "no", "my", "our", "your", "can", "could", "should", "would", "please", "me", "us", "from", "at", "by", "as", "if", "so"]
)  # fmt: skip


class Answered(Protocol):
    """A question and what its answer said of its limits."""

    @property
    def question(self) -> str:
        """The words, redacted."""

    @property
    def limits(self) -> Sequence[str]:
        """What the answer did not have."""


@dataclass(frozen=True)
class Gap:
    """Questions about one thing that no page answered."""

    questions: tuple[str, ...]

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.questions)


def gaps(asked: Iterable[Answered]) -> list[Gap]:
    """Groups of the questions that found no good page."""
    return grouped([item.question for item in asked if unanswered(item.limits)])


def unanswered(limits: Iterable[str]) -> bool:
    """Whether an answer says that no page was good."""
    return any(mark in limit for limit in limits for mark in NO_GOOD_PAGE)


def grouped(questions: Iterable[str]) -> list[Gap]:
    """Near-duplicates together. A question joins the first group that it shares half of its words with."""
    groups: list[tuple[frozenset[str], list[str]]] = []
    for question in questions:
        words = _words(question)
        home = next((held for seen, held in groups if _alike(words, seen) >= ALIKE), None)
        if home is None:
            groups.append((words, [question]))
        else:
            home.append(question)
    found = [Gap(tuple(held)) for _, held in groups]
    return sorted(found, key=lambda gap: -gap.count)


def _words(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _WORD.findall(text.lower()) if word not in _EMPTY)


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0
