"""Field selectors, per kind. Supported fields and messages were read off a kube-apiserver 1.20.2."""

from __future__ import annotations

from typing import Any

import pytest
from replay.trees import pod, thing

from interlock.core.replay.fields import matches_fields, parse_fields
from interlock.core.replay.kinds import BUILT_IN, Kind
from interlock.core.replay.statuses import Failure

POD = pod(
    "a", spec={"nodeName": "n1", "restartPolicy": "Always"}, status={"phase": "Failed", "podIP": "10.0.0.1"}
)
INVOLVED = {"kind": "Pod", "name": "a", "namespace": "shop", "uid": "u"}
EVENT = thing(
    "Event", "e", "shop", involvedObject=INVOLVED, reason="BackOff", source={"component": "kubelet"}
)


def kind(plural: str, group: str = "") -> Kind:
    return BUILT_IN[group, plural]


@pytest.mark.parametrize(
    ("of", "obj", "selector", "matches"),
    [
        (kind("pods"), POD, "", True),
        (kind("pods"), POD, "metadata.name=a,metadata.namespace==shop", True),
        (kind("pods"), POD, "status.phase!=Running,spec.nodeName=n1,spec.host=n1", True),
        (kind("pods"), POD, "status.phase=Running", False),
        (kind("pods"), POD, "spec.restartPolicy=Always,status.podIP=10.0.0.1", True),
        (kind("pods"), POD, "status.nominatedNodeName=", True),
        (kind("pods"), POD, "metadata.name!=a,", False),
        (kind("events"), EVENT, "involvedObject.name=a,involvedObject.kind=Pod,reason=BackOff", True),
        (kind("events"), EVENT, "source=kubelet,type=", True),
        (kind("events"), {**EVENT, "source": {}, "reportingComponent": "k"}, "source=k", True),
        (kind("nodes"), thing("Node", "n"), "spec.unschedulable=false", True),
        (kind("nodes"), thing("Node", "n", spec={"unschedulable": True}), "spec.unschedulable=true", True),
        (
            kind("namespaces"),
            thing("Namespace", "n", status={"phase": "Active"}),
            "status.phase=Active",
            True,
        ),
        (kind("secrets"), thing("Secret", "s", type="Opaque"), "type=Opaque", True),
        (kind("replicasets", "apps"), thing("ReplicaSet", "r"), "status.replicas=0", True),
        (kind("jobs", "batch"), thing("Job", "j", status={"succeeded": 2}), "status.successful=2", True),
        (kind("configmaps"), thing("ConfigMap", "c"), r"metadata.name=a\,b", False),
    ],
)
def test_a_field_selector_matches_as_the_server_matches(
    of: Kind, obj: dict[str, Any], selector: str, matches: bool
) -> None:
    assert matches_fields(parse_fields(selector, of), obj) is matches


@pytest.mark.parametrize(
    ("of", "selector", "message"),
    [
        (kind("pods"), "spec.foo=1", "field label not supported: spec.foo"),
        (kind("pods"), "=x", "field label not supported: "),
        (kind("nodes"), "metadata.namespace=x", "field label not supported: metadata.namespace"),
        (
            kind("deployments", "apps"),
            "a=1",
            '"a" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        (kind("jobs", "batch"), "a=1", 'field label "a" not supported for batchv1.Job'),
        (kind("pods"), "abc", "invalid selector: 'abc'; can't understand 'abc'"),
        (kind("pods"), "metadata.name==a=b", "invalid field selector: unescaped character in value: 61"),
        (kind("pods"), "metadata.name=a\\b", "invalid field selector: invalid escape sequence: \\b"),
    ],
)
def test_an_unsupported_field_is_refused_in_the_words_of_the_server(
    of: Kind, selector: str, message: str
) -> None:
    with pytest.raises(Failure) as refused:
        parse_fields(selector, of)
    assert (refused.value.code, refused.value.message) == (400, message)
