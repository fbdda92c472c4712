"""A secret planted wherever a result of a tool can carry one never gets into the evidence; without the redactor it does.

Covers, through the registry's own call of the real tools over a served recording: fields, keys, nested JSON, base64,
conditions, events, container env and args, log lines of pods and of the log store, monitors, code, runbook pages, their
tables and their file names, and the error texts of an API server. Of a Secret the tools show key names only, so its
values are looked for but cannot arrive in the control.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from interlock.agent.backends import open_knowledge
from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.errors import InterlockError
from interlock.core.evidence import Evidence
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.tools.registry import all_tools


@contextmanager
def opened(world: Any, folder: Path, **more: Any) -> Iterator[Runtime]:
    with open_runtime(
        Settings({}), principal=Principal("local:ana"), replay=world.replay, knowledge=[world.runbooks],
        state_dir=folder / "state", cache_dir=folder / "cache", environment={}, **more,
    ) as runtime:  # fmt: skip
        yield runtime


def told(item: Evidence | InterlockError) -> str:
    """Everything of an evidence or an error that anybody sees."""
    if isinstance(item, InterlockError):
        return f"{item.message} {item.hint}"
    return repr((item.text, item.data, item.subject, item.locators, item.limits, item.args, item.redactions))


def read_all(runtime: Runtime, reads: Any) -> Iterator[tuple[str, Evidence | InterlockError]]:
    for name, args in reads:
        try:
            yield name, runtime.call_tool(name, args)
        except InterlockError as error:
            yield name, error


def without_redactor(runtime: Runtime, world: Any, off: Any, folder: Path) -> Runtime:
    """The same wiring with a redactor that lets everything through."""
    knowledge = open_knowledge(
        runtime.parts.settings, runtime.parts.replay, [world.runbooks], off, folder / "off"
    )
    return Runtime(replace(runtime.parts, redactor=off, knowledge=knowledge))


def test_no_tool_lets_a_canary_through_and_without_the_redactor_they_arrive(
    world: Any, every_read: Any, switched_off: Any, tmp_path: Path
) -> None:
    leaked: dict[str, set[str]] = {}
    arrived: set[str] = set()
    with opened(world, tmp_path) as runtime:
        for name, item in read_all(runtime, every_read):
            if found := world.canaries.seen(told(item)):
                leaked.setdefault(name, set()).update(found)
        control = without_redactor(runtime, world, switched_off, tmp_path)
        for _, item in read_all(control, every_read):
            arrived |= world.canaries.seen(told(item))
    assert leaked == {}
    planted = {slot for slot in world.planted if "/secret" not in slot and slot != "alert"}
    assert len(planted) > 150
    assert len(arrived & planted) >= 0.95 * len(planted), sorted(planted - arrived)


def test_every_tool_is_among_those_asked(every_read: Any) -> None:
    assert {name for name, _ in every_read} == set(all_tools())
