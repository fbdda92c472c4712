"""Every read tool gives the same evidence from a real cluster and from the recording of it."""

from __future__ import annotations

import json
import re
from difflib import unified_diff
from typing import Any

import pytest
from fakes.recording_proxy import RecordingProxy
from live.arguments import ARGUMENTS, NO_CLUSTER
from live.conftest import Door
from live.reads import objections
from live.stage import Stage

from interlock.core.clusters.reader import ClusterReader
from interlock.core.errors import InterlockError
from interlock.core.evidence import Evidence
from interlock.tools.registry import Calls, all_tools

# An evidence has its own id and handle, and counts what was hidden on the way to it. A recording was redacted when it was
# made, with all of an object or log in sight: what stands for a secret may have another kind and number there.
MAY_DIFFER = ("id", "handle", "redactions")
HIDDEN = re.compile(r"<secret:[a-z0-9-]+#\d+")
EVIDENCE_ID = re.compile(r"\bev_[0-9a-f]{16}\b")


def test_every_tool_that_reads_a_cluster_is_compared() -> None:
    left_out = {name for name, tool in all_tools().items() if set(tool.systems) <= set(NO_CLUSTER)}
    assert set(all_tools()) - left_out == set(ARGUMENTS)


@pytest.mark.cluster
@pytest.mark.xdist_group("live")
@pytest.mark.parametrize("tool", sorted(ARGUMENTS))
def test_a_tool_gives_the_same_evidence_live_and_recorded(
    tool: str,
    stage: Stage,
    live: ClusterReader,
    replayed: ClusterReader,
    door: Door,
    proxy: RecordingProxy,
) -> None:
    differing, before = "", len(proxy.asked)
    for args in stage.filled(ARGUMENTS[tool]):
        one, other = _said(door(live), tool, args), _said(door(replayed), tool, args)
        difference = "\n".join(unified_diff(one, other, "live", "recorded", lineterm="", n=1))
        differing += f"\n{tool} {args}\n{difference}" if difference else ""
    assert not differing, differing
    assert proxy.asked[before:], "nothing was read"
    assert not objections(proxy, before)


def _said(calls: Calls, tool: str, args: dict[str, Any]) -> list[str]:
    try:
        found = calls.call(tool, args)
    except InterlockError as error:
        return [f"{type(error).__name__}: {error.message}", error.hint or ""]
    return _lines(found)


def _lines(found: Evidence) -> list[str]:
    """Everything of it but what may differ, a line each; ids of other evidence by the order in which they come."""
    fields = {name: value for name, value in vars(found).items() if name not in MAY_DIFFER}
    fields["locators"] = [locator.model_dump(mode="json") for locator in found.locators]
    text = json.dumps(fields, indent=1, default=str, ensure_ascii=False)
    text = HIDDEN.sub("<secret>", text)
    names: dict[str, str] = {}
    return EVIDENCE_ID.sub(lambda m: names.setdefault(m[0], f"evidence-{len(names)}"), text).splitlines()
