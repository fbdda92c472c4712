"""The answer as machines read it (docs/json.md), and how a final text becomes one.

Threat: a model states what no evidence holds, under a citation that exists. Mechanism: every sentence is a claim, each is
checked against the text it cites, and the text passes the redactor once more. Guarantee: an uncited, miscited or
unsupported sentence is `verified: false` and reads `unverified:` wherever the answer is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from interlock.agent.ledger import Ledger
from interlock.agent.sentences import Sentence, cited_in, take_apart, unquoted
from interlock.core.clusters.objects import Node
from interlock.core.evidence import Evidence, Locator
from interlock.tools.diagnose.model import Category

UNVERIFIED = "unverified: "


_LOGGED = re.compile(r"^(?:[A-Z][A-Za-z]+ )?(?P<who>\S+) (?:logged|reports) [“\"](?P<words>.{12,})[”\"]\.?$")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Claim(_Part):
    """One sentence, what it rests on, and whether that text holds it."""

    text: str
    evidence: list[str]
    verified: bool


class Omitted(_Part):
    """What did not fit."""

    lines: int
    bytes: int


class Shown(_Part):
    """Evidence as an answer shows it: `id` is the display id, `ref` the global one."""

    id: str
    ref: str
    tool: str
    args: dict[str, JsonValue]
    locators: list[Locator]
    text: str
    redactions: dict[str, int]
    omitted: Omitted
    handle: str | None


class Moment(_Part):
    """A line of the timeline."""

    at: str
    text: str
    evidence: list[str] = Field(default_factory=list)


class Verdict(_Part):
    """What the diagnosis concluded; not written by a model."""

    category: Category
    state: Literal["active", "recovered", "healthy", "unknown"]
    summary: str
    cause_chain: list[str]
    timeline: list[Moment]
    ruled_out: list[str]
    confidence: Literal["high", "medium", "low"]


class Usage(_Part):
    """What the question spent. `cost_usd` is null when a model's price is not known."""

    model_calls: int
    tool_calls: int
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool
    cost_usd: float | None
    seconds: float


class Answer(_Part):
    """The contract of `ask` and `triage`, version 1."""

    mode: str
    answer: str
    verdict: Verdict | None
    claims: list[Claim]
    evidence: list[Shown]
    limits: list[str]
    requests: list[dict[str, JsonValue]]
    usage: Usage


class Checker(Protocol):
    """Whether the cited evidence holds a claim."""

    def __call__(self, text: str, cited: Sequence[tuple[str, Evidence]]) -> bool:
        """True when every number, name and quoted span of `text` stands there."""


def check_cited(text: str, cited: Sequence[tuple[str, Evidence]]) -> bool:
    """A whole line quoted as it stands holds by itself, and so does a report's statement; all else is checked.

    What a report infers from other evidence holds only when the names and numbers it speaks of stand in that evidence.
    """
    from interlock.agent.citations import Source, check_claim

    line = unquoted(text)
    if line and any(line in _lines(item) for _, item in cited):
        return True
    if any(_logged(text, item) for _, item in cited):
        return True
    inferred = [item for _, item in cited if item.kind == "report" and text in _lines(item)]
    if inferred:
        others = [item for _, item in cited if item not in inferred]
        return not others or rests_on(text, others)

    sources = [Source(id=name, text=e.text, kind=e.kind, subject=_about(e)) for name, e in cited]
    return check_claim(text, sources).verified


def _about(item: Evidence) -> str | None:
    """What all of it is about, the cluster it was read in first, and the namespace of logs, whose lines tell neither."""
    cluster, namespace = item.args.get("cluster"), item.args.get("namespace")
    places = [f"cluster {cluster}"] if cluster else []
    places += [f"namespace {namespace}"] if namespace and item.kind == "log" else []
    return " ".join([*places, item.subject]).strip() or None


def _logged(text: str, item: Evidence) -> bool:
    """`WHO logged "words"`, where one line holds the words as they stand: of WHO's log, or about it, or of the object WHO."""
    said = _LOGGED.match(text)
    if not said or item.kind not in ("log", "event", "object"):
        return False
    words, (space, _, who) = " ".join(said["words"].split()), said["who"].rpartition("/")
    if space and item.args.get("namespace") != space and f"{space}/{who}" not in item.subject:
        return False
    lines = (" ".join(line.split()) for line in item.text.split("\n"))
    own = item.kind == "object"
    return any(
        words in line and _named(who, item.subject if own else f"{item.subject} {line}") for line in lines
    )


def _named(who: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(who)}(?![\w-])", text) is not None


def rests_on(text: str, sources: Sequence[Evidence]) -> bool:
    """Whether every name, number and quoted span of `text` stands somewhere in the sources."""
    from interlock.agent.citations import extract_facts

    facts = extract_facts(text)
    blob = " ".join(f"{item.subject} {item.text}" for item in sources)
    folded = " ".join(blob.lower().split())
    pieces = [part for name in facts.names for part in name.lower().split("/")]
    spans = [" ".join(quote.lower().split()) for quote in facts.quotes]
    numbers = [found for quantity in facts.numbers for found in _DIGITS.findall(quantity.text)]
    return all(part in folded for part in (*pieces, *spans)) and all(_stands(n, blob) for n in numbers)


def _stands(number: str, blob: str) -> bool:
    return re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", blob) is not None


def checked_claims(text: str, ledger: Ledger, check: Checker) -> tuple[list[Claim], str]:
    """The claims of a text, and the text with its unverified sentences marked."""
    claims: list[Claim] = []
    pieces: list[str] = []
    at = 0
    for sentence in take_apart(text).sentences:
        claim = _claim(sentence, ledger, check)
        claims.append(claim)
        if not claim.verified:
            pieces += [text[at : sentence.start], UNVERIFIED]
            at = sentence.start
    return claims, "".join([*pieces, text[at:]])


def shown(display: str, item: Evidence) -> Shown:
    """Evidence as an answer shows it."""
    return Shown(
        id=display,
        ref=item.id,
        tool=item.tool,
        args=item.args,
        locators=list(item.locators),
        text=item.text,
        redactions=dict(item.redactions),
        omitted=Omitted(lines=item.omitted_lines, bytes=item.omitted_bytes),
        handle=item.handle,
    )


def cited_evidence(ledger: Ledger, claims: Sequence[Claim], verdict: Verdict | None) -> list[Shown]:
    """The evidence that claims and verdict name, in the order it was read."""
    named = {name for claim in claims for name in claim.evidence}
    named |= set(cited_in(_words(verdict))) if verdict else set()
    named |= {name for moment in verdict.timeline for name in moment.evidence} if verdict else set()
    return [shown(name, item) for name, item in ledger.items() if name in named]


def limits_of(ledger: Ledger, own: Sequence[str], notes: Sequence[str]) -> list[str]:
    """What was not looked at: our own reasons first, then the tools', then what the text itself admits."""
    told = (limit for _, item in ledger.items() for limit in item.limits)
    return list(dict.fromkeys([*own, *told, *notes]))


def verdict_of(diagnosis: Evidence, ledger: Ledger) -> Verdict:
    """The verdict of a diagnosis, with display ids where it holds global ones."""
    data = Node(diagnosis.data if isinstance(diagnosis.data, dict) else {})
    verdict = data.node("verdict")
    timeline = [
        {"at": m.text("at"), "text": m.text("text"), "evidence": displays(m, diagnosis, ledger)}
        for m in verdict.nodes("timeline")
    ]
    return Verdict.model_validate({**verdict.raw, "timeline": timeline})


def displays(claim: Node, diagnosis: Evidence, ledger: Ledger) -> list[str]:
    """The display ids of what a diagnosis' claim rests on; `self` is its own report."""
    ids = (diagnosis.id if name == "self" else name for name in claim.names("evidence"))
    found = [display for name in dict.fromkeys(ids) if (display := ledger.display(name))]
    return found or [ledger.display(diagnosis.id)]


def _lines(item: Evidence) -> set[str]:
    """Its lines with blanks as one, with and without the place they start with."""
    flat = [" ".join(line.split()) for line in item.text.split("\n")]
    return {*flat, *(line.partition(" ")[2] for line in flat if item.kind in ("document", "log"))}


def _claim(sentence: Sentence, ledger: Ledger, check: Checker) -> Claim:
    cited = [(name, item) for name in sentence.cited if (item := ledger.find(name))]
    known = len(cited) == len(sentence.cited) and bool(cited)
    return Claim(
        text=sentence.text, evidence=list(sentence.cited), verified=known and check(sentence.text, cited)
    )


def _words(verdict: Verdict) -> str:
    return "\n".join([verdict.summary, *verdict.cause_chain, *verdict.ruled_out])
