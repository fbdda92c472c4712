"""Puts the approvals together: the desk for those who ask, the office and the executor where decisions are taken.

The composition root of `interlock approvals`; the agent's runtime uses it too. Loads neither agent nor model.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.approvals.changes import Change
from interlock.approvals.desk import Desk
from interlock.approvals.ledger import Ledger
from interlock.approvals.live import LiveRules
from interlock.approvals.notify import Notifier
from interlock.approvals.settings import ApprovalsSettings
from interlock.core.audit import AuditLog
from interlock.core.clock import Clock
from interlock.core.clusters.reader import ClusterReads
from interlock.core.clusters.settings import ClustersSettings
from interlock.core.errors import InterlockError
from interlock.core.identity.people import People
from interlock.core.identity.settings import IdentitySettings
from interlock.core.redaction import Redactor
from interlock.core.settings import Settings
from interlock.core.store import Store

if TYPE_CHECKING:
    from interlock.approvals.executor import Executor
    from interlock.approvals.office import Office
    from interlock.approvals.reach import Reach, SurroundingsOf
    from interlock.approvals.worker import Worker

KEY = "approvals.key"


@dataclass(frozen=True)
class Approvals:
    """What a process holds of the approvals. `office`, `executor` and `worker` are None where it may only ask."""

    desk: Desk
    ledger: Ledger
    office: Office | None = None
    executor: Executor | None = None
    worker: Worker | None = None
    reach: Reach | None = None

    def execute(self, id: str) -> Change:
        """Carry out an approved change here and now, where no worker does.

        Raises:
            NotNow: when it stands and may not run at this moment.
            WrongState: when it is not approved.
        """
        if self.executor is None:
            raise InterlockError("this process may not execute", hint="`interlock approvals` does")
        self.executor.run(id)
        return self.desk.change(id)

    def close(self) -> None:
        """Stop the worker, close the connections."""
        if self.worker:
            self.worker.stop()
        if self.reach:
            self.reach.close()


def open_approvals(
    settings: Settings,
    *,
    store: Store,
    audit: AuditLog,
    clock: Clock,
    redactor: Redactor,
    surroundings: SurroundingsOf,
    environment: Mapping[str, str],
    state_dir: Path,
    recordings: Mapping[str, Callable[[], ClusterReads]] | None = None,
    deciding: bool,
    notifiers: Sequence[Notifier] = (),
) -> Approvals:
    """Open them.

    Args:
        settings: what was configured.
        store: where changes are kept.
        audit: the record.
        clock: the machine's time, on a replay too.
        redactor: cleans what people are shown.
        surroundings: what actions may know of who depends on what.
        environment: for credentials.
        state_dir: where the key lies when the settings name none.
        recordings: replays, by the name their cluster has.
        deciding: whether this process previews, decides and executes; False: it may only ask.
        notifiers: are told what became of changes.

    Raises:
        BadInput: when a key or a setting cannot be used.
    """
    section = settings.section(ApprovalsSettings)
    people = People(settings.section(IdentitySettings).people)
    rules = LiveRules(settings, store, audit, clock, people, solo=section.solo)
    ledger = Ledger(store, audit, clock)
    office: list[Office] = []

    def asked(id: str) -> Change:
        return office[0].propose(id) if office else desk.change(id)

    desk = Desk(ledger, rules, redactor, url=section.url, asked=asked)
    if not deciding:
        return Approvals(desk, ledger)
    # Not before this line: a process that may only ask does not even load what decides and writes.
    from interlock.approvals.decisions import Signer
    from interlock.approvals.executor import Credentials, Executor
    from interlock.approvals.office import Office
    from interlock.approvals.reach import Reach
    from interlock.approvals.worker import Worker
    from interlock.core.audit.keys import open_key

    signer = Signer(open_key(Path(section.key) if section.key else state_dir / KEY))
    reach = Reach(
        section,
        settings.section(ClustersSettings),
        environment,
        clock,
        surroundings,
        dict(recordings or {}),
    )
    stop, waking = threading.Event(), list[Worker]()

    def approved(id: str) -> None:
        for worker in waking:
            worker.poke(id)

    made = Office(ledger, desk, rules, reach, signer, redactor, approved=approved)
    office.append(made)
    executor = Executor(
        ledger,
        rules,
        reach,
        signer,
        lambda cluster: Credentials(reach.endpoint(cluster), reach.alertmanager()),
        redactor,
        verify_within=timedelta(seconds=section.verify_seconds),
        stop=stop,
    )
    worker = Worker(ledger, made, executor, every=section.poll_seconds, stop=stop, notifiers=notifiers)
    waking.append(worker)
    return Approvals(desk, ledger, made, executor, worker, reach)
