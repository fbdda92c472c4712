"""The commands about changes: what they print, the exit codes, and that a token is never an argument."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.changing import bundle, sections
from fakes.changing_kube import ChangingKube, changing_kube
from fakes.identity_provider import Provider, running_provider

COMMANDS = (
    "request",
    "proposals",
    "show",
    "approve",
    "deny",
    "revoke",
    "settle",
    "history",
    "halt",
    "resume",
    "approvals",
)
ASKED = (
    "request", "annotate", "--arg", "kind=Deployment", "--arg", "namespace=shop", "--arg", "name=web",
    "--arg", 'annotations={"note": "after"}', "--reason", "the page is wrong",
)  # fmt: skip


@pytest.fixture
def kube() -> Iterator[ChangingKube]:
    with changing_kube() as api:
        yield api


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as server:
        yield server


class Shell:
    """A terminal of Ana's, in a folder with settings."""

    def __init__(self, interlock: Callable[..., Any], provider: Provider, folder: Path) -> None:
        self.call = interlock
        self.provider = provider
        self.folder = folder

    def asked(self) -> dict[str, Any]:
        done = self.call(*ASKED, "--json")
        assert done.code == 5, done.err
        return dict(json.loads(done.out))

    def token(self, name: str, **claims: Any) -> str:
        """A file with a token of somebody who signed in just now."""
        file = self.folder / f"{name}.token"
        file.write_text(self.provider.token(sub=name, **{"auth_time": int(time.time()), **claims}) + "\n")
        return str(file)

    def decide(self, verb: str, change: dict[str, Any], name: str, *more: str, **claims: Any) -> Any:
        named = () if "--digest" in more else ("--digest", change["digest"][:12])
        return self.call(
            verb,
            change["id"],
            "--token-file",
            self.token(name, **claims),
            "--reason",
            "read it",
            *named,
            *more,
        )


@pytest.fixture
def shell(
    interlock: Callable[..., Any],
    kube: ChangingKube,
    provider: Provider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Shell]:
    monkeypatch.setenv("LOGNAME", "ana")

    def opened(*, quorum: int = 1, policy: bool = True, **approvals: Any) -> Shell:
        rules = bundle(tmp_path / "policy", quorum=quorum) if policy else None
        made = sections(kube.url, rules, **approvals)
        made["identity"]["oidc"] = {"issuer": provider.issuer, "audience": "interlock"}
        (tmp_path / "interlock.yaml").write_text(yaml.safe_dump(made))
        return Shell(interlock, provider, tmp_path)

    return opened


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_by_example(interlock: Callable[..., Any], command: str) -> None:
    done = interlock(command, "--help")
    assert done.code == 0 and "Example" in done.out and f"interlock {command}" in done.out


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in ("approvals",)])
def test_where_changes_are_off_every_command_says_how_to_turn_them_on(
    interlock: Callable[..., Any], command: str
) -> None:
    needs = {"request": ("annotate", "--reason", "x"), "halt": ("--reason", "x"), "resume": ("--reason", "x"),
             "revoke": ("chg-1", "--reason", "x"), "settle": ("chg-1", "--applied", "--reason", "x"),
             "proposals": (), "history": ()}  # fmt: skip
    done = interlock(command, *needs.get(command, ("chg-1",)))
    assert (done.code, done.err.splitlines()[-2:]) == (
        1,
        ["error: changes are off", "hint: set approvals.enabled; docs/changes.md says what else it takes"],
    )


def test_asking_shows_the_card_and_says_by_its_code_that_people_have_to_decide(shell: Any, kube: Any) -> None:
    done = shell(url="https://ops.example.com").call(*ASKED)
    assert done.code == 5
    for words in ("PROPOSED", "Annotate an object: deployments.apps shop/web in toy", '"before" -> "after"',
                  "In the words of person:ana (not checked by anybody):\n  > the page is wrong",
                  "decide: https://ops.example.com/changes/chg-"):  # fmt: skip
        assert words in done.out, words
    assert kube.real_writes == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("request", "restart", "--reason", "x"), 2, "unknown action"),
        (("request", "annotate", "--arg", "name", "--reason", "x"), 2, "KEY=VALUE"),
        (("request", "annotate", "--arg", "name=a", "--arg", "name=b", "--reason", "x"), 2, "twice"),
        ((*ASKED, "--arg", "force=true"), 2, "force"),
        (ASKED[:-2], 2, "--reason"),
        ((*ASKED[:-1], "  "), 2, "reason"),
        (("show", "chg-000000000000"), 1, "chg-000000000000"),
        (("approve", "chg-000000000000"), 1, "chg-000000000000"),
        (("proposals", "--state", "open"), 2, "open"),
    ],
)
def test_what_makes_no_sense_is_said(shell: Any, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = shell().call(*arguments)
    assert done.code == code and said in done.err


def test_a_name_of_digits_stays_text(shell: Any, kube: ChangingKube) -> None:
    kube.add("shop", "123")
    done = shell().call(*(part.replace("name=web", "name=123") for part in ASKED), "--json")
    assert json.loads(done.out)["args"]["name"] == "123"


def test_who_may_not_ask_is_refused_by_rule(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = shell()
    monkeypatch.setenv("LOGNAME", "mallory")
    done = opened.call(*ASKED)
    assert done.code == 3 and "unmapped" in done.err


def test_without_a_proof_approving_names_the_page_and_decides_nothing(shell: Any, kube: Any) -> None:
    opened = shell(url="https://ops.example.com")
    made = opened.asked()
    for verb in ("approve", "deny"):
        done = opened.call(verb, made["id"], "--reason", "x")
        assert done.code == 5 and f"https://ops.example.com/changes/{made['id']}" in done.err
    assert json.loads(opened.call("show", made["id"], "--json").out)["state"] == "PROPOSED"
    assert kube.real_writes == []


def test_a_fresh_token_approves_and_the_change_is_made_and_told(shell: Any, kube: ChangingKube) -> None:
    opened = shell()
    made = opened.asked()
    done = opened.decide("approve", made, "bo")
    assert done.code == 0, done.err
    assert "SUCCEEDED" in done.out and "outcome: changed, verified" in done.out
    assert "to undo: interlock request annotate" in done.out
    assert kube.annotations("shop", "web")["note"] == "after" and len(kube.real_writes) == 1
    told = opened.call("history", made["id"])
    assert [line.split()[1] for line in told.out.splitlines()] == [
        "request",
        "propose",
        "approve",
        "claim",
        "succeed",
    ]
    assert made["id"] in opened.call("history").out
    assert "no changes waiting" in opened.call("proposals").out


def test_the_quorum_is_told_by_the_exit_code(shell: Any, kube: Any) -> None:
    opened = shell(quorum=2)
    made = opened.asked()
    first = opened.decide("approve", made, "bo")
    assert first.code == 5 and "1 of 2 approvals are there" in first.out
    assert opened.decide("approve", made, "cy").code == 0
    assert len(kube.real_writes) == 1


def test_a_denial_ends_it(shell: Any) -> None:
    opened = shell()
    made = opened.asked()
    done = opened.decide("deny", made, "bo")
    assert done.code == 0 and "DENIED" in done.out
    late = opened.decide("approve", made, "cy")
    assert late.code == 1 and "DENIED" in late.err


@pytest.mark.parametrize(
    ("who", "more", "claims", "code", "said"),
    [
        ("ana", (), {}, 3, "own-request"),
        ("dee", (), {}, 3, "no-permit"),
        ("stranger", (), {}, 3, "unmapped"),
        ("bo", (), {"auth_time": 1_700_000_000}, 1, "not fresh"),
        ("bo", (), {"auth_time": None}, 1, "does not say when"),
        ("bo", (), {"aud": "another"}, 1, "token"),
        ("bo", ("--digest", "000000000000"), {}, 3, "digest"),
        ("bo", ("--digest", "0"), {}, 3, "digest"),
    ],
)
def test_nobody_else_and_nothing_else_decides(
    shell: Any, kube: Any, who: str, more: tuple[str, ...], claims: dict[str, Any], code: int, said: str
) -> None:
    opened = shell()
    made = opened.asked()
    done = opened.decide("approve", made, who, *more, **claims)
    assert done.code == code and said in done.err, done.err
    assert kube.real_writes == []


def test_what_is_meant_has_to_be_named(shell: Any) -> None:
    opened = shell()
    made = opened.asked()
    done = opened.call("approve", made["id"], "--token-file", opened.token("bo"), "--reason", "x")
    assert done.code == 2 and f"--digest {made['digest'][:12]}" in done.err
    done = opened.call("approve", made["id"], "--token-file", opened.token("bo"), "--digest", made["digest"])
    assert done.code == 2 and "--reason" in done.err


def test_a_token_comes_from_standard_input_too(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = shell()
    made = opened.asked()
    monkeypatch.setattr("sys.stdin", io.StringIO(Path(opened.token("bo")).read_text()))
    done = opened.call(
        "approve", made["id"], "--token-file", "-", "--digest", made["digest"][:12], "--reason", "x", "--json"
    )
    assert done.code == 0 and json.loads(done.out)["state"] == "SUCCEEDED"


@pytest.mark.parametrize("content", ["", " \n", "x" * 17_000])
def test_a_file_without_a_token_is_bad_input(shell: Any, content: str) -> None:
    opened = shell()
    (opened.folder / "empty").write_text(content)
    done = opened.call("approve", opened.asked()["id"], "--token-file", str(opened.folder / "empty"))
    assert done.code == 2 and "no token" in done.err
    assert opened.call("approve", "chg-1", "--token-file", str(opened.folder / "none")).code == 2


def test_who_asked_takes_it_back(shell: Any) -> None:
    opened = shell()
    made = opened.asked()
    assert "no change has ended yet" in opened.call("history").out
    done = opened.call("revoke", made["id"], "--reason", "mended", "--json")
    assert done.code == 0 and json.loads(done.out)["state"] == "REVOKED"


def test_a_halt_ends_what_is_open_and_takes_a_decider_to_lift(shell: Any) -> None:
    opened = shell()
    made = opened.asked()
    assert opened.call("halt", "--reason", "odd requests").code == 0
    assert json.loads(opened.call("show", made["id"], "--json").out)["state"] == "REVOKED"
    refused = opened.call(*ASKED)
    assert refused.code == 3 and "odd requests" in refused.err
    assert "odd requests" in opened.call("proposals").err
    assert opened.call("resume", "--reason", "fine").code == 5
    assert opened.call("resume", "--reason", "fine", "--token-file", opened.token("dee")).code == 3
    assert opened.call("resume", "--reason", "fine", "--token-file", opened.token("bo")).code == 0
    assert opened.asked()["state"] == "PROPOSED"


def test_alone_on_a_toy_cluster_the_same_person_decides_and_it_is_marked(shell: Any, kube: Any) -> None:
    opened = shell(policy=False, solo=True)
    made = opened.asked()
    assert "ONE PERSON ALONE" in made["text"]
    done = opened.call("approve", made["id"], "--digest", made["digest"][:12], "--reason", "mine", "--json")
    assert done.code == 0 and json.loads(done.out)["state"] == "SUCCEEDED"
    assert len(kube.real_writes) == 1


def test_a_change_of_a_recording_can_be_asked_for_and_never_made(shell: Any, kube: Any) -> None:
    opened = shell(policy=False, solo=True)
    pods = opened.call("tools", "call", "kubernetes_list", "--replay", "demo", "kind=deployments", "--json")
    row = json.loads(pods.out)["data"]["rows"][0]
    args = [
        "--arg=kind=Deployment", f"--arg=namespace={row['namespace']}", f"--arg=name={row['name']}",
        '--arg=annotations={"a": "b"}',
    ]  # fmt: skip
    made = json.loads(
        opened.call("request", "annotate", "--replay", "demo", *args, "--reason", "x", "--json").out
    )
    assert made["card"]["source"] == "replay"
    done = opened.call(
        "approve", made["id"], "--replay", "demo", "--digest", made["digest"], "--reason", "mine", "--json"
    )
    assert done.code != 0
    assert (
        json.loads(opened.call("show", made["id"], "--replay", "demo", "--json").out)["state"] != "SUCCEEDED"
    )
    assert kube.writes == []


def test_a_page_backs_a_request_only_for_the_action_it_names(shell: Any) -> None:
    opened = shell()
    undo = opened.call(*ASKED, "--runbook", "rollout-stuck.md")
    assert undo.code == 2 and "does not name the action annotate" in undo.err
    (opened.folder / "pages").mkdir()
    front = "---\ntitle: T\nowner: ana\nlast_reviewed: 2026-01-01\naction: annotate\n---\n# T\n"
    (opened.folder / "pages" / "mine.md").write_text(front)
    loose = opened.call(*ASKED, "--knowledge", str(opened.folder / "pages"), "--runbook", "mine.md")
    assert loose.code == 2 and "does not count" in loose.err
