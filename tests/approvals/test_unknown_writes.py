"""A kind of write that nobody thought of is not sent, not named on record, and needs rights that nobody has."""

from __future__ import annotations

from pathlib import Path
from runpy import run_module
from typing import Any, cast

import pytest

from interlock.approvals.actions.scale import Scale, ScaleTo
from interlock.approvals.rights import needed
from interlock.approvals.sight import NOTHING, Seen
from interlock.approvals.verbs import Verbs
from interlock.approvals.writes import Patch, send, verb_of

ODD = cast(Any, object())
NOBODYS = cast(Verbs, object())
"""It has no verb: whatever is sent by it fails otherwise."""


class Odd(Scale):
    """Wants something written that is no write."""

    def write(self, args: ScaleTo, seen: Seen) -> Patch:
        return cast(Patch, ODD)


def test_a_write_of_no_known_kind_is_neither_sent_nor_named_nor_allowed() -> None:
    args = ScaleTo(cluster="prod", namespace="shop", name="web", kind="Deployment", replicas=1)
    for attempt in (
        lambda: send(ODD, NOBODYS, "7"),
        lambda: verb_of(ODD),
        lambda: needed(Odd(), args, Seen(NOTHING, None)),
    ):
        with pytest.raises(AssertionError, match="unreachable"):
            attempt()


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize(
    ("module", "page"), [("document", "docs/actions.md"), ("rbac", "deploy/kubernetes/writes.yaml")]
)
def test_what_may_be_written_is_told_by_the_command_as_it_stands_in_the_repository(
    module: str, page: str, repo_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_module(f"interlock.approvals.{module}", run_name="__main__")
    assert capsys.readouterr().out == (repo_root / page).read_text(encoding="utf-8")
