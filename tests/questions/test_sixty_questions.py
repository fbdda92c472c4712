"""The sixty exact questions, and others in other words, asked of the product and held against the oracle."""

from __future__ import annotations

import ast
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.events import AnswerEvent, ToolStarted
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.evals.questions import cluster, paraphrases
from interlock.evals.questions.oracle import ANSWERS, expected
from interlock.evals.questions.raw import Files
from interlock.evals.questions.score import HERE, questions, run, score


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cluster of 300 objects."""
    return cluster.build(tmp_path_factory.mktemp("questions"))


def test_all_sixty_are_answered_right(tmp_path: Path) -> None:
    scored = run(tmp_path)
    assert len(scored) == 60
    assert [(item.question.id, item.why) for item in scored if item.outcome != "right"] == []


def test_other_words_are_understood_or_left_alone_and_never_answered_wrong(tmp_path: Path) -> None:
    scored = run(tmp_path, questions(HERE / "paraphrases.yaml"))
    outcomes = {item.question.id: item.outcome for item in scored}
    assert [name for name, outcome in outcomes.items() if outcome == "wrong"] == []
    assert [name for name, outcome in outcomes.items() if outcome == "abstained"] == ["r-login-image"]


def test_the_oracle_and_the_questions_name_each_other() -> None:
    assert {question.id for question in questions()} == set(ANSWERS)
    assert {question.id for question in questions(HERE / "paraphrases.yaml")} == set(paraphrases.ANSWERS)


def test_the_oracle_knows_nothing_of_the_product() -> None:
    for name in ("raw.py", "oracle.py", "paraphrases.py"):
        tree = ast.parse((HERE / name).read_text())
        imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        assert {m for m in imported if m.startswith("interlock")} <= {
            "interlock.evals.questions.oracle",
            "interlock.evals.questions.raw",
        }


def test_the_cluster_is_the_same_each_time_and_has_three_hundred_objects(
    replay: Path, tmp_path: Path
) -> None:
    again = cluster.build(tmp_path / "again")
    files = sorted(path.relative_to(replay) for path in replay.rglob("*.json"))
    assert files == sorted(path.relative_to(again) for path in again.rglob("*.json"))
    assert all((replay / path).read_bytes() == (again / path).read_bytes() for path in files)
    assert sum(map(len, Files(replay).kinds.values())) >= 300


def test_a_changed_cluster_makes_the_old_answers_wrong(replay: Path, tmp_path: Path) -> None:
    """The score can fail: answers to this cluster are held against an oracle of another one."""
    other = Files(replay)
    for pod in other.of("pods", "search"):
        pod["metadata"]["name"] += "x"
    other.kinds["nodes"].pop()
    asked = [q for q in questions() if q.id in ("count-nodes", "pending-pods", "oldest-pod")]
    with _opened(replay, tmp_path) as runtime:
        assert {item.outcome for item in score(runtime, other, asked, expected(other))} == {"wrong"}


@pytest.mark.parametrize(
    "ask",
    [
        "how many pods are not ready right now across all namespaces?",
        "which pods are pending?",
        "Which pod restarts the most?",
        "which deployments have no memory limit?",
        "How many pods are running in the payments namespace?",
    ],
)
def test_a_count_takes_one_call(ask: str, replay: Path, tmp_path: Path) -> None:
    with _opened(replay, tmp_path) as runtime:
        events = list(runtime.ask(ask))
    assert sum(isinstance(event, ToolStarted) for event in events) == 1


@pytest.mark.parametrize(
    "ask",
    [
        "which pods are unhappy?",
        "how many pods restarted more than 5 times?",
        "which deployments have a memory limit but no cpu limit?",
        "which pods crashed in the last hour?",
        "which namespaces have no pods?",
        "how many restarts are there in shop in total?",
        "which pods do not have the label team=growth?",
        "which nodes are in zone-a?",
        "how many pods does worker-03 have?",
        "how many pods does nightly-report have?",
    ],
)
def test_a_question_of_which_a_word_is_not_understood_is_left_alone(
    ask: str, replay: Path, tmp_path: Path
) -> None:
    with _opened(replay, tmp_path) as runtime:
        answer = next(event.answer for event in runtime.ask(ask) if isinstance(event, AnswerEvent))
    assert answer["claims"] == []


def test_a_false_premise_is_met_with_the_numbers(replay: Path, tmp_path: Path) -> None:
    with _opened(replay, tmp_path) as runtime:
        ask = "why is catalog-api crashing?"
        answer = next(event.answer for event in runtime.ask(ask) if isinstance(event, AnswerEvent))
    verdict = answer["verdict"]
    assert isinstance(verdict, dict)
    assert verdict["category"] == "healthy"
    assert "3 of 3 replicas ready" in str(answer["answer"])


def _opened(replay: Path, folder: Path) -> AbstractContextManager[Runtime]:
    return open_runtime(
        Settings({}),
        principal=Principal(id="local:test"),
        replay=replay,
        state_dir=folder / "state",
        cache_dir=folder / "cache",
        environment={},
    )
