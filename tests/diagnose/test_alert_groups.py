"""A page that holds several alerts: everything they name is looked at, and faults of their own stay apart."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))

from dump import Dump, ago, waiting

from interlock.tools.diagnose.scope import MOST_ALERTS, AlertIn, scope_of


def _member(name: str, namespace: str, deployment: str, status: str = "firing") -> dict[str, Any]:
    return {
        "name": name,
        "status": status,
        "summary": f"{deployment} is in trouble",
        "labels": {"namespace": namespace, "deployment": deployment},
    }


def test_every_alert_of_a_group_names_its_own() -> None:
    group = {"name": "Group", "others": [_member("A", "shop", "cart"), _member("B", "bank", "ledger")]}
    scope = scope_of("", "", "", AlertIn.model_validate(group))
    assert scope.namespaces == ("shop", "bank")
    assert scope.named["Deployment"] == {"cart", "ledger"}


def test_an_alert_that_is_resolved_names_nothing_any_more() -> None:
    others = [_member("A", "shop", "cart"), _member("B", "bank", "ledger", "resolved")]
    scope = scope_of("", "", "", AlertIn.model_validate({"name": "Group", "others": others}))
    assert scope.namespaces == ("shop",)


def test_a_flood_of_alerts_is_cut() -> None:
    others = [_member("A", f"ns-{number}", "cart") for number in range(500)]
    assert len(AlertIn.model_validate({"name": "Group", "others": others}).each) == MOST_ALERTS


def test_two_faults_of_one_page_are_two_chains(diagnose: Any, tmp_path: Path) -> None:
    d = Dump().node("node-a")
    d.deployment("cart", "shop", 1, 0)
    d.pod("cart-6d5f7c9b8-aaaaa", "shop", "cart", "6d5f7c9b8", age=30, restarts=9, ready=False,
          state=waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container"),
          last={"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": ago(2)}})  # fmt: skip
    d.log("shop", "cart-6d5f7c9b8-aaaaa", (2, "config: required setting BASKET_TTL is not set"))
    d.deployment("ledger", "bank", 1, 0)
    d.pod("ledger-7c9b86d5f-bbbbb", "bank", "ledger", "7c9b86d5f", age=20, phase="Pending",
          image="registry.test/ledger:4.4-bad", state=waiting("ImagePullBackOff"))  # fmt: skip
    members = [_member("Unavailable", "shop", "cart"), _member("RolloutStuck", "bank", "ledger")]
    folder = d.alert("Unavailable", "", "", "").write(tmp_path / "incident")
    told = diagnose(
        folder, alert={"name": "Unavailable", "summary": members[0]["summary"], "others": members}
    )
    assert (told.verdict["category"], told.verdict["state"]) == ("configuration_error", "active")
    assert len(told.roots) == 2
    for word in ("BASKET_TTL", "registry.test/ledger:4.4-bad"):
        assert word in told.verdict["summary"]
