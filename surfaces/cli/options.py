"""Options that several commands share, and the opening of the runtime from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

import interlock
from interlock.core.errors import BadInput

if TYPE_CHECKING:
    from interlock.agent.runtime import Runtime

P = ParamSpec("P")
R = TypeVar("R")


def config_option(command: Callable[P, R]) -> Callable[P, R]:
    """`--config FILE`."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Settings file (default: interlock.yaml).",
    )(command)


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON as documented in docs/json.md.")(
        command
    )


@dataclass(frozen=True)
class Source:
    """Where a command looks, as it was told to."""

    config: Path | None
    replay: str | None
    cluster_url: str | None
    knowledge: tuple[Path, ...]

    def opened(self) -> AbstractContextManager[Runtime]:
        """The runtime that looks there."""
        return opened(
            config=self.config, replay=self.replay, cluster_url=self.cluster_url, knowledge=self.knowledge
        )


def source_options(command: Callable[..., R]) -> Callable[..., R]:
    """`--replay`, `--cluster-url`, `--knowledge` and `--config`, handed on as `source`."""

    @wraps(command)
    def told(
        *args: object,
        config: Path | None,
        replay: str | None,
        cluster_url: str | None,
        knowledge: tuple[Path, ...],
        **others: object,
    ) -> R:
        return command(*args, source=Source(config, replay, cluster_url, knowledge), **others)

    asked: Callable[..., R] = click.option(
        "--replay",
        metavar="DIR",
        help="Take everything, the time included, from a replay; `demo` is the shipped one.",
    )(told)
    asked = click.option(
        "--cluster-url", metavar="URL", help="A cluster's API without credentials, as kubectl proxy."
    )(asked)
    asked = click.option(
        "--knowledge",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="A folder of runbooks or infrastructure code to search as well (repeatable).",
    )(asked)
    return config_option(asked)


def cluster_option(command: Callable[P, R]) -> Callable[P, R]:
    """`--cluster`."""
    return click.option(
        "--cluster",
        default="",
        metavar="NAME",
        help="Which configured cluster is meant (default: the one the words name, or clusters.default).",
    )(command)


def token_option(command: Callable[P, R]) -> Callable[P, R]:
    """`--token-file`."""
    return click.option(
        "--token-file",
        metavar="FILE",
        help="An OIDC ID token of a login just now; `-` reads it from standard input.",
    )(command)


def decision_options(command: Callable[P, R]) -> Callable[P, R]:
    """`--token-file`, `--digest` and `--reason`."""
    named = click.option(
        "--digest", metavar="HEX", help="Which proposal you mean: 12 or more characters of its digest."
    )(command)
    told = click.option("--reason", default="", help="Why; it goes on record.")(named)
    return token_option(told)


@contextmanager
def opened(
    *,
    config: Path | None = None,
    replay: str | None = None,
    cluster_url: str | None = None,
    knowledge: tuple[Path, ...] = (),
) -> Iterator[Runtime]:
    """The runtime that these options describe."""
    from interlock.agent.runtime import open_runtime
    from interlock.core.identity import local_principal
    from interlock.core.settings import load_settings
    from interlock.core.settings.load import cache_dir, state_dir

    for folder in knowledge:
        if not folder.is_dir():
            raise BadInput(f"--knowledge {folder} is not a folder")
    with open_runtime(
        load_settings(config),
        principal=local_principal(),
        replay=replay_folder(replay) if replay else None,
        cluster_url=cluster_url,
        knowledge=knowledge,
        state_dir=state_dir(os.environ),
        cache_dir=cache_dir(os.environ),
        environment=os.environ,
    ) as runtime:
        yield runtime


def replay_folder(named: str) -> Path:
    """The folder of a replay; a plain name that is no folder is looked for among the shipped ones.

    Raises:
        BadInput: when there is none, naming the shipped ones.
    """
    folder = Path(named)
    if folder.is_dir():
        return folder
    shipped = Path(interlock.__file__).parent / "evals" / "replays"
    if "/" not in named and (shipped / named).is_dir():
        return shipped / named
    known = sorted(p.name for p in shipped.iterdir() if p.is_dir()) if shipped.is_dir() else []
    raise BadInput(
        f"there is no replay folder {named}", hint=f"shipped replays: {', '.join(known) or 'none'}"
    )
