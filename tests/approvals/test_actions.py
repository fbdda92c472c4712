"""Every action on a real API server with its controllers: previewed, applied, verified, and undone."""

from __future__ import annotations

import pytest
from acting.cases import CASES, ELSEWHERE
from acting.stage import Stage

from interlock.approvals.catalogue import all_actions, find_action
from interlock.approvals.errors import NothingToDo
from interlock.approvals.normal import STAMP, normal


def test_every_action_of_the_catalogue_is_carried_through_somewhere() -> None:
    assert set(all_actions()) == set(CASES) | set(ELSEWHERE)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_preview_changes_nothing_and_the_change_is_made_verified_and_undone(
    name: str, stage: Stage
) -> None:
    case = CASES[name](stage)
    action = find_action(name)
    before = stage.object(case.resource, case.name)

    shown = stage.preview(name, case.args)
    replayed = action.pure_preview(action.parse(case.args), stage.sight)
    untouched = stage.object(case.resource, case.name)
    assert normal(untouched) == normal(before)
    assert untouched["metadata"].get("generation") == before["metadata"].get("generation")
    assert (shown.source, replayed.source) == ("dry run", "replay")
    if name != "cronjob-run":  # the server fills in a new Job's defaults, which no patch format knows
        assert shown.diff == replayed.diff
    assert shown.preconditions == replayed.preconditions

    applied = stage.apply(name, case.args, shown)
    assert stage.intents == [applied.intent]
    found = stage.verdict(name, case.args, applied)
    assert found.state == "verified", stage.said(found)

    inverse = applied.intent.inverse
    if not case.inverts:
        assert inverse.action is None and inverse.reason
        return
    stamp = stage.object(case.resource, case.name)["metadata"]["annotations"][STAMP]
    assert stamp == applied.intent.digest
    assert inverse.action
    back = stage.apply(inverse.action, inverse.args)
    restored = stage.verdict(inverse.action, inverse.args, back)
    assert restored.state == "verified", stage.said(restored)
    assert normal(stage.object(case.resource, case.name)) == normal(before)


@pytest.mark.parametrize(
    "name", sorted(set(CASES) & {"cordon", "scale", "label", "hpa-limits", "cronjob-suspend"})
)
def test_what_is_already_as_asked_is_not_proposed(name: str, stage: Stage) -> None:
    case = CASES[name](stage)
    stage.apply(name, case.args)
    with pytest.raises(NothingToDo, match="already as asked"):
        stage.preview(name, case.args)
