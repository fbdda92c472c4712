"""Servers that are small, old, or answer wrongly: what can still be told is told, what cannot be is not guessed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from acting.stage import Around
from fakes.kube_api import KubeApi, Served
from fakes.scripted_api import discovered, scripted

from interlock.approvals.alertmanager import AlertmanagerReads
from interlock.approvals.canonical import Digest
from interlock.approvals.catalogue import find_action
from interlock.approvals.errors import NotSent, OutcomeUnknown
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.previewer import ClusterPreviewer
from interlock.approvals.sight import Sight
from interlock.approvals.words import Intent, Inverse, Target
from interlock.core.clock import SystemClock
from interlock.core.clusters.connect import from_url
from interlock.core.clusters.http import Endpoint
from interlock.core.errors import BadInput, Unreachable

NOWHERE = Endpoint("http://127.0.0.1:1")
OWNER = {"kind": "ReplicaSet", "name": "web-1", "uid": "rs", "controller": True}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "namespace": "shop",
        "name": "web-1-a",
        "uid": "u1",
        "resourceVersion": "5",
        "labels": {"app": "web", "team": "a"},
        "ownerReferences": [OWNER],
    },
    "spec": {"nodeName": "n1"},
}
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "namespace": "shop",
        "name": "web",
        "uid": "d",
        "resourceVersion": "5",
        "generation": 1,
    },
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app"}]}},
    },
    "status": {"observedGeneration": 1},
}
NAMED = {"cluster": "old", "namespace": "shop"}


def old_server() -> KubeApi:
    """Pods and Services, and no disruption budgets or network policies."""
    service = {
        "kind": "Service",
        "metadata": {"namespace": "shop", "name": "web"},
        "spec": {"selector": {"app": "web"}},
    }
    api = KubeApi().serves("", "v1", ("pods", "Pod", True), ("services", "Service", True))
    api.json("/api", {"kind": "APIVersions", "versions": ["v1"]})
    return api.items("/api/v1/namespaces/shop/pods", POD).items("/api/v1/namespaces/shop/services", service)


def no_history() -> KubeApi:
    """A Deployment of which no revision is kept."""
    kinds = (("deployments", "Deployment", True), ("replicasets", "ReplicaSet", True))
    api = old_server().serves("apps", "v1", *kinds)
    return api.items("/apis/apps/v1/namespaces/shop/deployments", WEB).items(
        "/apis/apps/v1/namespaces/shop/replicasets"
    )


@contextmanager
def seen(api: KubeApi) -> Iterator[Sight]:
    """What the approvals side sees of it."""
    with Served(api) as url, closing(from_url("old", url)) as reads:
        yield Sight(SystemClock(), Around(), reads, AlertmanagerReads(url))


def test_a_label_that_a_service_selects_by_is_refused_where_there_are_no_network_policies() -> None:
    action = find_action("label")
    with seen(old_server()) as sight:
        free = action.parse({**NAMED, "kind": "Pod", "name": "web-1-a", "labels": {"team": "b"}})
        assert action.look(free, sight).fields == {"team": "a"}
        taken = action.parse({**NAMED, "kind": "Pod", "name": "web-1-a", "labels": {"app": "b"}})
        with pytest.raises(BadInput, match="selects pods by app"):
            action.look(taken, sight)


def test_where_there_are_no_disruption_budgets_none_is_shown() -> None:
    action = find_action("evict-pod")
    args = action.parse({**NAMED, "name": "web-1-a"})
    with seen(old_server()) as sight:
        assert action.radius(args, action.look(args, sight), sight).budgets == ()


def test_a_budget_of_other_pods_is_not_shown() -> None:
    action = find_action("evict-pod")
    args = action.parse({**NAMED, "name": "web-1-a"})
    api = old_server().serves("policy", "v1", ("poddisruptionbudgets", "PodDisruptionBudget", True))
    budgets = [
        {
            "kind": "PodDisruptionBudget",
            "metadata": {"namespace": "shop", "name": name},
            "spec": {"selector": {"matchLabels": {"app": name}}},
            "status": {"disruptionsAllowed": 1},
        }
        for name in ("web", "db")
    ]
    api.items("/apis/policy/v1/namespaces/shop/poddisruptionbudgets", *budgets)
    with seen(api) as sight:
        shown = action.radius(args, action.look(args, sight), sight).budgets
    assert [(each.name, each.allowed) for each in shown] == [("shop/web", 1)]


def test_an_eviction_is_not_sent_where_the_server_does_not_say_which_it_takes() -> None:
    api = old_server()
    with Served(api) as url, closing(ClusterPreviewer(Endpoint(url))) as previewer:
        with pytest.raises(NotSent, match="serves no evictions"):
            previewer.evict("shop", "web-1-a", uid="u1", version="5")
        api.refuses("/api/v1", "not any more")
        with pytest.raises(NotSent, match=r"nothing was sent: .*not any more"):
            previewer.evict("shop", "web-1-a", uid="u1", version="5")


def test_a_server_whose_versions_fit_in_no_url_is_sent_nothing() -> None:
    version = "v" + "1" * 70_000
    kind = {"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["patch"]}
    versions = [{"groupVersion": f"apps/{version}", "version": version}]
    documents = {
        "/api/v1": {"resources": []},
        "/apis": {"groups": [{"name": "apps", "versions": versions}]},
        f"/apis/apps/{version}": {"resources": [kind]},
    }
    with (
        scripted(discovered(documents, aggregated=True)) as (url, _),
        closing(HttpMutator(Endpoint(url))) as mutator,
        pytest.raises(NotSent, match="URL"),
    ):
        mutator.patch("deployments.apps", "shop", "web", {"spec": {"replicas": 1}}, "merge", "5")


def test_a_template_that_no_revision_keeps_offers_no_way_back() -> None:
    action = find_action("rollout-restart")
    given = {**NAMED, "kind": "Deployment", "name": "web"}
    args = action.fixed(action.parse(given), datetime(2026, 11, 23, tzinfo=UTC))
    with seen(no_history()) as sight:
        inverse = action.inverse(args, action.look(args, sight), Digest("f" * 64))
    assert inverse.action is None
    assert inverse.reason == "the template as it was is in no revision that is kept"


def test_a_rollback_is_not_verified_before_a_revision_holds_the_template() -> None:
    action = find_action("rollout-undo")
    args = action.parse({**NAMED, "kind": "Deployment", "name": "web", "revision": 1})
    marks = {"kept_by": "web-1", "stuck_before": ""}
    target, none = Target("old", "deployments.apps", "shop", "web"), Inverse(None)
    with seen(no_history()) as sight:
        found = action.effect(args, sight, Intent(target, Digest("f" * 64), "patch", "5", marks, none))
    assert found.state == "not yet"


# Alertmanager.


def test_what_does_not_speak_as_an_alertmanager_is_not_taken_for_an_empty_one() -> None:
    api = KubeApi(answers={"/api/v2/silences": (200, b"<html>sign in</html>")})
    with Served(api) as url, pytest.raises(Unreachable, match="does not answer as an Alertmanager"):
        AlertmanagerReads(url).silences()


def test_a_silence_that_alertmanager_does_not_hold_is_no_success() -> None:
    action = find_action("silence")
    given = {"cluster": "old", "matchers": [{"name": "a", "value": "b"}], "comment": "why"}
    args = action.fixed(
        action.parse({**given, "ends_at": "2026-11-23T13:00:00Z"}), datetime(2026, 11, 23, 12, tzinfo=UTC)
    )
    assert (args.starts_at, args.ends_at) == ("2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z")
    target = Target("old", "silences", "", "a")
    intent = Intent(target, Digest("f" * 64), "silence", "", {}, Inverse(None))
    api = KubeApi(answers={"/api/v2/silences": (200, b"[]")})
    with seen(api) as sight:
        assert action.effect(args, sight, intent).state == "failed"


@pytest.mark.parametrize("long", [True, False])
def test_an_answer_without_end_leaves_the_outcome_unknown(long: bool) -> None:
    body = json.dumps({"silenceID": "x" * (5_000_000 if long else 10)}).encode()
    silence = dict.fromkeys(("matchers", "startsAt", "endsAt", "createdBy", "comment"), "")
    with answering(body) as url, closing(HttpMutator(NOWHERE, alertmanager=Endpoint(url))) as mutator:
        if long:
            with pytest.raises(OutcomeUnknown, match="was sent and its answer was lost"):
                mutator.create_silence(silence)
        else:
            assert mutator.create_silence(silence) == {"silenceID": "x" * 10}


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server that answers every POST so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # a client that has read enough is gone
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
