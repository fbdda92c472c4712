"""What each principal may spend in a day: questions, and tokens of language models. Counted in our own database.

Threat: one person or a loop spends what was meant for all, through several surfaces or processes. Mechanism: one row a
principal and day, raised by one conditional update; tokens are set aside before a call and settled after it.
Guarantee: no more questions than allowed, whoever counts at once; of tokens at most what the calls under way answer. What
cannot be counted is not sent to a model. Days are UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection, text, update

from interlock.core.clock import Clock
from interlock.core.errors import Refused, StoreFailed
from interlock.core.identity import Principal
from interlock.core.policy.bundle import Budget
from interlock.core.store import Store
from interlock.core.store.tables import spending

Settle = Callable[[int], None]


@dataclass(frozen=True)
class Allowance:
    """A day's limit and the group whose budget sets it."""

    most: int
    group: str


class Budgets(Protocol):
    """Who may still spend."""

    def take_question(self, principal: Principal) -> None:
        """Count a question.

        Raises:
            Refused: when the day's are used up; it says which budget, and when it begins anew.
        """

    def tokens(self, principal: Principal, expected: int) -> AbstractContextManager[Settle]:
        """Set tokens aside for a model call; the block tells how many it took, none when it fails.

        Raises:
            Refused: when there is no room for them, or nobody can count.
        """


class NoBudgets:
    """Nothing is limited."""

    def take_question(self, principal: Principal) -> None:
        """Let it pass."""

    @contextmanager
    def tokens(self, principal: Principal, expected: int) -> Iterator[Settle]:
        """Let it pass."""
        yield lambda _: None


class DailyBudgets:
    """The budgets of a bundle. Somebody of several groups has the smallest of theirs."""

    def __init__(
        self,
        budgets: tuple[Budget, ...],
        groups: Callable[[Principal], frozenset[str]],
        store: Store,
        clock: Clock,
    ) -> None:
        self._budgets = budgets
        self._groups = groups
        self._store = store
        self._clock = clock

    def take_question(self, principal: Principal) -> None:
        """Count a question; one that cannot be counted passes, since reads go on without our database."""
        allowed = self._allowance(principal, "questions_per_day")
        if allowed is None:
            return
        try:
            taken = self._raised(principal, "questions", 1, allowed.most)
        except StoreFailed:
            return
        if not taken:
            raise self._spent(principal, f"{allowed.most} questions", allowed, "questions_per_day")

    @contextmanager
    def tokens(self, principal: Principal, expected: int) -> Iterator[Settle]:
        """Set tokens aside."""
        allowed = self._allowance(principal, "model_tokens_per_day")
        if allowed is None:
            yield lambda _: None
            return
        day = self._day()
        try:
            # At least one: a budget that is used up to the last token leaves no call.
            taken = self._raised(principal, "model_tokens", max(expected, 1), allowed.most)
        except StoreFailed:
            raise Refused(
                f"the model tokens of {principal.id} cannot be counted: our own database failed",
                rule=f"budget {allowed.group}.model_tokens_per_day",
            ) from None
        if not taken:
            raise self._spent(principal, f"{allowed.most} model tokens", allowed, "model_tokens_per_day")
        used: list[int] = []
        try:
            yield used.append
        finally:
            self._settled(principal, day, sum(used) - max(expected, 1))

    def _allowance(self, principal: Principal, field: str) -> Allowance | None:
        limits = [(getattr(budget, field), budget.group) for budget in self._budgets]
        groups = self._groups(principal) if any(most is not None for most, _ in limits) else frozenset()
        theirs = [Allowance(most, group) for most, group in limits if most is not None and group in groups]
        return min(theirs, key=lambda one: one.most, default=None)

    def _raised(self, principal: Principal, field: str, by: int, most: int) -> bool:
        column = spending.c[field]
        with self._store.write() as connection:
            _begin(connection, principal.id, self._day())
            raised = connection.execute(
                update(spending)
                .where(spending.c.principal == principal.id, spending.c.day == self._day())
                .where(column + by <= most)
                .values({field: column + by})
            )
        return raised.rowcount == 1

    def _settled(self, principal: Principal, day: str, more: int) -> None:
        try:
            with self._store.write() as connection:
                connection.execute(
                    update(spending)
                    .where(spending.c.principal == principal.id, spending.c.day == day)
                    .values(model_tokens=spending.c.model_tokens + more)
                )
        except StoreFailed:
            return  # what was set aside stays counted

    def _day(self) -> str:
        return self._clock.now().date().isoformat()

    def _spent(self, principal: Principal, what: str, allowed: Allowance, field: str) -> Refused:
        anew = f"{self._clock.now().date() + timedelta(days=1)} 00:00 UTC"
        return Refused(
            f"{principal.id} has used the {what} a day of group {allowed.group}; they begin anew {anew}",
            rule=f"budget {allowed.group}.{field}",
        )


def _begin(connection: Connection, principal: str, day: str) -> None:
    connection.execute(
        text(
            "INSERT INTO spending (principal, day, questions, model_tokens) VALUES (:principal, :day, 0, 0) "
            "ON CONFLICT (principal, day) DO NOTHING"
        ),
        {"principal": principal, "day": day},
    )
