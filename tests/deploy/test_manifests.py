"""What the shipped manifests grant, read as they are: no wildcard, no Secret, and of writes the permits alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.approvals.permits import PERMITS
from interlock.approvals.rbac import manifest, rules

if TYPE_CHECKING:
    from .conftest import Manifests

Json = dict[str, Any]
READS = {"get", "list", "watch"}
EVERY = (
    "namespace",
    "reads",
    "writes",
    "chat",
    "approvals",
    "optional/preview",
    "optional/impersonation",
    "optional/impersonation-reads-only",
    "optional/preview-dry-runs-only",
)
VERBS = {"patch": "patch", "create": "create", "delete": "delete", "evict": "create"}


def granted(role: Json) -> Iterator[tuple[str, str, str]]:
    """Group, resource and verb of everything a role grants."""
    for rule in role["rules"]:
        for group in rule.get("apiGroups", []):
            for resource in rule["resources"]:
                yield from ((group, resource, verb) for verb in rule["verbs"])


def test_the_role_that_writes_is_generated_from_the_permits(manifests: Manifests) -> None:
    assert (manifests.folder / "writes.yaml").read_text() == manifest(), (
        "run python -m interlock.approvals.rbac > deploy/kubernetes/writes.yaml"
    )


def test_it_grants_each_permit_and_nothing_else(manifests: Manifests) -> None:
    permitted = set()
    for each in PERMITS:
        plural, _, group = each.kind.partition(".")
        permitted.add((group, f"{plural}/eviction" if each.verb == "evict" else plural, VERBS[each.verb]))
    assert set(granted(manifests.one("writes", "ClusterRole"))) == permitted
    assert list(granted({"rules": rules()})) == list(granted(manifests.one("writes", "ClusterRole")))


def test_the_role_that_reads_reads(manifests: Manifests) -> None:
    grants = set(granted(manifests.one("reads", "ClusterRole")))
    assert {verb for _, _, verb in grants} == READS
    resources = {resource for _, resource, _ in grants}
    assert (
        not {"secrets", "pods/exec", "pods/attach", "pods/portforward", "nodes/proxy", "services/proxy"}
        & resources
    )


@pytest.mark.parametrize("name", EVERY)
def test_no_role_has_a_wildcard(manifests: Manifests, name: str) -> None:
    for one in manifests.documents(name):
        if one["kind"] == "ClusterRole":
            assert "*" not in json.dumps([rule for rule in one["rules"] if "nonResourceURLs" not in rule])


def test_every_account_gets_the_roles_that_its_file_says(manifests: Manifests) -> None:
    bound: dict[str, set[str]] = {}
    for one in manifests.documents(*EVERY):
        if one["kind"] == "ClusterRoleBinding":
            for subject in one["subjects"]:
                bound.setdefault(subject["name"], set()).add(one["roleRef"]["name"])
    assert bound == {
        "interlock-chat": {"interlock-reads", "interlock-impersonates", "interlock-impersonates-reads"},
        "interlock-approvals": {"interlock-reads", "interlock-reviews", "interlock-writes"},
        "interlock-preview": {"interlock-reads", "interlock-reviews", "interlock-writes"},
        "interlock-reader:ana": {"interlock-reads"},
        "interlock-reader:bo": {"interlock-reads"},
    }


def test_people_can_only_be_impersonated_by_name(manifests: Manifests) -> None:
    for name in ("optional/impersonation", "optional/impersonation-reads-only"):
        role = manifests.one(name, "ClusterRole")
        whose = [rule for rule in role["rules"] if {"users", "groups"} & set(rule.get("resources", []))]
        assert len(whose) == 2
        for rule in whose:
            assert rule["resourceNames"]
            assert not any(named.startswith("system:") for named in rule["resourceNames"])


def test_constrained_impersonation_covers_the_reads_and_no_other_verb(manifests: Manifests) -> None:
    role = manifests.one("optional/impersonation-reads-only", "ClusterRole")
    grants = {one for one in granted(role) if one[0] != "authentication.k8s.io"}
    wanted = set(granted(manifests.one("reads", "ClusterRole")))
    assert {
        (group, resource, verb.removeprefix("impersonate-on:user-info:")) for group, resource, verb in grants
    } == wanted
    assert all(verb.startswith("impersonate-on:user-info:") for _, _, verb in grants)


def test_the_policy_for_previews_speaks_of_the_preview_account_alone(manifests: Manifests) -> None:
    account = manifests.one("optional/preview", "ServiceAccount")["metadata"]
    policy = manifests.one("optional/preview-dry-runs-only", "ValidatingAdmissionPolicy")
    whose = f'"system:serviceaccount:{account["namespace"]}:{account["name"]}"'
    (condition,) = policy["spec"]["matchConditions"]
    assert condition["expression"] == f"request.userInfo.username == {whose}"
    assert policy["spec"]["failurePolicy"] == "Fail"
    (rule,) = policy["spec"]["matchConstraints"]["resourceRules"]
    assert (rule["operations"], rule["resources"], rule["scope"]) == (["*"], ["*/*"], "*")
    binding = manifests.one("optional/preview-dry-runs-only", "ValidatingAdmissionPolicyBinding")
    assert binding["spec"] == {"policyName": policy["metadata"]["name"], "validationActions": ["Deny"]}


@pytest.mark.parametrize("name", EVERY)
def test_every_document_is_what_the_published_schema_says(manifests: Manifests, name: str) -> None:
    """By the models of the Kubernetes client, which are generated from the published OpenAPI: unknown keys, missing ones."""
    from kubernetes import client

    for one in manifests.documents(name):
        held = check(client, f"V1{one['kind']}", one)
        assert held == set(), held


def check(client: Any, model: str, value: Any) -> set[str]:
    """The keys of `value` that its model does not have, all the way down; a missing required one raises."""
    cls = getattr(client, model)
    names = {wire: python for python, wire in cls.attribute_map.items()}
    unknown = {f"{model}.{key}" for key in value if key not in names}
    cls(**{names[key]: held for key, held in value.items() if key in names})
    for key, held in value.items():
        if key in names:
            unknown |= inside(client, cls.openapi_types[names[key]], held)
    return unknown


def inside(client: Any, kind: str, held: Any) -> set[str]:
    if kind.startswith("list["):
        assert isinstance(held, list), kind
        return {found for one in held for found in inside(client, kind[5:-1], one)}
    if kind == "str":
        assert isinstance(held, str), held
        return set()
    return check(client, kind, held) if hasattr(client, kind) else set()


@pytest.mark.shared
def test_a_server_of_1_36_serves_every_kind_that_is_used(manifests: Manifests, shared_dir: Path) -> None:
    served = json.loads((shared_dir / "data" / "discovery-1.36.json").read_text())
    for one in manifests.documents(*EVERY):
        group = one["apiVersion"]
        listed = served[f"/apis/{group}" if "/" in group else f"/api/{group}"]["resources"]
        assert one["kind"] in {resource["kind"] for resource in listed}


@pytest.mark.shared
def test_a_server_of_1_36_knows_every_resource_that_is_granted(
    manifests: Manifests, shared_dir: Path
) -> None:
    served = json.loads((shared_dir / "data" / "discovery-1.36.json").read_text())
    known: dict[str, dict[str, set[str]]] = {}
    for said in served.values():
        for resource in said.get("resources", []):
            group = said["groupVersion"].rpartition("/")[0]
            known.setdefault(group, {})[resource["name"]] = set(resource["verbs"])
    for name in ("reads", "writes", "approvals"):
        for one in manifests.documents(name):
            for group, resource, verb in granted(one) if one["kind"] == "ClusterRole" else ():
                # metrics, Argo CD and Flux are not built in.
                if group in known:
                    verbs = known[group][resource]
                    assert verb in verbs or (verb, resource) in {("list", "pods/log"), ("watch", "pods/log")}
