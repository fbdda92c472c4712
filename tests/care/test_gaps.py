"""Questions that no page answered are gathered, alike ones together."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.tools.knowledge.care.gaps import gaps


@dataclass(frozen=True)
class Asked:
    """A question and the limits of its answer."""

    question: str
    limits: tuple[str, ...]


WEAK = ("no good page: all 3 runbook pages match weakly",)


def test_the_most_asked_comes_first_and_inflections_meet() -> None:
    asked = [
        Asked("how do we rotate the signing certificates?", WEAK),
        Asked("which pods are pending?", ()),
        Asked("what do we do when kafka lags", WEAK),
        Asked("is there a runbook to rotate a signing certificate", WEAK),
        Asked("kafka lag: what to do?", ("logs: none configured",)),
    ]
    found = gaps(asked)
    assert [(gap.count, gap.questions[0]) for gap in found] == [
        (2, "how do we rotate the signing certificates?"),
        (1, "what do we do when kafka lags"),
    ]


def test_nothing_asked_is_no_gap() -> None:
    assert gaps([]) == []
    assert gaps([Asked("a", ())]) == []
