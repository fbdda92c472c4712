"""Code against live objects: what differs, and what the server writes by itself."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from interlock.core.clusters.objects import KubeObject
from interlock.tools.knowledge.drift.compare import compare
from interlock.tools.knowledge.drift.owners import added, author, edits

CODE: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "api", "labels": {"app": "api"}},
    "spec": {
        "replicas": 2,
        "template": {
            "metadata": {"labels": {"app": "api"}},
            "spec": {
                "containers": [
                    {
                        "name": "api",
                        "image": "shop/api:1",
                        "args": ["--port=80", "--verbose"],
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                        "ports": [{"containerPort": 80}],
                        "resources": {"limits": {"cpu": "1000m", "memory": "1Gi"}},
                        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                    }
                ],
                "tolerations": [{"operator": "Exists"}],
                "volumes": [{"name": "v", "emptyDir": {}}],
            },
        },
    },
}


def live() -> dict[str, Any]:
    """The same object as a server holds it: defaults filled in, quantities rewritten, order changed."""
    made = deepcopy(CODE)
    made["metadata"] |= {
        "uid": "u",
        "resourceVersion": "1",
        "annotations": {"deployment.kubernetes.io/revision": "3"},
    }
    made["spec"] |= {"progressDeadlineSeconds": 600, "revisionHistoryLimit": 10}
    made["status"] = {"replicas": 2}
    pods = made["spec"]["template"]["spec"]
    pods |= {"dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "securityContext": {}}
    container = pods["containers"][0]
    container |= {"imagePullPolicy": "IfNotPresent", "terminationMessagePolicy": "File"}
    container["resources"] = {"limits": {"cpu": "1", "memory": "1024Mi"}}
    container["env"].reverse()
    container["ports"] = [{"containerPort": 80, "protocol": "TCP"}]
    return made


def container(made: dict[str, Any]) -> dict[str, Any]:
    """Its container."""
    found: dict[str, Any] = made["spec"]["template"]["spec"]["containers"][0]
    return found


def test_what_the_server_writes_by_itself_is_no_drift() -> None:
    assert compare(CODE, live()) == []


CONTAINER = "spec.template.spec.containers[api]"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda m: m["spec"].update(replicas=3), "spec.replicas"),
        (lambda m: container(m).update(image="shop/api:2"), f"{CONTAINER}.image"),
        (lambda m: container(m)["args"].insert(0, "--x"), f"{CONTAINER}.args[0]"),
        (lambda m: container(m)["args"].reverse(), f"{CONTAINER}.args[0]"),
        (lambda m: container(m)["env"][0].update(value="9"), f"{CONTAINER}.env[B].value"),
        (lambda m: container(m)["env"].append({"name": "C", "value": ""}), f"{CONTAINER}.env[C]"),
        (lambda m: container(m)["env"].pop(), f"{CONTAINER}.env[A]"),
        (
            lambda m: container(m)["ports"][0].update(containerPort=81),
            f"{CONTAINER}.ports[80/TCP].containerPort",
        ),
        (lambda m: container(m)["resources"]["limits"].update(cpu="2"), f"{CONTAINER}.resources.limits.cpu"),
        (
            lambda m: container(m)["resources"].update(limits={"cpu": 1}),
            f"{CONTAINER}.resources.limits.memory",
        ),
        (
            lambda m: container(m)["volumeMounts"][0].update(mountPath="/w"),
            f"{CONTAINER}.volumeMounts[/v].mountPath",
        ),
        (
            lambda m: m["spec"]["template"]["spec"].update(
                volumes=[{"name": "v", "configMap": {"name": "c"}}]
            ),
            "spec.template.spec.volumes[v].emptyDir",
        ),
        (
            lambda m: m["spec"]["template"]["spec"]["tolerations"][0].update(effect="NoSchedule"),
            "spec.template.spec.tolerations[0].effect",
        ),
        (
            lambda m: m["spec"]["template"]["spec"]["containers"].append({"name": "x"}),
            "spec.template.spec.containers[x]",
        ),
        (lambda m: m["metadata"]["labels"].update(app="other"), "metadata.labels.app"),
        (lambda m: m["metadata"].pop("labels"), "metadata.labels"),
    ],
)
def test_each_change_is_found_at_its_field(change: Any, path: str) -> None:
    made = live()
    change(made)
    assert path in [one.path for one in compare(CODE, made)]


def _config(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def test_a_key_more_or_less_in_a_map_that_the_code_writes_differs() -> None:
    assert [one.path for one in compare(_config(a="1"), _config(a="1", b="2"))] == ["data.b"]
    assert [one.path for one in compare(_config(a="1", b="2"), _config(a="1"))] == ["data.b"]


def test_rules_are_compared_in_any_order() -> None:
    def role(*rules: Any) -> dict[str, Any]:
        return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": list(rules)}

    one = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
    other = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}
    turned = {**one, "verbs": ["list", "get"]}
    assert compare(role(one, other), role(other, turned)) == []
    more = {**one, "verbs": ["get", "list", "delete"]}
    assert [d.path for d in compare(role(one, other), role(other, more))] == ["rules[0].verbs[delete]"]


def test_rules_that_a_controller_gathers_are_not_compared() -> None:
    code = {"kind": "ClusterRole", "aggregationRule": {"clusterRoleSelectors": []}, "rules": []}
    assert compare(code, {**code, "rules": [{"verbs": ["get"]}]}) == []


def edited(made: dict[str, Any], manager: str, fields: dict[str, Any]) -> KubeObject:
    """The object with one entry of managedFields."""
    entry = {"manager": manager, "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": fields}
    made["metadata"]["managedFields"] = [entry]
    return KubeObject(made, "deployments.apps")


HOST = {"f:spec": {"f:template": {"f:spec": {"f:hostNetwork": {}}}}}


def test_a_field_set_by_hand_that_the_code_does_not_set_is_found() -> None:
    made = live()
    made["spec"]["template"]["spec"]["hostNetwork"] = True
    item = edited(made, "kubectl-edit", HOST)
    assert [one.path for one in added(edits(item), CODE, item.raw)] == ["spec.template.spec.hostNetwork"]


def test_what_a_controller_set_is_not() -> None:
    made = live()
    made["spec"]["template"]["spec"]["hostNetwork"] = True
    item = edited(made, "some-operator", HOST)
    assert list(added(edits(item), CODE, item.raw)) == []


def test_a_restart_and_revisions_are_not_set_by_hand() -> None:
    made = live()
    made["spec"]["template"]["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "2026-01-01"}
    annotations = {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}}
    item = edited(made, "kubectl-patch", {"f:spec": {"f:template": {"f:metadata": annotations}}})
    assert list(added(edits(item), CODE, item.raw)) == []


def test_a_difference_names_the_command_that_made_it() -> None:
    made = live()
    container(made)["image"] = "shop/api:2"
    key = 'k:{"name":"api"}'
    fields = {"f:spec": {"f:template": {"f:spec": {"f:containers": {key: {"f:image": {}}}}}}}
    item = edited(made, "kubectl-set", fields)
    [one] = compare(CODE, item.raw)
    found = author(edits(item), item.raw, one.live_at)
    assert found is not None
    assert (found.manager, found.at) == ("kubectl-set", "2026-01-01T00:00:00Z")
    assert author(edits(item), item.raw, ("spec", "replicas")) is None
