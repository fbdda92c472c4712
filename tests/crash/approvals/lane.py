"""Deaths by the dozen: which change is asked for at which point, and as many deaths there as were wanted."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cluster.harness import KubeCluster
from crash.approvals.counting import counting
from crash.approvals.cutting import cutting
from crash.approvals.databases import fresh
from crash.approvals.scene import Asked, Scene
from crash.approvals.spots import ANYWHERE, HALTED, LATE, POINTS, RECOVERING, UNHEARD, spot_of
from crash.approvals.trials import Bench, Told, Victim
from database.postgres import Postgres

BY_VICTIM: dict[Victim, Sequence[str]] = {
    "executor": (*POINTS, ANYWHERE, RECOVERING, HALTED, LATE),
    "postgres": (*POINTS, UNHEARD),
}
TRIES = 4
"""For each death at a random spot: some lie behind the end of what is done."""


@contextmanager
def bench(cluster: KubeCluster, server: Postgres | None) -> Iterator[Bench]:
    """A store, SQLite or a new database of `server`, before a scene of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="interlock-crash-")))
        wire = stack.enter_context(counting(cluster.ports["api"], str(cluster.ca_file)))
        scene = Scene(cluster, cluster.add_namespace("crash"), folder)
        scene.build(wire.url)
        stack.callback(scene.clear)
        cut = stack.enter_context(cutting(server.port)) if server else None
        url = fresh(server) if server else f"sqlite:///{folder / 'own.db'}"
        made = Bench(scene, wire, url, server, cut)
        stack.callback(made.close)
        yield made


def deaths(held: Bench, point: str, victim: Victim, many: int, rng: random.Random) -> Iterator[Told]:
    """Trials at one point until something died in `many` of them."""
    died = 0
    for number in range(many * TRIES):
        told = _one(held, point, victim, number, rng)
        died += told.died
        yield told
        if died == many:
            return


def _one(held: Bench, point: str, victim: Victim, number: int, rng: random.Random) -> Told:
    # Now and then both die at once.
    dying: Victim = "both" if victim == "postgres" and point != UNHEARD and number % 4 == 3 else victim
    if point in (RECOVERING, HALTED):
        first = rng.choice([*POINTS, "in mid-drain"])
        asked, spot = _change(held, first, number, rng), spot_of(first, rng.randrange(100), rng)
        again = spot_of(RECOVERING, 0, rng) if point == RECOVERING else None
        return held.trial(asked, spot, dying, again, halt=point == HALTED)
    spot = spot_of(point, number, rng)
    asked = held.scene.drain() if "step" in spot.what else _change(held, point, number, rng)
    return held.late(asked, spot) if point == LATE else held.trial(asked, spot, dying)


def _change(held: Bench, point: str, number: int, rng: random.Random) -> Asked:
    scene = held.scene
    if point == "in mid-drain":
        return scene.drain()
    makers: list[Callable[[], Asked]] = [scene.label, scene.scale, scene.run_cronjob, scene.delete_pod]
    if point == ANYWHERE:
        return rng.choice([*makers, scene.drain])()
    # By halves: a point of two spots meets every change at both of them.
    return makers[(number // 2 + number) % len(makers)]()
