"""Asks the product the forty questions about public code and holds its verified claims against the answers.

Right is an answer whose verified claims name the places and words that answers.yaml lists, and no other place where it
says so. `python -m interlock.evals.code.score --repos DIR` prints each miss; DIR holds the four checkouts.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.events import AnswerEvent
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.evals.code import cluster

HERE = Path(__file__).parent
TARGET = 36
_PLACE = re.compile(r"(?<![\w/.-])((?:[\w.@-]+/)+[\w.@-]+):(\d+)(?:-(\d+))?")
Span = tuple[str, int, int]


@dataclass(frozen=True)
class Question:
    """One question; `live` are the objects that the cluster shows when it is asked."""

    id: str
    ask: str
    live: tuple[cluster.Live, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What an answer must name."""

    first: tuple[Span, ...] = ()
    all: tuple[Span, ...] = ()
    may: tuple[Span, ...] = ()
    says: tuple[str, ...] = ()
    only: bool = False
    abstains: bool = False


@dataclass(frozen=True)
class Scored:
    """How one answer did: `why` is empty when it is right."""

    question: Question
    why: str
    claims: tuple[str, ...] = field(default=())


def questions(path: Path = HERE / "questions.yaml") -> list[Question]:
    """The questions, with the objects of those about live objects."""
    held = yaml.safe_load(path.read_text())["questions"]
    return [
        Question(q["id"], q["ask"], tuple(o for o in (q.get("object"), *q.get("also", ())) if o))
        for q in held
    ]


def answers(path: Path = HERE / "answers.yaml") -> dict[str, Answer]:
    """What is expected, by question."""
    return {key: _answer(item) for key, item in yaml.safe_load(path.read_text()).items()}


def _answer(item: Mapping[str, object]) -> Answer:
    spans = {key: tuple(_span(str(text)) for text in _texts(item, key)) for key in ("first", "all", "may")}
    return Answer(
        **spans,
        says=tuple(_texts(item, "says")),
        only=bool(item.get("only")),
        abstains=bool(item.get("abstains")),
    )


def _texts(item: Mapping[str, object], key: str) -> list[str]:
    found = item.get(key, [])
    return [str(text) for text in found] if isinstance(found, list) else []


def _span(text: str) -> Span:
    path, _, lines = text.rpartition(":")
    start, _, end = lines.partition("-")
    return path, int(start), int(end or start)


def wrong(claims: Sequence[str], expected: Answer) -> str:
    """Why these verified claims are not the answer; '' when they are."""
    named = [_match(m) for claim in claims for m in _PLACE.finditer(claim)]
    if expected.abstains:
        sure = [claim for claim in claims if "is the code of" in claim or "may be" in claim]
        return f"names an owner: {sure[0]}" if sure else ""
    if not claims:
        return "no verified claim"
    if expected.first and not (named and any(_meets(named[0], span) for span in expected.first)):
        return f"the first place is {_shown(named[0]) if named else 'none'}"
    for span in expected.all:
        if not any(_meets(place, span) for place in named):
            return f"does not name {_shown(span)}"
    allowed = (*expected.all, *expected.may, *expected.first)
    extra = [place for place in named if expected.only and not any(_meets(place, span) for span in allowed)]
    if extra:
        return f"names {_shown(extra[0])} as well"
    text = " ".join(claims)
    return next((f"does not say {word!r}" for word in expected.says if word not in text), "")


def _match(match: re.Match[str]) -> Span:
    return match[1], int(match[2]), int(match[3] or match[2])


def _meets(one: Span, other: Span) -> bool:
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def _shown(span: Span) -> str:
    return f"{span[0]}:{span[1]}" + (f"-{span[2]}" if span[2] != span[1] else "")


def score(repos: Path, asked: Sequence[Question], expected: Mapping[str, Answer]) -> Iterator[Scored]:
    """Ask every question: those about live objects with the cluster that shows them, the others without one."""
    with tempfile.TemporaryDirectory() as made:
        replay = cluster.write(Path(made) / "replay", [item for q in asked for item in q.live])
        for live in (True, False):
            chosen = [q for q in asked if bool(q.live) == live]
            yield from _asked(repos, Path(made), replay if live else None, chosen, expected)


def _asked(
    repos: Path, made: Path, replay: Path | None, chosen: Sequence[Question], expected: Mapping[str, Answer]
) -> Iterator[Scored]:
    with open_runtime(
        Settings({}),
        principal=Principal(id="local:eval"),
        replay=replay,
        knowledge=[repos],
        state_dir=made / "state",
        cache_dir=made / "cache",
        environment={"HOME": str(made), "PATH": ""},
    ) as runtime:
        for question in chosen:
            claims = verified(runtime, question.ask)
            yield Scored(question, wrong(claims, expected[question.id]), tuple(claims))


def verified(runtime: Runtime, ask: str) -> list[str]:
    """The verified claims of the product's answer, in its order."""
    answer = next(event.answer for event in runtime.ask(ask) if isinstance(event, AnswerEvent))
    claims = answer["claims"]
    found = claims if isinstance(claims, list) else []
    return [str(c["text"]) for c in found if isinstance(c, dict) and c.get("verified")]


def pinned(repos: Path) -> Iterator[str]:
    """What is not the checkout that the answers were found in."""
    held = yaml.safe_load((HERE / "questions.yaml").read_text())["repositories"]
    for name, about in held.items():
        head = _head(repos / name / ".git")
        if head != about["commit"]:
            yield f"{name} is at {head or 'nothing'}, not at {about['commit']}"


def _head(git: Path) -> str:
    """The commit that is checked out, as Git wrote it down."""
    try:
        head = (git / "HEAD").read_text().strip()
        ref = head.removeprefix("ref: ")
        if ref == head:
            return head
        if (git / ref).is_file():
            return (git / ref).read_text().strip()
        packed = (git / "packed-refs").read_text().splitlines()
    except OSError:
        return ""
    return next((line.split()[0] for line in packed if line.endswith(f" {ref}")), "")


def main() -> int:
    """Print each miss and the count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repos", type=Path, required=True, help="the folder with the four checkouts")
    parser.add_argument("--heldout", action="store_true", help="ask the held-out questions instead")
    parser.add_argument("--all", action="store_true", help="print the claims of every answer")
    chosen = parser.parse_args()
    for problem in pinned(chosen.repos):
        print(f"note: {problem}")
    began = time.process_time()
    of = ("heldout", "heldout_answers") if chosen.heldout else ("questions", "answers")
    asked, expected = questions(HERE / f"{of[0]}.yaml"), answers(HERE / f"{of[1]}.yaml")
    done = list(score(chosen.repos, asked, expected))
    for scored in done:
        if scored.why or chosen.all:
            print(f"{'MISS' if scored.why else 'ok  '} {scored.question.id}: {scored.question.ask}")
            print(
                f"     {scored.why}" if scored.why else "",
                *(f"     - {c}" for c in scored.claims[:6]),
                sep="\n",
            )
    right = sum(not scored.why for scored in done)
    target = TARGET * len(done) // len(questions())
    print(f"{right} of {len(done)} right (target {target}); {time.process_time() - began:.1f} CPU-seconds")
    return 0 if right >= target else 1


if __name__ == "__main__":
    sys.exit(main())
