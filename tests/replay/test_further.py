"""What a recording holds beside the objects: richer versions of them, and what the server said of logs it had not."""

from __future__ import annotations

import base64
from pathlib import Path

from replay.trees import Api, pod, thing

from interlock.core.replay.diff import recorded
from interlock.core.replay.dump import Dump
from interlock.core.replay.objects import REDACTED_DATA, without_own_names

SCALER = {
    "group": "autoscaling",
    "version": "v1",
    "kind": "HorizontalPodAutoscaler",
    "plural": "horizontalpodautoscalers",
    "namespaced": True,
    "namespaces": None,
    "shortNames": ["hpa"],
}
BASE = "/apis/autoscaling"
FILES = {
    "recorded.json": {
        "formatVersion": 1,
        "namespaces": ["shop"],
        "resources": [SCALER],
        "furtherVersions": [{**SCALER, "version": "v2beta2"}],
    },
    "shop/horizontalpodautoscalers.autoscaling.json": [
        thing(
            "HorizontalPodAutoscaler",
            "web",
            "shop",
            "autoscaling/v1",
            spec={"targetCPUUtilizationPercentage": 70},
        )
    ],
    "shop/horizontalpodautoscalers.autoscaling@v2beta2.json": [
        thing("HorizontalPodAutoscaler", "web", "shop", "autoscaling/v2beta2", spec={"metrics": []})
    ],
}


def test_a_richer_version_is_served_beside_the_preferred_one(tmp_path: Path) -> None:
    api = Api.over(tmp_path, FILES)
    path = "namespaces/shop/horizontalpodautoscalers/web"
    assert api.json(f"{BASE}/v1/{path}")["spec"] == {"targetCPUUtilizationPercentage": 70}
    assert api.json(f"{BASE}/v2beta2/{path}")["spec"] == {"metrics": []}
    assert api.ask(f"{BASE}/v2beta1/{path}").code == 404
    assert [v["version"] for v in api.json(BASE)["versions"]] == ["v1", "v2beta2"]
    assert api.json(BASE)["preferredVersion"]["version"] == "v1"
    assert next(r["name"] for r in api.json(f"{BASE}/v2beta2")["resources"]) == "horizontalpodautoscalers"


def test_a_richer_version_is_no_second_object_to_compare(tmp_path: Path) -> None:
    Api.over(tmp_path, FILES)
    assert [kind.name for kind in recorded(Dump.open(tmp_path / "cluster")).values()] == [
        "horizontalpodautoscalers.autoscaling"
    ]


def test_a_richer_version_without_the_recorders_account_is_not_guessed_at(tmp_path: Path) -> None:
    api = Api.over(tmp_path, {name: held for name, held in FILES.items() if name != "recorded.json"})
    assert [v["version"] for v in api.json(BASE)["versions"]] == ["v1"]


def test_what_the_server_said_of_a_log_it_had_not_is_said_again(tmp_path: Path) -> None:
    why = 'container "app" in pod "new" is not available'
    account = {"formatVersion": 1, "logRefusals": {"shop/new/app.log": why}}
    api = Api.over(tmp_path, {"recorded.json": account, "shop/pods.json": [pod("new"), pod("other")]})
    refused = api.ask("/api/v1/namespaces/shop/pods/new/log")
    assert (refused.code, why.encode() in refused.body.replace(b"\\", b"")) == (400, True)
    assert b"were not recorded" in api.ask("/api/v1/namespaces/shop/pods/other/log").body


def test_the_name_of_a_secrets_namespace_is_no_secret() -> None:
    inside = {
        "namespace": base64.b64encode(b"shop").decode(),
        "token": base64.b64encode(b"hush-hush").decode(),
    }
    secret = {"kind": "Secret", "metadata": {"name": "robot-token", "namespace": "shop"}, "data": inside}
    assert without_own_names(secret)["data"] == {"namespace": REDACTED_DATA, "token": inside["token"]}
    assert without_own_names({"kind": "Secret", "metadata": {}}) == {"kind": "Secret", "metadata": {}}
