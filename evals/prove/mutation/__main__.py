"""Mutation testing of the rules that let changes pass.

    python -m interlock.evals.prove.mutation [--only MODULE] [--workers 2] [--results FILE]

Every mutant of the modules in `plan.yaml` is run against their tests. At least 90 % have to be noticed, and every one that
is not has to be explained there. Ends with `RESULT {json}`.
"""

from __future__ import annotations

import argparse
import ast
import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

import click
import yaml
from pydantic import BaseModel, ConfigDict

from interlock.evals.bench.report import Figure, commit, report
from interlock.evals.prove.mutation.mutants import Mutant, mutants
from interlock.evals.prove.mutation.trial import (
    collected,
    forked,
    functions_of,
    imported,
    load_libraries,
    noticed,
    only_bodies,
    swapped,
)
from interlock.evals.prove.mutation.watch import Watched, watched

if TYPE_CHECKING:
    import pytest

PLAN = Path(__file__).with_name("plan.yaml")
WANTED = 0.9
MOST_SECONDS = 600
"""What the tests of one module may take, when nothing is broken."""


class Target(BaseModel):
    """A module, and the tests that hold it, each with its arguments for pytest, the quickest first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    module: str
    tests: tuple[str, ...]

    @property
    def file(self) -> Path:
        """Where it lies."""
        spec = find_spec(self.module)
        if spec is None or spec.origin is None:
            raise ValueError(f"there is no module {self.module}")
        return Path(spec.origin)


class Plan(BaseModel):
    """`plan.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    targets: tuple[Target, ...]
    explained: dict[str, str] = {}


@dataclass(frozen=True)
class Outcome:
    """What became of a module's mutants."""

    target: Target
    total: int
    survivors: tuple[Mutant, ...]

    @property
    def share(self) -> float:
        """How many were noticed, of one."""
        return (self.total - len(self.survivors)) / self.total


@dataclass(frozen=True)
class Bench:
    """A module as its tests hold it, collected and ready to be run against one mutant after the other."""

    target: Target
    source: str
    session: pytest.Session
    seen: Watched

    def begun(self, mutant: Mutant, functions: Mapping[str, Sequence[FunctionType]]) -> int:
        """A mutant's run; its process."""
        target, seen = self.target, self.seen
        bodies = only_bodies(self.source, mutant.source, target.file)
        if bodies is None:
            order = seen.quickest(seen.seconds)
            return forked(
                seen.patience(order),
                lambda: imported(target.module, target.file, mutant.source, target.tests, order),
            )
        tests = seen.reaching(bodies)
        return forked(seen.patience(tests), lambda: swapped(self.session, functions, bodies, tests))


def tried(target: Target, workers: int) -> Outcome:
    """Run every mutant of a module."""
    whole = target.file.read_text(encoding="utf-8")
    # As the mutants are written: the same text but for the fault.
    source = ast.unparse(ast.parse(whole))
    all_ = list(mutants(whole))
    failed: list[str] = []
    outcomes: list[Outcome] = []

    def go_on(session: pytest.Session) -> None:
        seen = watched(session, target.file, MOST_SECONDS)
        failed.extend(seen.failed or _control(target, source, seen))
        if seen.seconds and not failed:
            click.echo(f"{target.module}: {len(all_)} mutants, {len(seen.seconds)} tests", err=True)
            left = sorted(_left(Bench(target, source, session, seen), all_, workers), key=lambda m: m.line)
            outcomes.append(Outcome(target, len(all_), tuple(left)))

    collected(target.module, target.file, source, target.tests, go_on)
    # Said here: pytest survives whatever is raised while it runs, and tells its caller nothing of it.
    if not outcomes:
        raise SystemExit(
            f"the tests of {target.module} say nothing of faults: {failed or 'none could be run'}"
        )
    return outcomes[0]


def _control(target: Target, source: str, seen: Watched) -> list[str]:
    """What goes wrong when the module is imported anew with no fault in it: nothing may."""
    order = seen.quickest(seen.seconds)
    child = forked(
        seen.patience(order), lambda: imported(target.module, target.file, source, target.tests, order)
    )
    return ["they fail on the module imported anew"] if noticed(os.waitpid(child, 0)[1]) else []


def _left(bench: Bench, all_: Sequence[Mutant], workers: int) -> Iterator[Mutant]:
    waiting, running = iter(all_), dict[int, Mutant]()
    functions = functions_of(bench.target.file)
    gc.freeze()  # so that the processes share what is there
    while True:
        while len(running) < workers and (mutant := next(waiting, None)):
            running[bench.begun(mutant, functions)] = mutant
        if not running:
            gc.unfreeze()
            return
        child, status = os.waitpid(-1, 0)
        done = running.pop(child)
        if not noticed(status):
            click.echo(f"not noticed: {done.line} {done.key}", err=True)
            yield done


HEAD = """\
# Mutation testing

`make prove-mutation`, {date}, {cores} cores, commit {commit}: {noticed} of {total} mutants noticed ({share:.1%}), in {cpu:.0f} \
seconds of the processor.

A mutant is the module with one small fault: a comparison, a constant, a word, an operator, a branch, a loop, a keyword, a \
filter, a call, an assignment or a returned value changed or taken away, an exception not raised. It is noticed when one of \
the tests named for its module fails or does not end, or the module cannot be imported. No mutants are made of annotations, docstrings, imports, decorators \
and type variables, nor of the words of an exception that is raised, which are prose.

"""


def page(outcomes: Sequence[Outcome], explained: Mapping[str, str]) -> str:
    """The results as a page: the share of each module, and each survivor with its reason."""
    rows = [
        f"| `{o.target.module}` | {o.total} | {o.total - len(o.survivors)} | {o.share:.1%} |"
        for o in outcomes
    ]
    lines = ["| module | mutants | noticed | |\n|---|---|---|---|", *rows, "", "## Not noticed, and why", ""]
    for outcome in outcomes:
        for one in outcome.survivors:
            why = explained.get(one.key, "NOT EXPLAINED")
            lines.append(f"- `{outcome.target.module}:{one.line}` {one.where}: `{one.change}`. {why}")
    return "\n".join(lines) + "\n"


def head(outcomes: Sequence[Outcome]) -> str:
    """What was done, and what it came to."""
    total, left = sum(o.total for o in outcomes), sum(len(o.survivors) for o in outcomes)
    used = os.times()
    return HEAD.format(
        date=datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count(),
        commit=commit(),
        noticed=total - left,
        total=total,
        share=(total - left) / total,
        cpu=used.user + used.system + used.children_user + used.children_system,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove it; 0 when enough is noticed and the rest explained."""
    parser = argparse.ArgumentParser(description="break rules one by one")
    parser.add_argument("--only", action="append", default=[], help="a module of the plan (repeatable)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--results", type=Path, help="write the page of results here")
    said = parser.parse_args(arguments)
    plan = Plan.model_validate(yaml.safe_load(PLAN.read_text(encoding="utf-8")))
    load_libraries()
    chosen = [target for target in plan.targets if target.module in said.only or not said.only]
    outcomes = [tried(target, said.workers) for target in chosen]
    survivors = [one for outcome in outcomes for one in outcome.survivors]
    text = page(outcomes, plan.explained)
    click.echo(text)
    if said.results:
        said.results.write_text(head(outcomes) + text, encoding="utf-8")
    known = {one.key for one in survivors}
    for stale in sorted(set(plan.explained) - known) if not said.only else ():
        click.echo(f"explained, but noticed now: {stale}", err=True)
    unexplained = len([one for one in survivors if one.key not in plan.explained])
    total = sum(outcome.total for outcome in outcomes)
    peer = f"{total} mutants of {len(outcomes)} modules, {len(survivors)} not noticed"
    figures = [
        *(
            Figure(
                o.target.module.rpartition(".")[2],
                o.share * 100,
                "% noticed",
                ">=90",
                peer,
                o.share >= WANTED,
            )
            for o in outcomes
        ),
        Figure("not noticed, unexplained", unexplained, "mutants", "0", peer, unexplained == 0),
    ]
    report("python -m interlock.evals.prove.mutation", figures)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
