"""The rules in force: read again when their files change, none at all when they cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from gate.world import World

from interlock.approvals.live import LiveRules
from interlock.core.errors import BadInput
from interlock.core.identity import Principal
from interlock.core.policy.ask import Ask
from interlock.core.settings import Settings

ASK = Ask("scale", "prod", act="request", risk="medium")


def rules(world: World, settings: Settings, *, solo: bool) -> LiveRules:
    return LiveRules(settings, world.store, world.audit, world.clock, world.people, solo=solo)


def test_without_a_policy_nobody_may_request_anything(world: World) -> None:
    force = rules(world, Settings({}), solo=False)()
    assert not force.policy.rule(Principal("oidc:ana"), ASK).allowed
    assert force.groups_of("oidc:ana") == force.environments_of("prod") == frozenset()


def test_alone_on_a_toy_cluster_a_person_may_and_a_service_may_not(world: World) -> None:
    force = rules(world, Settings({}), solo=True)()
    assert force.policy.rule(Principal("local:ana"), ASK).allowed
    assert not force.policy.rule(Principal("service:bot", "service"), ASK).allowed
    assert not force.policy.rule(Principal(""), ASK).allowed
    assert not force.policy.by_namespace
    assert force.version == "solo"


def test_a_bundle_is_read_again_when_its_files_change_and_only_then(world: World) -> None:
    first = world.rules()
    assert world.rules() is first
    world.changes(rules=[{"name": "two", "quorum": 2}])
    second = world.rules()
    assert second.version != first.version
    assert second.environments_of("prod") == {"live"}
    assert second.groups_of("oidc:cho") == {"sre", "owners"}


def test_rules_of_the_same_length_and_time_are_seen_to_be_others(world: World) -> None:
    world.changes(rules=[{"name": "two", "quorum": 2}])
    before = world.rules()
    file = world.folder / "policy" / "policy.yaml"
    old = file.stat()
    world.changes(rules=[{"name": "two", "quorum": 3}])
    os.utime(file, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (old.st_size, old.st_mtime_ns)
    assert world.rules().version != before.version


def test_a_broken_bundle_gives_no_rules_and_nothing_runs(world: World) -> None:
    from interlock.approvals.standing import NotNow

    change = world.approved("ana")
    (world.folder / "policy" / "rules.cedar").write_text("permit (")
    with pytest.raises(BadInput):
        world.rules()
    with pytest.raises(NotNow, match="no rules in force"):
        world.executor.run(change.id)
    assert world.board.written == []


def test_a_bundle_that_is_gone_gives_no_rules(world: World, tmp_path: Path) -> None:
    settings = Settings({"policy": {"bundle": str(tmp_path / "nowhere")}})
    with pytest.raises(BadInput):
        rules(world, settings, solo=False)()
