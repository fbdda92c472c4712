"""The same page in two places is one hit that names both.

Teams copy runbooks between repositories. Two pages of prose are the same when their words are, or when they go by the
same name and share most words. Pages that only follow one template differ in name and stay apart. Code is never
collapsed: the same block in two environments is two things.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from interlock.index.analysis import Page

SAME = 0.98
SAME_NAMED = 0.6


@dataclass(frozen=True)
class Candidate:
    """A page that may be a hit, by its number and the joined forms of its names."""

    number: int
    page: Page
    names: frozenset[str]

    @cached_property
    def size(self) -> int:
        """How long it is, in terms; near enough to tell what cannot be a copy."""
        return sum(map(len, self.page.counts))

    @cached_property
    def words(self) -> frozenset[str]:
        """The terms of the page."""
        return frozenset[str]().union(*self.page.counts)


def grouped(ranked: Iterable[Candidate], most: int) -> list[list[int]]:
    """The first `most` pages, each followed by its copies among the rest."""
    groups: list[tuple[Candidate, list[int]]] = []
    for candidate in ranked:
        numbers = next((numbers for first, numbers in groups if is_copy(first, candidate)), None)
        if numbers is not None:
            numbers.append(candidate.number)
        elif len(groups) < most:
            groups.append((candidate, [candidate.number]))
    return [numbers for _, numbers in groups]


def is_copy(one: Candidate, other: Candidate) -> bool:
    """Whether two pages are the same page."""
    least = SAME if one.names.isdisjoint(other.names) else SAME_NAMED
    if min(one.size, other.size) < least * max(one.size, other.size):
        return False
    if "iac" in (one.page.chunks[0].kind, other.page.chunks[0].kind):
        return False
    return len(one.words & other.words) >= least * len(one.words | other.words)
