"""Takes a finished text apart: sentences, the evidence each cites, and what is no statement about the world.

No statement are: headings, fences, and lines that start with `Note:`, by which a model says what it does not know.
Everything else is one, cited or not, so nothing can pass unchecked by its form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CITE = r"[\[(](?:E\d{1,4})(?:\s*[,;]\s*(?:and\s+)?E\d{1,4})*[\])]"
_CITATION = re.compile(_CITE)
_ID = re.compile(r"E\d{1,4}")
_END = re.compile(
    rf"(?P<sure>{_CITE}\s*[.!?](?:\s*{_CITE})*|[.!?]\s*{_CITE}(?:\s*{_CITE})*)(?=\s)"
    r"|[.!?](?:[\"'”’)`*_]*)(?=\s+[A-Z0-9\"'“`(*_])"
)
"""An end of a sentence. Beside a citation it is sure, also before a name that starts in lower case."""
_NOT_AN_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|approx|resp|cf|etc|no|incl|max|min)|\b[A-Za-z])\.$", re.IGNORECASE
)
_MARKER = re.compile(r"^\s*(?:[-*+>•]\s+|\d{1,3}[.)]\s+|>\s*)*")
_HEADING_WORDS = frozenset(
    [
        "what",
        "is",
        "was",
        "wrong",
        "happened",
        "found",
        "changed",
        "now",
        "state",
        "cause",
        "causes",
        "root",
        "chain",
        "symptom",
        "symptoms",
        "timeline",
        "since",
        "when",
        "ruled",
        "out",
        "runbook",
        "runbooks",
        "code",
        "evidence",
        "summary",
        "next",
        "steps",
        "impact",
        "mitigation",
        "and",
        "the",
        "of",
    ]
)
"""A heading of these words alone announces; one with any other word could state something, and is a statement."""
_NOTE = re.compile(r"^(?:[*_]{2})?note:(?:[*_]{2})?\s*", re.IGNORECASE)
_QUOTED = re.compile(rf"^(?:(\S+:\d+):?\s+)?(?:\"(.+)\"|“(.+)”|«(.+)»)\s*(?:{_CITE})?\s*\.?$")
_FENCE = re.compile(r"^\s*(?:```|~~~|---+\s*$)")


@dataclass(frozen=True)
class Sentence:
    """A statement: where it stands in the text, its words without citations, and what it cites."""

    start: int
    end: int
    text: str
    cited: tuple[str, ...]


@dataclass(frozen=True)
class Taken:
    """A text taken apart."""

    sentences: tuple[Sentence, ...]
    notes: tuple[str, ...]


def take_apart(text: str) -> Taken:
    """The sentences and the notes of `text`."""
    sentences: list[Sentence] = []
    notes: list[str] = []
    at = 0
    for line in text.split("\n"):
        start = at + len(_match(_MARKER, line))
        body = text[start : at + len(line)].rstrip()
        if note := _NOTE.match(body):
            notes.append(_plain(body[note.end() :]))
        elif body and not _is_form(body):
            sentences += _sentences(start, body)
        at += len(line) + 1
    return Taken(tuple(sentences), tuple(note for note in notes if note))


def cited_in(text: str) -> tuple[str, ...]:
    """The display ids a text cites, in order, each once."""
    found = (name for cite in _CITATION.findall(text) for name in _ID.findall(cite))
    return tuple(dict.fromkeys(found))


def quoted_line(line: str) -> str:
    """A line of evidence as a quotation, its place in front; takes a kind of quotation mark that it does not hold."""
    flat = " ".join(line.split())
    head, _, rest = flat.partition(" ")
    place, said = (f"{head} ", rest) if rest and re.fullmatch(r"\S+:\d+", head) else ("", flat)
    marks = next((m for m in ('""', "“”", "«»") if not set(m) & set(said)), "")
    return f"{place}{marks[0]}{said}{marks[1]}" if marks else flat


def unquoted(text: str) -> str | None:
    """The line of evidence that `text` quotes from end to end, or None when it is no such quotation."""
    found = _QUOTED.match(text)
    if found is None:
        return None
    return " ".join(part for part in found.groups() if part)


def _is_form(body: str) -> bool:
    if _FENCE.match(body):
        return True
    marked = body.startswith(("#", "**", "__")) or body.rstrip("*_").endswith(":")
    return marked and set(re.findall(r"[^\s#*_:]+", body.lower())) <= _HEADING_WORDS


def _sentences(start: int, body: str) -> Iterator[Sentence]:
    at = 0
    ends = [] if _QUOTED.match(body) else [*_ends(body)]
    for end in [*ends, len(body)]:
        piece = body[at:end]
        words = _plain(piece)
        if any(char.isalnum() for char in words):
            left = len(piece) - len(piece.lstrip())
            yield Sentence(start + at + left, start + end, words, cited_in(piece))
        at = end


def _ends(body: str) -> Iterator[int]:
    for match in _END.finditer(body):
        if match["sure"] or not _NOT_AN_END.search(body[: match.start() + 1]):
            yield match.end()


def _plain(text: str) -> str:
    bare = _CITATION.sub(" ", text)
    return re.sub(r"\s+([.,;:!?])", r"\1", " ".join(bare.split()))


def _match(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.match(text)
    return found.group() if found else ""
