"""What is asked of policy and of the cluster itself before somebody asks for, or gets, a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
from gate.judging import PROPOSAL, Says, force, proposal

from interlock.approvals.action import Action
from interlock.approvals.force import Force, What, check_request, what_of
from interlock.approvals.rights import REVIEWS, RULE, Access, PolicyAlone, Reviewed, needed
from interlock.approvals.sight import NOTHING, Seen
from interlock.approvals.steps import Step, StepsAction
from interlock.approvals.writes import Create, CreateSilence, Delete, Evict, ExpireSilence, Patch, Write
from interlock.core.errors import Refused, Unreachable
from interlock.core.identity import Principal

WHAT = What("scale", "medium", "prod", "shop")


# Policy.


def test_policy_is_asked_about_the_very_change() -> None:
    policy = Says()
    assert what_of(PROPOSAL) == WHAT
    assert force(policy).allows("ana", "request", WHAT)
    assert not force(policy).allows("ana", "breakGlass", WHAT)
    assert not force(policy).allows("eve", "request", WHAT, kind="service")
    assert [(who, ask.act) for who, ask in policy.asked] == [
        (Principal("ana", "person"), "request"),
        (Principal("ana", "person"), "breakGlass"),
        (Principal("eve", "service"), "request"),
    ]
    ask = policy.asked[0][1]
    assert (ask.tool, ask.resource, ask.kind, ask.namespace, ask.risk) == (
        "scale", "prod", "Cluster", "shop", "medium",
    )  # fmt: skip


def test_a_policy_that_fails_concludes_nothing() -> None:
    with pytest.raises(Unreachable, match="could not decide whether ana may request scale"):
        force(Says(fails={"ana"})).allows("ana", "request", WHAT)
    with pytest.raises(Refused, match="could not decide"):
        force(Says(fails={"ana"})).check(Principal("ana"), "request", WHAT)


def test_what_policy_does_not_allow_is_refused_by_its_rule() -> None:
    force().check(Principal("ana"), "decide", WHAT)
    with pytest.raises(Refused, match="eve may not decide scale on shop of prod") as refused:
        force().check(Principal("eve"), "decide", WHAT)
    assert refused.value.rule == "no-permit"


def test_the_rules_see_the_change_as_it_is() -> None:
    held = force(solo=True).case_of(proposal(automated=True, break_glass=True, pods=5))
    assert vars(held) == {
        "action": "scale", "risk": "medium", "cluster": "prod", "environments": frozenset({"live"}),
        "namespace": "shop", "pods": 5, "automated": True, "break_glass": True, "solo": True,
    }  # fmt: skip
    plain = force().case_of(PROPOSAL)
    assert (plain.pods, plain.automated, plain.break_glass, plain.solo) == (3, False, False, False)
    assert force().case(WHAT, automated=False, break_glass=True).pods == 0
    assert (
        force().case(What("scale", "low", "lab", ""), automated=True, break_glass=False).environments == set()
    )


ANA = Principal("ana")


def asked(rules: Force, who: Principal = ANA, *, break_glass: bool = False) -> None:
    check_request(rules, who, WHAT, break_glass=break_glass)


def test_a_known_person_whom_policy_lets_asks() -> None:
    asked(force())
    with pytest.raises(Refused, match="may not request"):
        asked(force(Says(may={"ana": {"decide", "breakGlass"}})))


def test_nobody_asks_for_nothing() -> None:
    with pytest.raises(Refused, match="nobody asks for this") as refused:
        asked(force(Says(may={"": {"request"}}), solo=True), Principal(""))
    assert refused.value.rule == "no-identity"


def test_a_person_whom_nobody_vouches_for_asks_only_alone_on_a_toy_cluster() -> None:
    stray = Says(may={"stray": {"request"}})
    with pytest.raises(Refused, match="nobody vouches for stray") as refused:
        asked(force(stray), Principal("stray"))
    assert (refused.value.rule, refused.value.hint) == ("unmapped", "add the person to identity.people")
    asked(force(stray, solo=True), Principal("stray"))
    asked(force(stray), Principal("stray", "service"))


def test_breaking_the_glass_takes_both_rights() -> None:
    asked(force(Says(may={"ana": {"request", "breakGlass"}})), break_glass=True)
    asked(force())
    with pytest.raises(Refused, match="may not break the glass for scale"):
        asked(force(), break_glass=True)
    with pytest.raises(Refused, match="may not request scale"):
        asked(force(Says(may={"ana": {"breakGlass"}})), break_glass=True)


# The cluster.


@pytest.mark.parametrize(
    ("access", "words", "attributes"),
    [
        (
            Access("patch", "deployments.apps", "shop", "web"),
            "patch deployments.apps web in shop",
            {"verb": "patch", "resource": "deployments", "group": "apps", "namespace": "shop", "name": "web"},
        ),
        (Access("patch", "nodes", "", "n1"), "patch nodes n1", {"verb": "patch", "resource": "nodes", "name": "n1"}),
        (
            Access("create", "pods", "shop", "", "eviction"),
            "create pods/eviction  in shop",
            {"verb": "create", "resource": "pods", "namespace": "shop", "subresource": "eviction"},
        ),
        (Access("create", "nodes"), "create nodes", {"verb": "create", "resource": "nodes"}),
    ],
)  # fmt: skip
def test_an_access_is_said_as_rbac_says_it(access: Access, words: str, attributes: dict[str, str]) -> None:
    assert str(access) == words
    assert access.attributes() == attributes


class Cluster:
    """Answers reviews from a script, allowing the rest."""

    def __init__(self, *answers: Any) -> None:
        self.answers = [*answers]
        self.asked: list[tuple[str, Any]] = []

    def review(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append((path, body))
        return {"status": self.answers.pop(0) if self.answers else {"allowed": True}}

    def rights(self) -> Reviewed:
        return Reviewed(self.review, {"ana": "ana@example.com"})


PATCH, EVICT = (
    Access("patch", "deployments.apps", "shop", "web"),
    Access("create", "pods", "shop", "", "eviction"),
)


def test_each_access_is_reviewed_for_the_persons_own_user_and_groups() -> None:
    cluster = Cluster()
    cluster.rights().check("ana", ["sre", "web"], [PATCH, EVICT])
    assert cluster.asked == [
        (
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {
                    "user": "ana@example.com",
                    "groups": ["sre", "web"],
                    "resourceAttributes": each.attributes(),
                },
            },
        )
        for each in (PATCH, EVICT)
    ]
    assert cluster.asked[0][0] == REVIEWS


@pytest.mark.parametrize(
    "second", [{"allowed": False}, {}, {"denied": False}, {"allowed": True, "denied": True}, None]
)
def test_one_access_that_the_cluster_does_not_clearly_allow_is_enough_to_refuse(second: Any) -> None:
    cluster = Cluster({"allowed": True, "denied": False}, second)
    said = r"the cluster does not let ana \(ana@example.com\) create pods/eviction"
    with pytest.raises(Refused, match=said) as refused:
        cluster.rights().check("ana", [], [PATCH, EVICT, PATCH])
    assert refused.value.rule == RULE == "cluster-rights"
    assert len(cluster.asked) == 2


def test_who_is_no_user_of_the_cluster_is_refused_unasked() -> None:
    cluster = Cluster()
    with pytest.raises(Refused, match="ben is not mapped"):
        cluster.rights().check("ben", [], [PATCH])
    with pytest.raises(Refused, match="reserved"):
        cluster.rights().check("ana", ["system:masters"], [PATCH])
    assert cluster.asked == []


def test_where_the_cluster_is_not_asked_policy_alone_decides() -> None:
    PolicyAlone().check("ben", [], [PATCH])


class Writes:
    """An action of one write."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def write(self, args: Any, seen: Seen) -> Write:
        return self._write


class Steps(Writes):
    """One of several."""

    def steps(self, args: Any, seen: Seen) -> tuple[Step, ...]:
        spaces = ("", "web", "shop", "web")
        return tuple(Step(f"s{index}", space, "x", "u") for index, space in enumerate(spaces))


StepsAction.register(Steps)
SEEN = Seen(NOTHING, None)
WRITES: list[tuple[Write, tuple[Access, ...]]] = [
    (Patch("deployments.apps", "shop", "web", {}), (Access("patch", "deployments.apps", "shop", "web"),)),
    (Create("jobs.batch", "shop", "run", {}), (Access("create", "jobs.batch", "shop"),)),
    (Delete("pods", "shop", "web-1", "u"), (Access("delete", "pods", "shop", "web-1"),)),
    (Evict("shop", "web-1", "u"), (Access("create", "pods", "shop", "web-1", "eviction"),)),
    (CreateSilence({}), ()),
    (ExpireSilence("s"), ()),
]


@pytest.mark.parametrize(("write", "accesses"), WRITES)
def test_what_is_needed_is_the_write_and_nothing_else(write: Write, accesses: tuple[Access, ...]) -> None:
    assert needed(cast("Action[Any]", Writes(write)), cast("Any", None), SEEN) == accesses


def test_a_write_that_nobody_thought_of_is_reviewed_as_no_other() -> None:
    with pytest.raises(AssertionError):
        needed(cast("Action[Any]", Writes(cast("Write", object()))), cast("Any", None), SEEN)


def test_a_drain_needs_evictions_in_each_namespace_once() -> None:
    found = needed(cast("Action[Any]", Steps(Patch("nodes", "", "n1", {}))), cast("Any", None), SEEN)
    assert found == (
        Access("patch", "nodes", "", "n1"),
        Access("create", "pods", "shop", "", "eviction"),
        Access("create", "pods", "web", "", "eviction"),
    )
