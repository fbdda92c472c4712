"""Asks the product the sixty questions and holds its verified claims against the oracle.

Right is an answer whose leading verified claim, or whose whole set of verified names, is exactly the oracle's; abstained
is one without a verified claim; all else is wrong. `python -m interlock.evals.questions.score` prints each line.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.events import AnswerEvent
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.evals.questions import cluster, paraphrases
from interlock.evals.questions.oracle import Expected, Healthy, Suggestion, expected, universe
from interlock.evals.questions.raw import Files
from interlock.evals.questions.traffic import Cost, costs, counted

HERE = Path(__file__).parent
_TOKEN = re.compile(r"[A-Za-z0-9](?:[\w./:=-]*[A-Za-z0-9])?")
_INTEGER = re.compile(r"(?<![\w./:-])\d+(?![\w/:-])(?!\.\d)")
_DENIAL = re.compile(r"\b(?:no|not|nothing|none|without)\b", re.IGNORECASE)
FEW = 2
PRINCIPAL = Principal(id="local:eval")
Outcome = Literal["right", "abstained", "wrong"]


@dataclass(frozen=True)
class Question:
    """One line of questions.yaml."""

    id: str
    ask: str
    answer: str
    of: str = ""


@dataclass(frozen=True)
class Scored:
    """How one answer did, and why it did not."""

    question: Question
    outcome: Outcome
    why: str
    said: str


def questions(path: Path = HERE / "questions.yaml") -> list[Question]:
    """The questions of a file."""
    return [Question(**{k: str(v) for k, v in item.items()}) for item in yaml.safe_load(path.read_text())]


def score(
    runtime: Runtime, files: Files, asked: Iterable[Question], right: Mapping[str, Expected]
) -> Iterator[Scored]:
    """Ask each question and judge its answer."""
    for question in asked:
        said = verified(runtime, question.ask)
        if not said:
            yield Scored(question, "abstained", "no verified claim", "")
            continue
        known = universe(files, question.of) if question.of else set()
        why = CHECKS[question.answer](said, right[question.id], known, question.ask)
        yield Scored(question, "wrong" if why else "right", why, said[0])


def verified(runtime: Runtime, ask: str) -> list[str]:
    """The verified claims of the product's answer, in its order."""
    answer = next(event.answer for event in runtime.ask(ask) if isinstance(event, AnswerEvent))
    claims = answer["claims"]
    assert isinstance(claims, list)
    return [str(c["text"]) for c in claims if isinstance(c, dict) and c["verified"]]


def tokens(text: str) -> set[str]:
    """The words of a text that could be names or values."""
    return {part.strip(".,:;") for part in _TOKEN.findall(text)}


def named(said: Sequence[str], known: set[str], ask: str) -> set[str]:
    """Which of the known objects the claims name; a bare name means every object so called that is not ruled out."""
    bare: dict[str, set[str]] = {}
    for name in known:
        bare.setdefault(name.rpartition("/")[2], set()).add(name)
    found: set[str] = set()
    for claim in said:
        words = tokens(claim)
        spaces = words | tokens(ask) | {word.partition("/")[0] for word in words & known}
        for word in words:
            if word in known:
                found.add(word)
            elif word in bare:
                here = {n for n in bare[word] if n.partition("/")[0] in spaces}
                found |= here or bare[word]
    return found


def _number(said: Sequence[str], right: Expected, _: set[str], ask: str) -> str:
    asked = set(_INTEGER.findall(ask))
    found = {n for n in _INTEGER.findall(said[0]) if n not in asked or n == str(right)}
    return "" if found == {str(right)} else f"expected {right}, the first claim says {sorted(found)}"


def _names(said: Sequence[str], right: Expected, known: set[str], ask: str) -> str:
    found = named(said, known, ask)
    found -= {n for n in found - right if n.rpartition("/")[2] in tokens(ask)}
    missing, extra = sorted(right - found), sorted(found - right)
    return f"missing {missing}, too many {extra}" if missing or extra else ""


def _name(said: Sequence[str], right: Expected, known: set[str], ask: str) -> str:
    found = named(said[:1], known, ask) - {n for n in known if n in tokens(ask)}
    return "" if found == {right} else f"expected {right}, the first claim names {sorted(found)}"


def _mapping(said: Sequence[str], right: Expected, known: set[str], ask: str) -> str:
    for key, value in right.items():
        numbers = next((_INTEGER.findall(claim) for claim in said if key in tokens(claim)), [])
        if set(numbers) != {str(value)}:
            return f"expected {value} for {key}, found {numbers}"
    more = named([c for c in said if set(_INTEGER.findall(c)) - {"0"}], known, ask) - set(right)
    return f"too many: {sorted(more)}" if more else ""


def _text(said: Sequence[str], right: Expected, _: set[str], ask: str) -> str:
    ((name, values),) = right.items()
    first = said[0]
    about = any(name in word.split("/") for word in tokens(first))
    held = any(re.search(rf"(?<![\w.]){re.escape(value)}(?![\w]|\.\w)", first) for value in values)
    return "" if about and held else f"expected {values[0]} of {name} in the first claim"


def _healthy(said: Sequence[str], right: Expected, _: set[str], ask: str) -> str:
    assert isinstance(right, Healthy)
    counts = (f"{right.ready}/{right.wanted}", f"{right.ready} of {right.wanted}")
    if not any(right.name in tokens(c.replace("/", " ")) and any(n in c for n in counts) for c in said):
        return f"expected {counts[0]} ready of {right.name}"
    bad = [c for c in said if "CrashLoopBackOff" in c and not _DENIAL.search(c)]
    return f"says {bad[0]}" if bad else ""


def _boolean(said: Sequence[str], right: Expected, _: set[str], ask: str) -> str:
    name, holds = right
    about = any(name in word.split("/") for word in tokens(said[0]))
    return "" if about and bool(_DENIAL.search(said[0])) != holds else f"expected {holds} for {name}"


def _suggestion(said: Sequence[str], right: Expected, _: set[str], ask: str) -> str:
    assert isinstance(right, Suggestion)
    if right.wrong not in said[0] or not _DENIAL.search(said[0]):
        return f"expected a denial of {right.wrong} first"
    words = {word for claim in said for word in tokens(claim)}
    missing = [name for name in right.offers if name not in words]
    return f"does not offer {missing}" if missing else ""


CHECKS: Mapping[str, Callable[[Sequence[str], Expected, set[str], str], str]] = {
    "number": _number,
    "names": _names,
    "name": _name,
    "mapping": _mapping,
    "text": _text,
    "healthy": _healthy,
    "boolean": _boolean,
    "suggestion": _suggestion,
}


def run(folder: Path, asked: Sequence[Question] | None = None) -> list[Scored]:
    """Build the cluster in `folder`, ask everything, judge."""
    with opened(folder) as (runtime, files):
        right = {**expected(files), **{name: answer(files) for name, answer in paraphrases.ANSWERS.items()}}
        return list(score(runtime, files, asked or questions(), right))


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Runtime, Files]]:
    """The product on the questions' cluster, built in `folder`, and its raw files."""
    replay = cluster.build(folder / "replay")
    with open_runtime(
        Settings({}),
        principal=PRINCIPAL,
        replay=replay,
        state_dir=folder / "state",
        cache_dir=folder / "cache",
        environment={},
    ) as runtime:
        yield runtime, Files(replay)


def requests(folder: Path, asked: Sequence[Question]) -> list[Cost]:
    """What each question takes of the cluster, each asked of a snapshot of its own."""
    with opened(folder) as (runtime, _):
        return list(costs(*counted(runtime, PRINCIPAL), [question.ask for question in asked]))


def main() -> int:
    """Print each line and the share. Arguments: `paraphrases` asks those; `--requests` prints what each takes."""
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    asked = questions(HERE / f"{names[0] if names else 'questions'}.yaml")
    with tempfile.TemporaryDirectory() as folder:
        if "--requests" in sys.argv:
            return _print_requests(requests(Path(folder), asked))
        scored = run(Path(folder), asked)
    for item in scored:
        print(f"{item.outcome:9} {item.question.id:20} {item.question.ask}")
        if item.why:
            print(f"          {item.why}; said: {item.said[:160]}")
    right = sum(item.outcome == "right" for item in scored)
    abstained = sum(item.outcome == "abstained" for item in scored)
    wrong = len(scored) - right - abstained
    print(f"right {right}/{len(scored)} ({right / len(scored):.0%}), abstained {abstained}, wrong {wrong}")
    return 0 if right == len(scored) else 1


def _print_requests(found: Sequence[Cost]) -> int:
    print("requests      bytes  question")
    for one in found:
        print(f"{one.objects:8} {one.bytes:10}  {one.ask}")
        for path in one.paths if "--paths" in sys.argv else ():
            print(f"{'':20}{path}")
    more = [one for one in found if one.objects > FEW]
    print(
        f"{len(found) - len(more)} of {len(found)} take at most {FEW} requests; the most is {max(c.objects for c in found)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
