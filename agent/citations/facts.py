"""extract_facts: the numbers, names and quotes of a text, as the check compares them."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.agent.citations.clauses import read_clause
from interlock.agent.citations.model import Record
from interlock.agent.citations.quantities import Quantity, clock_of
from interlock.agent.citations.reading import read


@dataclass(frozen=True)
class Facts:
    """What evidence must hold: `numbers` with their units brought to one form, `names` and `quotes` as written."""

    numbers: tuple[Quantity, ...]
    names: tuple[str, ...]
    quotes: tuple[str, ...]


def extract_facts(text: str) -> Facts:
    """Every number, identifier and quoted span of a text, in order, each once."""
    tokens = read(text)
    numbers = dict.fromkeys(t.quantity for t in tokens if t.quantity)
    names = dict.fromkeys(t.text for t in tokens if t.kind == "name" or (t.predicate and t.text.isupper()))
    return Facts(tuple(numbers), tuple(names), read_clause(text).quotes)


def moments(record: Record) -> tuple[str, ...]:
    """The times of a record that can be put in order: full instants, or else times of day."""
    found = [
        t.quantity for f in record.fields for t in f.tokens if t.quantity and "time" in t.quantity.families
    ]
    instants = tuple(c for q in found if (c := clock_of(q)) and "T" in c)
    return instants or tuple(c for q in found if (c := clock_of(q)))
