"""Opens one runtime that several principals ask, over clusters that a test names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.events import AnswerEvent, Event
from interlock.core.identity import Principal
from interlock.core.settings import Settings

ANA, BO = Principal("oidc:ana", groups=("sre",)), Principal("oidc:bo", groups=("dev",))


@pytest.fixture
def ana() -> Principal:
    """One person."""
    return ANA


@pytest.fixture
def bo() -> Principal:
    """Another."""
    return BO


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Runtime]]:
    """Opens a runtime on clusters by name, each given as its settings."""
    with ExitStack() as stack:

        def call(default: str = "", seconds: float = 10.0, **named: dict[str, Any]) -> Runtime:
            clusters = {name.replace("_", "-"): one for name, one in named.items()}
            section = {"named": clusters, "default": default, "timeout_seconds": seconds}
            return stack.enter_context(
                open_runtime(
                    Settings({"clusters": section}),
                    principal=ANA,
                    state_dir=tmp_path / "state",
                    cache_dir=tmp_path / "cache",
                    environment={},
                )
            )

        yield call


@pytest.fixture
def answered() -> Callable[[Iterator[Event]], dict[str, Any]]:
    """Follows events to the answer."""

    def follow(events: Iterator[Event]) -> dict[str, Any]:
        last = list(events)[-1]
        assert isinstance(last, AnswerEvent)
        return last.answer

    return follow
