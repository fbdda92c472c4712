"""Each kubectl command is one that the real kubectl knows, and only mitigation holds verbs that write."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interlock.core.process import run

Pages = Any
Flags = dict[str, bool]  # flag -> takes a value

READS = {
    *("get", "describe", "logs", "events", "top", "top pod", "top node", "explain"),
    *("api-resources", "api-versions", "version", "rollout status", "rollout history"),
    *("auth can-i", "auth whoami", "config view", "config current-context"),
}
GROUPS = {"rollout", "top", "auth", "config", "set", "create", "certificate"}
SHORT_GLOBALS = {"-n", "-s", "-v"}
_FLAG = re.compile(r"^ +(?:(-\w), )?(--[a-z0-9-]+)(?:=(.*?))?:", re.MULTILINE)


@pytest.fixture(scope="session")
def kubectl() -> str:
    """The real program."""
    found = shutil.which("kubectl")
    if not found and os.environ.get("CI") != "true":
        pytest.skip("not run: kubectl is absent")
    assert found, "CI must have kubectl"
    return found


@pytest.fixture(scope="session")
def flags_of(kubectl: str) -> Callable[[str], Flags]:
    """The flags of a verb, asked once."""
    asked: dict[str, Flags] = {}

    def ask(verb: str) -> Flags:
        if verb not in asked:
            done = run([kubectl, *verb.split(), "--help"])
            usage = done.out.decode()
            assert done.code == 0, f"kubectl does not know {verb!r}"
            assert f"\n  kubectl {verb} " in usage, f"kubectl does not know {verb!r}"
            asked[verb] = {**dict(_parse(run([kubectl, "options"]).out.decode())), **dict(_parse(usage))}
        return asked[verb]

    return ask


def _parse(usage: str) -> Iterator[tuple[str, bool]]:
    for short, long, default in _FLAG.findall(usage):
        takes = default not in ("true", "false")
        yield long, takes
        if short:
            yield short, takes


def split(argv: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The verb and the rest, past the global flags in front."""
    at = 0
    while argv[at].startswith("-"):
        at += 1 if "=" in argv[at] else 2
    end = at + (2 if argv[at] in GROUPS else 1)
    return " ".join(argv[at:end]), (*argv[:at], *argv[end:])


def unknown_flags(rest: tuple[str, ...], known: Flags) -> list[str]:
    """The flags that a verb does not have."""
    unknown, at = [], 0
    while at < len(rest) and rest[at] != "--":
        word, _, value = rest[at].partition("=")
        at += 1
        if not word.startswith("-"):
            continue
        if re.fullmatch(r"-\w{2,}", word):
            unknown += [f"-{letter}" for letter in word[1:] if known.get(f"-{letter}", True)]
        elif word not in known:
            unknown.append(word)
        elif known[word] and not value:
            at += 1
    return unknown


def test_every_command_is_known_to_kubectl(pages: Pages, flags_of: Callable[[str], Flags]) -> None:
    commands = [command for page in pages for command in page.commands]
    assert len(commands) > 300
    for command in commands:
        verb, rest = split(command.argv)
        where = f"{command.page}:{command.line}: kubectl {' '.join(command.argv)}"
        assert unknown_flags(rest, flags_of(verb)) == [], where


@pytest.mark.parametrize(
    "argv", ["get pods --tails=3", "logs x --prev", "rollout undo deployment/x --revision=2", "get pods -xA"]
)
def test_a_flag_that_does_not_exist_is_noticed(argv: str, flags_of: Callable[[str], Flags]) -> None:
    verb, rest = split(tuple(argv.split()))
    assert unknown_flags(rest, flags_of(verb)) != []


@pytest.mark.parametrize("verb", ["gett", "rollout reverse", "top cpu"])
def test_a_verb_that_does_not_exist_is_noticed(verb: str, flags_of: Callable[[str], Flags]) -> None:
    with pytest.raises(AssertionError, match="does not know"):
        flags_of(verb)


def test_only_mitigation_writes(pages: Pages) -> None:
    for page in pages:
        for command in page.commands:
            verb, _ = split(command.argv)
            assert command.section == "Mitigation" or verb in READS, f"{command.page}:{command.line}: {verb}"


def test_no_command_forces_a_deletion_or_takes_a_secret_out(pages: Pages) -> None:
    for page in pages:
        for command in page.commands:
            text = " ".join(command.argv)
            where = f"{command.page}:{command.line}: {text}"
            assert "--force" not in text, where
            assert not re.search(r"\bget secrets?\b.*-o (yaml|json)", text), where
