"""A command is held against its program's own help, and only words that the help listed ever reach the program."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.tools.knowledge.care.manuals import Manual, keep, open_manual
from interlock.tools.knowledge.care.programs import manuals
from interlock.tools.knowledge.care.usage import judge

Programs = Any


def said(line: str, programs: Programs) -> str:
    verdict = judge(tuple(line.split()), Manual("kubectl", programs, "v1"))
    return verdict.wrong or verdict.unchecked


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get pods -A -o wide",
        "kubectl -n shop get pods",
        "kubectl --namespace get rollout undo deployment/x --to-revision=2",
        "kubectl rollout back deployment/x",
        "kubectl apply -f -",
        "kubectl get pods -- --nothing-of-ours",
        "kubectl",
    ],
)
def test_a_command_that_exists_is_left_alone(line: str, programs: Programs) -> None:
    assert said(line, programs) == ""


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("kubectl gett pods", "kubectl has no command gett"),
        ("kubectl rollout reverse x", "kubectl rollout has no command reverse"),
        ("kubectl get pods --outpt=wide", "kubectl get has no flag --outpt"),
        ("kubectl rollout status x --to-revision=2", "kubectl rollout status has no flag --to-revision"),
        ("kubectl evil", "kubectl has no command evil"),
        ("kubectl $VERB pods", "kubectl $VERB: a placeholder stands for the subcommand"),
    ],
)
def test_what_is_wrong_is_named(line: str, wrong: str, programs: Programs) -> None:
    assert said(line, programs) == wrong


def test_the_nearest_name_is_offered(programs: Programs) -> None:
    verdict = judge(("kubectl", "gett"), Manual("kubectl", programs, "v1"))
    assert verdict.hint == "did you mean get?"


WORDS = [
    "get",
    "rollout",
    "undo",
    "evil",
    "--help",
    "-x",
    "delete",
    ";rm",
    "$X",
    "../x",
    "version",
    "options",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=6))
def test_no_word_of_a_page_reaches_a_program_that_its_help_did_not_list(words: list[str]) -> None:
    asked: list[str] = []

    def ask(argv: Any) -> str:
        from_help = {"--help", "options"}
        listed = {"kubectl", "get", "rollout", "undo"}
        assert set(argv) <= listed | from_help
        assert argv[-1] in from_help
        asked.append(" ".join(argv))
        if argv == ["kubectl", "--help"]:
            return "Commands:\n  get    a\n  rollout   b\n"
        return "Available Commands:\n  undo    a\n" if argv == ["kubectl", "rollout", "--help"] else "x"

    judge(("kubectl", *words), Manual("kubectl", ask, "v1"))
    assert len(asked) == len(set(asked))


def test_answers_are_kept_for_the_same_binary_and_no_other(programs: Programs, tmp_path: Path) -> None:
    manual = open_manual("kubectl", programs, "binary 1", tmp_path)
    assert manual
    judge(("kubectl", "get"), manual)
    keep(manual, "binary 1", tmp_path)
    before = len(programs.asked)
    for stamp, more in (("binary 1", 1), ("binary 2", 4)):
        again = open_manual("kubectl", programs, stamp, tmp_path)
        assert again
        judge(("kubectl", "get"), again)
        assert len(programs.asked) - before == more
        before = len(programs.asked)


def test_a_program_that_is_not_there_has_no_manual(tmp_path: Path) -> None:
    assert open_manual("kubectl", lambda _: "", "", tmp_path) is None


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("kubectl get pods --all-namespaces", ""),
        ("kubectl create cm x --from-literal=a=b", ""),
        ("kubectl get pods --all-namespace", "kubectl get has no flag --all-namespace"),
        ("kubectl rollout reverse x", "kubectl rollout has no command reverse"),
        ("git commit --amend", ""),
        ("git log --oneline", ""),
        ("git comit", "git has no command comit"),
        ("git commit --ammend", "git commit has no flag --ammend"),
        ("terraform plan -out=x -target=y", ""),
        ("terraform apply -target=y -auto-approve", ""),
        ("terraform state list", ""),
        ("terraform plan -outt=x", "terraform plan has no flag -outt"),
        ("terraform state lst", "terraform state has no command lst"),
    ],
)
def test_the_real_programs_are_understood(line: str, wrong: str, kept: Path) -> None:
    program = line.split(maxsplit=1)[0]
    if not shutil.which(program):
        pytest.skip(f"not run: {program} is absent")
    with manuals([program], kept) as known:
        manual = known[program]
        assert manual
        assert judge(tuple(line.split()), manual).wrong == wrong
