"""The real kubectl says the same of a cluster and of the recording that we made of it, what we changed for safety aside."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

import pytest
from live.conftest import Recorded
from live.stage import Stage
from replay.same import kubeconfig_for, kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("live")]

CLIENTS_OWN = re.compile(r"[WE]\d{4} [\d:.]+ +\d+ reflector\.go")
COMMANDS = """
get pods -n $A -o yaml
get pods -n $A -o json
get pods -A -o wide
get deploy,rs,sts,ds,job,cronjob,hpa,pdb,svc,ep,ing -n $A -o wide
get hpa idle -n $A -o yaml
get events -n $A --sort-by=.metadata.name
events -n $A --for pod/crashing
describe pods -n $A
describe deploy web -n $A
describe node $N
logs running -n $A -c app --timestamps
logs crashing -n $A --previous --tail=3
logs starting -n $A -c app
logs $WEB -n $A -c web
rollout history deploy/web -n $A
rollout history deploy/web -n $A --revision=2
api-resources
api-resources -o name --namespaced=false
explain pod.spec.containers.livenessProbe
explain deployments --recursive
explain cronjob.spec --api-version=batch/v1beta1
explain hpa
explain nonsense
top pods -n $A
top nodes
get pods -n $A -w --request-timeout=1s
get pods -n $A -w --output-watch-events --request-timeout=1s
wait --for=condition=Ready pod/running -n $A --timeout=5s
wait --for=condition=Ready pod/crashing -n $A --timeout=2s
wait --for=delete pod/crashing -n $A --timeout=2s
auth can-i get pods -n $A
"""
CUSTOM = """
get backups -A
get bk nightly -n $A -o jsonpath={.status.phase}
explain backup
explain backup.spec.schedule
describe crd backups.ops.example.com
"""


@pytest.fixture(scope="module")
def both(stage: Stage, recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The kubeconfigs of the cluster and of its recording."""
    folder = tmp_path_factory.mktemp("kubectl")
    live = folder / "live.kubeconfig"
    live.write_text(stage.cluster.kubeconfig.read_text())
    return live, kubeconfig_for(recorded.url, folder / "recorded.kubeconfig")


@pytest.fixture
def same(stage: Stage, recorded: Recorded, both: tuple[Path, Path]) -> Callable[[str], str]:
    """How the two answers to a command differ."""

    def compare(line: str) -> str:
        words = [stage.filled(word) for word in line.split(" ")]
        addresses = (stage.cluster.url, recorded.url)
        one, other = (_said(kubectl(config, *words).normal(*addresses)) for config in both)
        # A watch tells the order in which a server's cache holds its objects.
        one, other = (sorted(one), sorted(other)) if "-w" in words else (one, other)
        return "\n".join(unified_diff(one, other, "live", "recorded", lineterm="", n=1))

    return compare


def _said(lines: list[str]) -> list[str]:
    """Without what client-go logs of its own race between a deadline and the stream that it ends."""
    return [line for line in lines if not CLIENTS_OWN.match(line)]


@pytest.mark.parametrize("line", COMMANDS.strip().splitlines())
def test_kubectl_says_the_same_live_and_recorded(same: Callable[[str], str], line: str) -> None:
    difference = same(line)
    assert not difference, difference


@pytest.mark.parametrize("line", CUSTOM.strip().splitlines())
def test_kubectl_says_the_same_of_custom_resources(
    stage: Stage, same: Callable[[str], str], line: str
) -> None:
    if not stage.custom:
        pytest.skip(
            "not run: this kube-apiserver dies of custom resources; `make kube-apiserver` builds one that does not"
        )
    difference = same(line)
    assert not difference, difference
