"""Changes of several writes: a plan that is journalled before it starts, and one write a step, each safe to look at again.

Guarantee: a step is settled by reading before it is ever sent, so a run that died goes on from its journal and does
nothing twice; between two steps it can be stopped. What is planned is what was approved, never what is there later.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.errors import Stale
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.verbs import Mutator
from interlock.approvals.words import Applied, ArgsT, Intent, Preconditions, Settled, check_fresh
from interlock.core.errors import BadInput

StepState = Literal["started", "done"]
Wait = Callable[[float], bool]
"""Waits so many seconds at most; True when the run is to stop, as `threading.Event.wait` answers."""


@dataclass(frozen=True)
class Step:
    """One write of a plan. `key` names it in the journal; `uid` is of the object it is about."""

    key: str
    namespace: str
    name: str
    uid: str


class Journal(Protocol):
    """Remembers one run of one proposal, on disk before it returns."""

    def plan(self) -> Sequence[Step] | None:
        """What was planned; None before `begin`."""

    def begin(self, intent: Intent, steps: Sequence[Step]) -> None:
        """Keep the plan. Called once."""

    def state(self, key: str) -> StepState | None:
        """How far a step is."""

    def mark(self, key: str, state: StepState, note: str) -> None:
        """Keep how far a step is, and what was seen of it."""


@dataclass(frozen=True)
class Run:
    """What a run of steps is handed."""

    mutator: Mutator
    sight: Sight
    digest: Digest
    wait: Wait


class StepsAction(Action[ArgsT]):
    """An action of several writes. It is run, not applied; its `write` is the first one."""

    @abstractmethod
    def steps(self, args: ArgsT, seen: Seen) -> tuple[Step, ...]:
        """Every step, in order."""

    @abstractmethod
    def take(self, args: ArgsT, step: Step, run: Run) -> str:
        """Take one step, or find that it has been taken; what was seen, in a few words.

        Raises:
            NotSent, Answered: the step was not taken.
            OutcomeUnknown: it left; running again settles it by reading first.
            Stopped: `wait` said so.
        """

    @abstractmethod
    def still(self, args: ArgsT, sight: Sight, preconditions: Preconditions) -> bool:
        """Whether a run that began may go on: its object is the same one."""

    @override
    def apply(
        self,
        mutator: Mutator,
        args: ArgsT,
        sight: Sight,
        preconditions: Preconditions,
        digest: Digest,
        intend: Callable[[Intent], None],
        *,
        allow_owned: bool = False,
    ) -> Applied:
        """Not for several writes.

        Raises:
            BadInput: always; see `run`.
        """
        raise BadInput(f"{self.name} has several steps: it is run with a journal, not applied")

    @override
    def settle(self, args: ArgsT, sight: Sight, preconditions: Preconditions, digest: Digest) -> Settled:
        """Always unknown: a run that died is gone on with from its journal, which settles each step by reading."""
        return "unknown"

    def run(
        self,
        args: ArgsT,
        run: Run,
        preconditions: Preconditions,
        journal: Journal,
        *,
        allow_owned: bool = False,
    ) -> Iterator[Step]:
        """Take the steps that are not done, one each time it is asked for the next; closing it stops it between two.

        Raises:
            Stale: when what was previewed moved before the first step, or its object is another one later.
        """
        planned = journal.plan()
        if planned is None:
            seen, _ = self._looked(args, run.sight, allow_owned=allow_owned)
            check_fresh(self.target(args), preconditions, self.preconditions(seen))
            planned = self.steps(args, seen)
            journal.begin(self.intent(args, seen, run.digest), planned)
        elif not self.still(args, run.sight, preconditions):
            raise Stale(f"{self.target(args)} is another one now", moved=("uid",))
        for step in planned:
            if journal.state(step.key) != "done":
                journal.mark(step.key, "started", "")
                journal.mark(step.key, "done", self.take(args, step, run))
                yield step
