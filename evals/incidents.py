"""Scores triage on recorded incidents: category, required words, forbidden categories, unverified claims.

Words are looked for in the verdict's summary and cause chain, first 1,200 characters, case-insensitively. What a good
answer rules out is scored apart. `--renamed SEED` scores copies under other names: the figures have to be the same.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from pydantic import JsonValue

from interlock.core.clusters.objects import Node
from interlock.evals.rename import expected, rename

Triage = Callable[[Path], Mapping[str, JsonValue]]
"""From an incident folder to the answer that `triage --json` gives."""
SCORED_CHARACTERS = 1200


@dataclass(frozen=True)
class Score:
    """How one incident went. `problems` is empty when it counts as right."""

    incident: str
    category: str
    wanted: str
    state: str
    missing: tuple[str, ...]
    forbidden: bool
    unverified: tuple[str, ...]
    ruled_out: int
    rulings: int

    @property
    def right(self) -> bool:
        """Category, words and claims as they should be."""
        return (
            self.category == self.wanted and not self.missing and not self.forbidden and not self.unverified
        )

    @property
    def row(self) -> str:
        """One line of the table."""
        why = [f"no {word!r}" for word in self.missing] + [
            f"unverified: {claim}" for claim in self.unverified
        ]
        why += [f"wanted {self.wanted}"] if self.category != self.wanted else []
        mark = "ok  " if self.right else "FAIL"
        return f"{mark} {self.incident:<44} {self.category:<20} {self.state:<10} ruled out {self.ruled_out}/{self.rulings} {'; '.join(why)}"


def score(folder: Path, answer: Mapping[str, JsonValue]) -> Score:
    """Hold an answer against the folder's `expected.yml`."""
    wanted = Node(expected(folder))
    verdict = Node(answer).node("verdict")
    said = "\n".join([verdict.text("summary"), *verdict.names("cause_chain")])[:SCORED_CHARACTERS].lower()
    everything = json.dumps(verdict.raw, ensure_ascii=False).lower()
    rulings = wanted.names("ruling_out_keywords")
    return Score(
        incident=folder.name,
        category=verdict.text("category"),
        wanted=wanted.text("root_cause_category"),
        state=verdict.text("state"),
        missing=tuple(word for word in wanted.names("required_keywords") if word.lower() not in said),
        forbidden=verdict.text("category") in wanted.names("forbidden_categories"),
        unverified=tuple(
            claim.text("text") for claim in Node(answer).nodes("claims") if claim.flag("verified") is False
        ),
        ruled_out=sum(word.lower() in everything for word in rulings),
        rulings=len(rulings),
    )


def incidents(data: Path) -> list[Path]:
    """The incident folders under `data`, or `data` itself."""
    if (data / "expected.yml").exists():
        return [data]
    return sorted(path.parent for path in data.glob("*/expected.yml"))


def run(folders: Iterable[Path], triage: Triage) -> list[Score]:
    """Triage every incident and score it."""
    return [score(folder, triage(folder)) for folder in folders]


def renamed(folders: Iterable[Path], seed: int, target: Path) -> list[Path]:
    """Copies of the incidents under other names."""
    made = []
    for folder in folders:
        rename(folder, target / folder.name, seed)
        made.append(target / folder.name)
    return made


def triage_by_product(state: Path) -> Triage:
    """The product's own triage with the built-in model."""

    def triage(folder: Path) -> Mapping[str, JsonValue]:
        from interlock.agent.runtime import open_runtime
        from interlock.core.identity import local_principal
        from interlock.core.settings import load_settings

        with open_runtime(
            load_settings(environment={}),
            principal=local_principal(),
            replay=folder,
            state_dir=state / "state",
            cache_dir=state / "cache",
            environment={},
        ) as runtime:
            *_, last = runtime.triage(runtime.recorded_alert())
            return Node(json.loads(json.dumps(last.model_dump(mode="json")))).node("answer").raw

    return triage


@click.command("incidents")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder of incident folders.",
)
@click.option("--renamed", "seed", type=int, help="Score copies under other names, made with this seed.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def main(data: Path, seed: int | None, as_json: bool) -> None:
    """Score triage on recorded incidents."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = incidents(data)
        folders = folders if seed is None else renamed(folders, seed, Path(scratch) / "renamed")
        scores = run(folders, triage_by_product(Path(scratch)))
    right = sum(each.right for each in scores)
    if as_json:
        click.echo(json.dumps({"right": right, "of": len(scores), "rows": [each.row for each in scores]}))
    else:
        click.echo(os.linesep.join([*(each.row for each in scores), f"{right} of {len(scores)} right"]))
    raise SystemExit(0 if right == len(scores) else 1)


if __name__ == "__main__":
    main()
