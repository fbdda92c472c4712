"""The same page in two places is one hit that names both.

Teams copy runbooks between repositories. Two pages of prose are the same when their words are, or when they go by the
same name and share most words. Pages that only follow one template differ in name and stay apart. Code is never
collapsed: the same block in two environments is two things.
"""

from __future__ import annotations

from collections.abc import Set

from interlock.index import analysis
from interlock.index.analysis import Page

SAME = 0.98
SAME_NAMED = 0.6


def words(page: Page) -> Set[str]:
    """The terms of a page."""
    return frozenset().union(*page.counts)


def is_copy(one: Page, other: Page) -> bool:
    """Whether two pages are the same page."""
    if "iac" in (one.chunks[0].kind, other.chunks[0].kind):
        return False
    ours, theirs = words(one), words(other)
    small, large = sorted((len(ours), len(theirs)))
    if not large or small < SAME_NAMED * large:
        return False
    shared = len(ours & theirs) / len(ours | theirs)
    named = bool(analysis.exact_names(one) & analysis.exact_names(other))
    return shared >= SAME or (named and shared >= SAME_NAMED)
