"""Cuts a claim into clauses: one statement each, with the subject it inherits from the one before."""

from __future__ import annotations

import re

from interlock.agent.citations import lexicon
from interlock.agent.citations.model import Clause, Token
from interlock.agent.citations.reading import is_name, read

_CITED = re.compile(r"\s*[\[(]\s*E\d+(?:\s*,\s*E\d+)*\s*[\])]")
_SPLIT = re.compile(
    r"\s*;\s*|(?<=[.!?])\s+(?=[A-Z`\"'])|\s+[-–—]\s+|,?\s+(?:while|whereas|because|although|though|but)\s+"
    r"|,\s+(?:since|as|so)\s+|,\s+and\s+|\s+since\s+(?=[a-z]*[A-Za-z]{3})|:\s+(?=[A-Za-z]+\s+\S+\s+(?:is|was|has|had|are|were)\b)",
)
_QUOTE = re.compile(r"`([^`]+)`|\"([^\"]+)\"|“([^”]+)”|(?<!\w)'([^'\n]+)'(?!\w)")
_FRAMED = re.compile(
    r"\b(?:runbook|section|document|documentation|page|guide|recommends?|advises?|(?<!as )if|when|whenever|should|would)\b",
    re.I,
)


def split_clauses(claim: str, ids: frozenset[str] = frozenset()) -> tuple[Clause, ...]:
    """The clauses of a claim. Citation marks are not part of what it says."""
    text = _CITED.sub("", claim).strip().rstrip(".")
    for one in ids:
        text = re.sub(rf"(?<![\w-]){re.escape(one)}(?![\w-])", "", text)
    out: list[Clause] = []
    names: tuple[Token, ...] = ()
    for part in _parts(text):
        clause = read_clause(part, names)
        names = subjects(clause) or names
        out.append(clause)
    return tuple(out)


def _parts(text: str) -> list[str]:
    """Split outside quoted spans only."""
    held = [m.group() for m in _QUOTE.finditer(text)]
    masked = _QUOTE.sub(lambda m: f"\x00{held.index(m.group())}\x00", text)
    parts = [p for p in _SPLIT.split(masked) if p and p.strip(" .,\n")]
    return [re.sub("\x00(\\d+)\x00", lambda m: held[int(m.group(1))], p) for p in parts]


def read_clause(text: str, names: tuple[Token, ...] = ()) -> Clause:
    """One clause, inheriting `names` unless it names its own subject."""
    quotes = tuple(next(g for g in m.groups() if g) for m in _QUOTE.finditer(text))
    clause = Clause(text.strip(), read(text), quotes, modal=bool(_FRAMED.search(text)))
    inherited = () if subjects(clause) else names
    return Clause(clause.text, clause.tokens, quotes, inherited, clause.modal)


def subjects(clause: Clause) -> tuple[Token, ...]:
    """The object names of a clause: identifiers, not reasons such as OOMKilled and not constants."""
    return tuple(t for t in clause.tokens if t.kind == "name" and _is_object(t.text))


def _is_object(text: str) -> bool:
    return (
        ":" not in text
        and bool(re.search(r"[a-z0-9][-/][a-z0-9]", text))
        and "." not in text.split("/", maxsplit=1)[0][:1]
    )


def checkable(clause: Clause) -> bool:
    """Whether a clause says anything that evidence could hold or deny."""
    return any(t.kind in ("name", "quantity") or t.predicate for t in clause.tokens) or bool(clause.quotes)


def halves(clause: Clause) -> list[tuple[Clause, Clause]]:
    """The ways to read a clause as two, joined by `and`, a comma or a conjunction; both keep its subject."""
    out: list[tuple[Clause, Clause]] = []
    for found in re.finditer(r",?\s+(?:and|with|after|before|then|which|that)\s+|,\s+", clause.text):
        left, right = clause.text[: found.start()], clause.text[found.end() :]
        if _inside_quote(clause.text, found.start()):
            continue
        first = read_clause(left, clause.inherited)
        second = read_clause(right, subjects(first) or clause.inherited)
        if checkable(first) and checkable(second):
            out.append((first, second))
    return out


def joint(clause: Clause, first: Clause, second: Clause) -> str:
    """The words that joined two halves of a clause."""
    return clause.text[len(first.text) : len(clause.text) - len(second.text)].strip(" ,").lower()


def _inside_quote(text: str, at: int) -> bool:
    return any(m.start() < at < m.end() for m in _QUOTE.finditer(text))


def content(clause: Clause) -> list[tuple[int, Token]]:
    """The tokens of a clause that carry something, with their positions."""
    return [
        (i, t)
        for i, t in enumerate(clause.tokens)
        if t.kind in ("word", "name")
        and (t.kind == "name" or not lexicon.is_glue(t.text))
        and t.text.lower() not in lexicon.NEGATORS
    ]


def facts_of(clause: Clause) -> bool:
    """Whether the clause holds a name or number of its own."""
    return any(t.kind == "quantity" or is_name(t.text) for t in clause.tokens)
