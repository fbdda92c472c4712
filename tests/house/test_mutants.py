"""The faults that prove-mutation makes: each in its place, none in prose, and each tried the way it takes effect."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from interlock.evals.prove.mutation.mutants import mutants
from interlock.evals.prove.mutation.trial import only_bodies
from interlock.evals.prove.mutation.watch import Watched

SOURCE = '''"""Words."""
import os
ALL = tuple(f"a.{each}" for each in ("x",))

class Box:
    size: int = 3

    def full(self, held: int) -> bool:
        """More words."""
        if held < 0:
            raise ValueError("prose")
        return held >= self.size
'''


def changes(source: str) -> list[str]:
    return [mutant.change for mutant in mutants(source)]


def test_faults_are_made_of_what_is_done_and_not_of_prose() -> None:
    made = changes(SOURCE)
    assert {"held >= self.size -> held > self.size", "raise -> pass", "3 -> 4", "return -> return None"} <= {
        *made
    }
    assert not [each for each in made if "ords" in each or "prose" in each or "import" in each]


def test_each_mutant_differs_from_the_source_and_says_where() -> None:
    whole = ast.unparse(ast.parse(SOURCE))
    for mutant in mutants(SOURCE):
        assert mutant.source != whole
        assert mutant.where in ("", "Box", "Box.full")
        assert mutant.code in SOURCE


@pytest.mark.parametrize(
    ("change", "function"),
    [
        ("held >= self.size -> held > self.size", "Box.full"),
        ("raise -> pass", "Box.full"),
        ("3 -> 4", None),
        ("'a.' -> 'XXa.'", None),
        ("'x' -> 'XXx'", None),
    ],
)
def test_a_fault_in_a_function_takes_its_place_and_any_other_is_imported(
    change: str, function: str | None
) -> None:
    """A comprehension of a module runs at its import: put into a function that is there it would do nothing."""
    whole = ast.unparse(ast.parse(SOURCE))
    (mutant,) = [each for each in mutants(SOURCE) if each.change == change]
    bodies = only_bodies(whole, mutant.source, Path("box.py"))
    assert (list(bodies) if bodies else None) == ([function] if function else None)


def test_the_tests_that_call_a_function_are_run_the_quickest_first() -> None:
    calls = {"slow": frozenset({"f"}), "quick": frozenset({"f", "g"}), "other": frozenset({"h"})}
    seen = Watched({"slow": 2.0, "quick": 0.1, "other": 0.0}, calls)
    assert seen.reaching(["f"]) == ["quick", "slow"]
    assert seen.reaching(["none"]) == []
    assert seen.patience(["slow"]) == 20.0
