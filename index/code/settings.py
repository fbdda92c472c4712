"""Where something is set: every assignment whose name the question's words make up, ranked by where it is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from interlock.index.code.codebase import Codebase
from interlock.index.code.graph import title_of
from interlock.index.code.model import Facts, Part, Place, cut
from interlock.index.code.naming import STOP, Where, aside, same, tokens, words

_NO_SETTING = frozenset({"output", "page", "alert", "jsonnet", "moved", "import", "removed", "dashboard"})
_OF_VARIABLE = frozenset({"default", "type", "description", "sensitive", "nullable", "validation"})
_REFERENCE = re.compile(r"^(?:var|local|module|data|each|dependency|include)\.|^\$\{|^\{\{")
_OF = re.compile(r"\s+(?:of|for|in|on)\s+(?:the\s+)?")
_NEAR = 0.6
MOST = 8


@dataclass(frozen=True, slots=True)
class Setting:
    """An assignment: what is set, to what, in which part."""

    name: str
    text: str
    holder: str
    place: Place
    score: float
    unmatched: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """One sentence."""
        of = f" in {self.holder}" if self.holder else ""
        to = f" = {self.text}" if self.text else ""
        return f"{self.place} sets {self.name}{to}{of}"


def settings(code: Codebase, name: str, where: str = "", most: int = MOST) -> list[Setting]:
    """The best assignments for a name as people say it (`kubernetes version`) and words that say where.

    All words of a setting's own name must have been asked for; what else was asked says where. Those nearly as good
    as the best are kept, so that a choice is seen.
    """
    head, rest = headed(name)
    found = _found(code, head, f"{rest} {where}") or _found(code, name, where)
    found.sort(key=lambda s: (-s.score, s.place.path, s.place.start))
    best = found[0].score if found else 0.0
    return [s for s in found if s.score > best - _NEAR][:most]


def headed(name: str) -> tuple[str, str]:
    """What is set, and of what: `memory limit of the api` is a memory limit, and `number of replicas` replicas."""
    pieces = _OF.split(name)
    for at in range(1, len(pieces)):
        head = " ".join(pieces[:at])
        if any(word not in STOP for word in words(head)):
            return head, " ".join(pieces[at:])
    return name, ""


def _found(code: Codebase, name: str, where: str) -> list[Setting]:
    wanted = frozenset(words(name))
    exact = frozenset(same(token) for token in tokens(name) if len(words(token)) > 1)
    return [s for facts in code.files.values() for s in _of_file(facts, name, where, wanted, exact)]


def _of_file(
    facts: Facts, name: str, where: str, wanted: frozenset[str], exact: frozenset[str]
) -> Iterator[Setting]:
    for part in facts.parts:
        if part.kind in _NO_SETTING:
            continue
        for label, text, line, end, own in _assignments(part):
            held = words(_key(label))
            if held and all(word in wanted for word in held):
                yield _scored(
                    facts, part, (label, text, Place(facts.path, line, end)), own, (name, where), exact
                )


def _assignments(part: Part) -> Iterator[tuple[str, str, int, int, bool]]:
    """Name, text, lines, and whether the part itself is what is named."""
    if part.kind == "variable":
        yield part.name, part.text("default"), part.start, part.end, True
        return
    if part.kind not in ("locals", "settings", "inputs", "page"):
        yield (part.kind if part.name == part.kind else part.name), "", part.start, part.end, True
    for value in part.values:
        yield value.path, value.text, value.line, value.line, False


def _scored(
    facts: Facts,
    part: Part,
    found: tuple[str, str, Place],
    own: bool,
    asked: tuple[str, str],
    exact: frozenset[str],
) -> Setting:
    label, text, place = found
    key = _key(label)
    where = Where(" ".join(asked), (*words(key), key.lower(), same(key)))
    holder = "" if own and part.kind == "variable" else title_of(part)
    named = (part.kind, part.name, label.replace(".", " "), *_neighbour(part, label))
    score = (
        2.0 * len(words(key)) + where.score(place, *named) + _literal(text, own and part.kind != "variable")
    )
    score += 1.5 if same(key) in exact or same(label) in exact else 0.0
    score += 0.3 * sum(token in text.lower() for token in where.tokens if len(token) > 3)
    score += 1.0 if own and part.kind == "variable" and "default" in asked[0].lower() else 0.0
    score -= 0.4 if aside(place.path, where.tokens) else 0.0
    said = "default" if own and part.kind == "variable" else ""
    name = f"the {said} of variable {label}" if said else label
    return Setting(
        name,
        cut(text) if text or not said else "(none)",
        "" if own else holder,
        place,
        score,
        tuple(where.unmatched(place, *named)),
    )


def _key(label: str) -> str:
    """A setting's own name; Terraform reads `TF_VAR_x` of the environment as x."""
    return label.rpartition(".")[2].partition("[")[0].removeprefix("TF_VAR_")


def _neighbour(part: Part, label: str) -> tuple[str, ...]:
    """The name of the list item a setting is in: of an image, its container's."""
    item = label.rpartition(".")[0]
    name = part.text(f"{item}.name") if item.endswith("]") else ""
    return (name,) if name else ()


def _literal(text: str, block: bool) -> float:
    """A value counts more than passing another's on; a block holds its values."""
    if block:
        return 0.3
    return 0.0 if not text or text[0] in "{[" or _REFERENCE.match(text) else 0.5
