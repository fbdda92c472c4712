"""Commands are read out of fenced code whatever is in it, and never run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.tools.knowledge.care.commands import PROGRAMS, commands, split

WORD = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)


def argvs(*lines: str, info: str = "sh") -> list[tuple[str, ...]]:
    return [command.argv for command in commands([f"```{info}", *lines, "```"])[0]]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["kubectl get pods"], [("kubectl", "get", "pods")]),
        (["kubectl get pods \\", "  -n shop"], [("kubectl", "get", "pods", "-n", "shop")]),
        (["kubectl get pods | grep x && helm list"], [("kubectl", "get", "pods"), ("helm", "list")]),
        (["X=1 sudo kubectl get pods"], [("kubectl", "get", "pods")]),
        (["for p in a b; do kubectl get pod $p; done"], [("kubectl", "get", "pod", "$p")]),
        (["kubectl get pods # all of them"], [("kubectl", "get", "pods")]),
        (["kubectl logs <pod name>"], [("kubectl", "logs", "PLACEHOLDER")]),
        (["kubectl get pods > out.txt"], [("kubectl", "get", "pods")]),
        (["kubectl patch x -p '{", '"a": 1}', "'"], [("kubectl", "patch", "x", "-p", '{\n"a": 1}\n')]),
        (["cat <<EOF", "kubectl is a program", "EOF", "git fetch"], [("git", "fetch")]),
        (["echo kubectl get pods"], []),
        (["the kubectl program"], []),
    ],
)
def test_what_a_shell_would_run_is_what_is_read(lines: list[str], expected: list[tuple[str, ...]]) -> None:
    assert argvs(*lines) == expected


def test_output_beside_prompts_is_no_command() -> None:
    assert argvs("$ kubectl get pods", "kubectl is not found", info="console") == [("kubectl", "get", "pods")]


def test_other_languages_and_prose_are_left_alone() -> None:
    assert argvs("kubectl get pods", info="yaml") == []
    assert commands(["kubectl get pods", "`kubectl get x`"]) == ([], [])


def test_the_inner_command_of_a_substitution_is_read_too() -> None:
    found = argvs("kubectl delete pod $(kubectl get pods -o name | head -1)")
    assert ("kubectl", "get", "pods", "-o", "name") in found


def test_quotes_that_never_close_are_told_and_not_guessed_at() -> None:
    assert commands(["```sh", "kubectl get 'pods", "```"]) == ([], [2])


@settings(deadline=None)
@given(st.lists(WORD, max_size=6))
def test_plain_words_come_back_as_they_were(words: list[str]) -> None:
    assert split(" ".join(["kubectl", *words])) == [("kubectl", *words)]


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_read_and_only_known_programs_come_out(text: str) -> None:
    found, unread = commands(text.split("\n"))
    assert {command.argv[0] for command in found} <= PROGRAMS
    assert all(1 <= line <= len(text.split("\n")) for line in [*unread, *(c.line for c in found)])


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["kubectl get", "'", '"', "\\", "<<E", "E", "|", "$(", ")", "$ ", "<a", "b>"]))
)
def test_any_mix_of_shell_can_be_read(parts: list[str]) -> None:
    found, _ = commands(["```sh", *parts, " ".join(parts), "```"])
    assert {command.argv[0] for command in found} <= {"kubectl"}
