"""A bundle that lets anybody do more needs two people's signatures of exactly that change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.core.audit import AuditLog
from interlock.core.audit.keys import open_key, public_pem
from interlock.core.clock import FixedClock
from interlock.core.errors import BadInput, Refused
from interlock.core.policy.accepted import accept, in_force
from interlock.core.policy.bundle import Bundle, load
from interlock.core.policy.signatures import NOTHING, add, sign
from interlock.core.policy.widening import narrowings, widenings
from interlock.core.store import Store, open_default

Write = Callable[..., Path]
CLOCK = FixedClock(datetime(2026, 4, 18, tzinfo=UTC))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_default(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def trusted(tmp_path: Path) -> dict[str, str]:
    return {
        f"oidc:{who}": public_pem(open_key(tmp_path / f"{who}.key").public_key()) for who in ("ana", "bo")
    }


@pytest.fixture
def take(store: Store, trusted: dict[str, str], tmp_path: Path) -> Callable[..., Bundle]:
    """Signs a bundle as the named people, in place of the one in force, and takes it into force."""

    def into_force(folder: Path, *people: str, replaces: str | None = None) -> Bundle:
        last = in_force(store)
        before = replaces or (last.digest if last else NOTHING)
        for who in people:
            key = open_key(tmp_path / f"{who}.key")
            add(folder, sign(key, f"oidc:{who}", load(folder).digest, before))
        return accept(folder, trusted, store=store, log=AuditLog(store, CLOCK), clock=CLOCK)

    return into_force


WIDER = {
    "somebody leaves a budget": {"edits": {'ml: ["oidc:cy"]': "ml: []"}},
    "a permit more": {"extra": '\n@id("more") permit(principal, action == Interlock::Action::"read", resource);'},
    "a permit changed": {"edits": {'context.risk != "high"': 'context.risk != "nothing"'}},
    "a forbid gone": {"edits": {"forbid(principal in Interlock::Group::\"contractors\", action,": "forbid(principal == Interlock::Person::\"x\", action,"}},
    "somebody joins": {"edits": {'ml: ["oidc:cy"]': 'ml: ["oidc:cy", "oidc:eve"]'}},
    "somebody leaves a group that is kept out": {"edits": {'contractors: ["oidc:dee"]': "contractors: []"}},
    "an environment shrinks": {"edits": {"prod: {clusters: [prod-eu, prod-us]}": "prod: {clusters: [prod-eu]}"}},
    "a budget raised": {"edits": {"questions_per_day: 100": "questions_per_day: 101"}},
    "a budget gone": {"edits": {"  - {group: ml, questions_per_day: 100}": "  []"}},
    "the second signature switched off": {"edits": {"name: payments": "name: payments\nsecond_signature: 'off'"}},
}  # fmt: skip
NARROWER = {
    "a forbid more": {"extra": '\n@id("no-us") forbid(principal, action, resource == Interlock::Cluster::"prod-us");'},
    "a permit gone": {"edits": {'@id("hosted-models-see-dev")\npermit(principal, action == Interlock::Action::"send", resource) when { context.cluster == "dev" };': ""}},
    "somebody leaves": {"edits": {'web: ["oidc:ed"]': "web: []"}},
    "a budget lowered": {"edits": {"questions_per_day: 100": "questions_per_day: 5"}},
    "words and layout": {"edits": {"// People read everything but the card vault.": "// Everybody reads.\n\n"}},
}  # fmt: skip


@pytest.mark.parametrize("change", WIDER)
def test_what_lets_somebody_do_more_is_seen_and_refused_without_a_second_signature(
    write: Write, take: Callable[..., Bundle], change: str
) -> None:
    take(write(), "ana", "bo")
    wider = write("wider", **WIDER[change])
    assert widenings(load(write()), load(wider))
    with pytest.raises(Refused, match="second-signature"):
        take(wider)
    with pytest.raises(Refused, match="signed by oidc:ana alone"):
        take(wider, "ana")
    assert take(wider, "ana", "bo").digest == load(wider).digest


@pytest.mark.parametrize("change", NARROWER)
def test_what_lets_nobody_do_more_needs_no_signature(
    write: Write, take: Callable[..., Bundle], change: str
) -> None:
    take(write(), "ana", "bo")
    narrower = write("narrower", **NARROWER[change])
    assert widenings(load(write()), load(narrower)) == []
    assert take(narrower).digest == load(narrower).digest


def test_an_older_wider_bundle_is_not_put_back_by_its_old_signatures(
    write: Write, take: Callable[..., Bundle]
) -> None:
    wide = write("wide")
    take(wide, "ana", "bo")
    take(write("narrow", **NARROWER["somebody leaves"]))
    with pytest.raises(Refused, match="signed by nobody"):
        take(wide)


def test_the_first_bundle_needs_two_people_too(write: Write, take: Callable[..., Bundle]) -> None:
    with pytest.raises(Refused, match="permit people-read is new"):
        take(write(), "ana")


def test_one_key_under_two_names_is_one_person(
    write: Write, store: Store, trusted: dict[str, str], tmp_path: Path
) -> None:
    folder, key = write(), open_key(tmp_path / "ana.key")
    twice = {**trusted, "oidc:alias": trusted["oidc:ana"]}
    for name in ("oidc:ana", "oidc:alias"):
        add(folder, sign(key, name, load(folder).digest, NOTHING))
    with pytest.raises(Refused, match="second-signature"):
        accept(folder, twice, store=store, log=AuditLog(store, CLOCK), clock=CLOCK)


def test_a_strangers_signature_does_not_count(
    write: Write, store: Store, trusted: dict[str, str], tmp_path: Path
) -> None:
    folder = write()
    for who in ("ana", "mallory"):
        add(folder, sign(open_key(tmp_path / f"{who}.key"), f"oidc:{who}", load(folder).digest, NOTHING))
    with pytest.raises(Refused, match="oidc:ana alone"):
        accept(folder, trusted, store=store, log=AuditLog(store, CLOCK), clock=CLOCK)


def test_a_signature_of_other_content_does_not_count(
    write: Write, take: Callable[..., Bundle], tmp_path: Path
) -> None:
    folder = write()
    for who in ("ana", "bo"):
        add(folder, sign(open_key(tmp_path / f"{who}.key"), f"oidc:{who}", "0" * 64, NOTHING))
    with pytest.raises(Refused):
        take(folder)


def test_switched_off_in_the_header_from_the_start_one_person_may(
    write: Write, take: Callable[..., Bundle], store: Store
) -> None:
    folder = write(edits={"name: payments": "name: payments\nsecond_signature: 'off'"})
    take(folder)
    take(
        write(
            "wider",
            edits={"name: payments": "name: payments\nsecond_signature: 'off'"},
            extra=WIDER["a permit more"]["extra"],
        )
    )
    kinds = [(r.kind, r.body["second_signature"]) for r in AuditLog(store, CLOCK).since()]
    assert kinds == [("policy.accepted", "off")] * 2


def test_a_rule_for_an_action_that_does_not_exist_is_not_taken_into_force(
    write: Write, store: Store, trusted: dict[str, str]
) -> None:
    rule = "changes: {rules: [{name: nodes, actions: [drian], quorum: 2}]}"
    folder = write(edits={"name: payments": f"name: payments\n{rule}"})
    with pytest.raises(BadInput, match="action in nodes of the policy's changes 'drian'"):
        accept(
            folder, trusted, store=store, log=AuditLog(store, CLOCK), clock=CLOCK, actions=lambda: ["drain"]
        )
    assert in_force(store) is None


def test_a_laxer_rule_for_changes_takes_two_people(write: Write, take: Callable[..., Bundle]) -> None:
    strict, lax = (
        {"name: payments": f"name: payments\nchanges: {{rules: [{{name: all, quorum: {n}}}]}}"}
        for n in (3, 2)
    )
    take(write(edits=strict), "ana", "bo")
    with pytest.raises(Refused, match="rule all is loosened"):
        take(write("lax", edits=lax), "ana")
    take(write("lax", edits=lax), "ana", "bo")
    take(write("strict", edits=strict))


def test_taking_a_bundle_into_force_is_on_record_and_once(
    write: Write, take: Callable[..., Bundle], store: Store
) -> None:
    for _ in range(3):
        take(write(), "ana", "bo")
    records = list(AuditLog(store, CLOCK).since())
    assert [record.kind for record in records] == ["policy.accepted"]
    assert len(records[0].body["by"]) == 2  # type: ignore[arg-type]


def test_the_way_back_is_said_as_narrower(write: Write) -> None:
    wider = load(write("wider", **WIDER["a permit more"]))
    assert narrowings(wider, load(write())) == ["permit more is gone"]


@pytest.mark.parametrize(
    ("edits", "extra", "place"),
    [
        ({}, '\n@id("x") permit(principal, action == Interlock::Action::"raed", resource);', r"main\.cedar:22: x: .*raed"),
        ({}, "\npermit(principal, action, resource);", r"main\.cedar:22: the policy has no name"),
        ({'context.namespace == "card-vault"': 'context.namespce == "card-vault"'}, "", r"main\.cedar:5: no-vault: .*namespce"),
        ({"when { context.risk": "whn { context.risk"}, "", r"main\.cedar:11: "),
        ({'@id("no-vault")': '@id("people-read")'}, "", r"main\.cedar:5: a second policy is called 'people-read'"),
        ({"version: 1": "version: 2"}, "", r"policy\.yaml: version"),
        ({"name: payments": "name: payments\nsecond_signatur: off"}, "", r"policy\.yaml: second_signatur"),
        ({"version: 1": "version: [1"}, "", r"policy\.yaml:\d+: not valid YAML"),
    ],
)  # fmt: skip
def test_a_broken_bundle_is_refused_with_file_and_line(
    write: Write, edits: dict[str, str], extra: str, place: str
) -> None:
    with pytest.raises(BadInput, match=place):
        load(write(edits=edits, extra=extra))


def test_nothing_is_opened_on_a_broken_bundle_and_the_place_is_said(opened: Callable[..., object]) -> None:
    with pytest.raises(BadInput, match=r"main\.cedar:2: "):
        opened('@id("all") permit(principal, action, resource);\n@id("x") permit(principal;')
