"""Twenty decisions and ten executors on one change at the same moment, in threads and in processes: it is made once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # one of the processes: nobody set the path for it
    sys.path.append(str(Path(__file__).parents[1]))

import pytest
from gate.world import HEADER, PEOPLE, World
from sqlalchemy import select

from interlock.approvals.changes import Change
from interlock.approvals.errors import NotSent
from interlock.approvals.standing import NotNow
from interlock.approvals.states import WrongState
from interlock.core.errors import InterlockError, Refused
from interlock.core.identity.people import People
from interlock.core.store import Store, open_store
from interlock.core.store.tables import audit, execution

DECISIONS, EXECUTORS = 20, 10
CROWD = tuple(f"p{n}" for n in range(DECISIONS))
EXPECTED = {"WrongState", "Refused", "NotNow"}


def crowded(store: Store, folder: Path) -> World:
    """A gate with twenty people who may decide, and a change that needs five of them."""
    ids = [f"oidc:{name}" for name in CROWD]
    header: dict[str, Any] = {
        **HEADER,
        "groups": {**HEADER["groups"], "sre": [*HEADER["groups"]["sre"], *ids]},
        "changes": {"rules": [{"name": "five", "quorum": 5}]},
    }
    made = World(store, folder, header=header)
    made.people = People({**PEOPLE, **dict.fromkeys(ids, ())})
    made.rules._people = made.people
    if not made.board.objects:
        made.board.workload()
    return made


def at_once(steps: Sequence[Callable[[], object]]) -> Counter[str]:
    """All of them at the same moment; what came of them."""
    gate, said, lock = threading.Barrier(len(steps)), Counter[str](), threading.Lock()

    def go(step: Callable[[], object]) -> None:
        gate.wait()
        try:
            step()
            came = "done"
        except InterlockError as error:
            came = type(error).__name__
        except Exception as error:
            came = f"unexpected {type(error).__name__}: {error}"
        with lock:
            said[came] += 1

    threads = [threading.Thread(target=go, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def claims_of(store: Store, change: Change) -> tuple[int, int]:
    """How often a change was claimed by its key, and on record."""
    with store.read() as connection:
        keys = connection.execute(select(execution).where(execution.c.change == change.id)).all()
        records = connection.execute(select(audit.c.body).where(audit.c.kind == "change.claim")).all()
    return len(keys), sum(json.loads(row.body)["body"]["change"] == change.id for row in records)


@pytest.fixture
def crowd(either_store: Store, tmp_path: Path) -> World:
    return crowded(either_store, tmp_path)


def test_of_twenty_decisions_at_once_no_more_count_than_were_needed_and_none_is_lost(crowd: World) -> None:
    change = crowd.scale("ana")
    said = at_once([lambda name=name: crowd.say(name, change) for name in CROWD])  # type: ignore[misc]
    assert set(said) <= {"done", "WrongState"}, said
    ended = crowd.desk.change(change.id)
    assert ended.state == "APPROVED"
    assert said["done"] == len(ended.decisions) == len({each.principal for each in ended.decisions}) == 5
    assert crowd.audit.verify().intact


def test_ten_executors_make_an_approved_change_once(crowd: World) -> None:
    change = crowd.scale("ana")
    for name in CROWD[:5]:
        change = crowd.say(name, change)
    executors = [crowd.another() for _ in range(EXECUTORS)]
    said = at_once([lambda each=each: each.run(change.id) for each in executors])  # type: ignore[misc]
    assert crowd.state(change) == "SUCCEEDED"
    assert crowd.board.written == [change.digest]
    assert claims_of(crowd.store, change) == (1, 1)
    assert not [came for came in said if came not in {"done", *EXPECTED}], said
    assert crowd.audit.verify().intact


def test_twenty_decisions_and_ten_executors_at_the_same_moment_make_one_execution(crowd: World) -> None:
    change = crowd.scale("ana")
    executors = [crowd.another() for _ in range(EXECUTORS)]
    over = threading.Event()

    def executes(each: Any) -> None:
        while not over.is_set():
            with suppress(WrongState, NotNow, Refused, NotSent):
                each.run(change.id)
            if crowd.state(change) not in ("PROPOSED", "APPROVED", "CLAIMED"):
                over.set()

    said = at_once(
        [
            *[lambda name=name: crowd.say(name, change) for name in CROWD],  # type: ignore[misc]
            *[lambda each=each: executes(each) for each in executors],  # type: ignore[misc]
        ]
    )
    assert crowd.state(change) == "SUCCEEDED"
    assert crowd.board.written == [change.digest]
    assert claims_of(crowd.store, change) == (1, 1)
    assert not [came for came in said if came not in {"done", *EXPECTED}], said
    assert crowd.audit.verify().intact


class Died(BaseException):
    """The process is gone."""


def test_an_executor_that_came_too_late_leaves_alone_what_another_one_is_making(world: World) -> None:
    change, first, late = world.approved(), world.another(), world.another()

    def dies(point: str) -> None:
        if point == "landed":
            raise Died

    def overtaken(point: str) -> None:
        if point == "dry run":
            world.board.reached = dies
            with suppress(Died):
                first.run(change.id)

    world.board.reached = overtaken
    assert late.run(change.id) == "CLAIMED"  # it saw the object moved: by the very change that it was to make
    world.clock.pass_by(minutes=4)
    world.executor.recover()
    world.executor.recover()
    assert world.state(change) == "SUCCEEDED"
    assert world.board.written == [change.digest]


def test_ten_processes_on_postgresql_make_an_approved_change_once(postgres_url: str, tmp_path: Path) -> None:
    store = open_store(postgres_url)
    world = crowded(store, tmp_path)
    change = world.scale("ana")
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, postgres_url, str(tmp_path), change.id, str(n)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        for n in range(EXECUTORS)
    ]
    for each in processes:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in processes:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [json.loads(each.communicate(timeout=120)[0].splitlines()[-1]) for each in processes]
    assert [each.returncode for each in processes] == [0] * EXECUTORS
    assert world.state(change) == "SUCCEEDED", said
    assert [each["written"] for each in said if each["written"]] == [[change.digest]]
    assert claims_of(store, change) == (1, 1)
    votes = Counter(came for each in said for came in each["votes"])
    assert votes["done"] == 5
    assert set(votes) <= {"done", "WrongState"}, votes
    assert world.audit.verify().intact
    store.close()


def process(url: str, folder: Path, id: str, number: int) -> None:
    """One of ten processes: two people decide, then it executes what may be executed."""
    world = crowded(open_store(url), folder)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    change, votes = world.desk.change(id), []
    for name in CROWD[2 * number : 2 * number + 2]:
        try:
            world.say(name, change)
            votes.append("done")
        except InterlockError as error:
            votes.append(type(error).__name__)
    while world.state(change) in ("PROPOSED", "APPROVED", "CLAIMED"):
        with suppress(WrongState, NotNow, Refused):
            world.executor.run(id)
    sys.stdout.write(json.dumps({"written": world.board.written, "votes": votes}) + "\n")


if __name__ == "__main__":
    process(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
