"""Code-aware terms: an identifier counts by its parts and as a whole.

`KubePodCrashLooping`, `kube_pod_status_phase`, `kube-system/coredns` and `spec.nodeName` are cut at case,
`_`, `-`, `/`, `.`, `:` and `@`; each part is stemmed, and each joined form is kept as it is. Deterministic,
linear in the text; of a run of letters and digits longer than `MAX_TERM` the beginning is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from interlock.index.stem import stem

MAX_TERM = 64
_WORD = re.compile(r"\w+(?:[.\-/:@]+\w+)*")
_PATHLIKE = re.compile(r"[./:@]+")
_CUTS = re.compile(r"[\W_]+")
# "PVCs" and "VMs" are one word; "OOMKilled" and "nodeName" are two.
# Every question has these; without them a small folder would take "how do I" for rare and telling words.
_QUESTION = (
    "a an and are as at be been but by can could did do does for from had has have how i if in is it its me my "
    "of on or our shall should so that the their them then there these they this those to was we were what when "
    "where which who why will with would you your"
)
_STOP = frozenset(stem(word) for word in _QUESTION.split())
_PLURAL_ACRONYM = re.compile(r"[A-Z]{2,}s")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z](?!s\b)[a-z])")


def terms(text: str) -> list[str]:
    """Every term of a text, repeated as often as it occurs."""
    return [term for word in _WORD.findall(text) for term in _of_word(word)]


def asked(text: str) -> list[str]:
    """The terms of a question, without the words that every question has; with them when nothing is left."""
    found = terms(text)
    return [term for term in found if term not in _STOP] or found


def words(text: str) -> list[str]:
    """The parts of a text in order, lower case and unstemmed."""
    return [part.lower() for cut in _CUTS.split(text) if cut for part in _HUMP.split(cut)]


def glued(text: str) -> str:
    """A text as one joined form: `Kube Pod Crash Looping` and `KubePodCrashLooping` are the same."""
    return _CUTS.sub("", text).lower()


def identifiers(text: str) -> list[str]:
    """The joined forms of the words of a text that have several parts."""
    return [glued(word) for word in _WORD.findall(text) if _is_cut(word)]


def _is_cut(word: str) -> bool:
    return bool(_HUMP.search(word) or _CUTS.search(word))


def _of_word(word: str) -> tuple[str, ...]:
    return _short_word(word) if len(word) <= MAX_TERM else tuple(_forms(word))


@lru_cache(maxsize=100_000)
def _short_word(word: str) -> tuple[str, ...]:
    return tuple(_forms(word))


def _forms(word: str) -> Iterator[str]:
    parts = [hump[:MAX_TERM] for cut in _CUTS.split(word) if cut for hump in _HUMP.split(cut)]
    for part in parts:
        yield stem(part[:-1].lower() if _PLURAL_ACRONYM.fullmatch(part) else part.lower())
    if len(parts) > 1:
        yield from _joined(word)


def _joined(word: str) -> Iterator[str]:
    """Each path part that is cut further, and the whole, as one."""
    pieces = [piece for piece in (*_PATHLIKE.split(word), word) if _is_cut(piece)]
    yield from dict.fromkeys(form for piece in pieces if len(form := glued(piece)) <= MAX_TERM)
