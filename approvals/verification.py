"""Reads back until the effect of a change is there, or a deadline has passed. Nothing is changed by it."""

from __future__ import annotations

from datetime import timedelta

from interlock.approvals.action import Action
from interlock.approvals.sight import Sight
from interlock.approvals.steps import Wait
from interlock.approvals.words import ArgsT, Intent, Verdict, verdict
from interlock.core.errors import InterlockError, NotFound
from interlock.core.untrusted import Untrusted

_FIRST, _LONGEST = 0.25, 5.0


def verified(
    action: Action[ArgsT], args: ArgsT, sight: Sight, intent: Intent, *, within: timedelta, wait: Wait
) -> Verdict:
    """The verdict on an effect: verified, failed, or "not yet" when `wait` said to stop.

    What is not there when the time is over has failed. A cluster that does not answer, or
    lets nobody read, is asked again until then.
    """
    end, pause = sight.clock.now() + within, _FIRST
    while True:
        found = _once(action, args, sight, intent)
        if found.state != "not yet":
            return found
        if sight.clock.now() >= end:
            late = Untrusted(f"not after {within.total_seconds():.0f} s: ")
            return Verdict("failed", late + found.evidence)
        if wait(pause):
            return found
        pause = min(pause * 2, _LONGEST)


def _once(action: Action[ArgsT], args: ArgsT, sight: Sight, intent: Intent) -> Verdict:
    try:
        return action.effect(args, sight, intent)
    except NotFound as error:
        return verdict("failed", error.message)
    except InterlockError as error:
        return verdict("not yet", error.message)
