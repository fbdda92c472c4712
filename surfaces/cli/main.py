"""The `interlock` command. Finds commands by entry points, shows errors without a traceback, sets the exit code.

Exit codes: 0 done, 1 error, 2 bad usage, 3 refused by policy, 4 backend unreachable, 5 needs a decision, 130 Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points

import click

from interlock import __version__
from interlock.core.errors import InterlockError, nearest

GROUP = "interlock.commands"
INTERRUPTED = 130


class Commands(click.Group):
    """A group whose commands are entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, sorted."""
        return sorted(_found())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        entry = _found().get(cmd_name)
        if entry is None:
            return None
        command = entry.load()
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest names when there is no such command."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = nearest(args[0], _found()) if args else []
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {' or '.join(near)}?", ctx) from None


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n"
    "  interlock ask --replay demo 'why does checkout fail?'\n"
    "  interlock triage alert.json --replay DIR --json\n"
    "  interlock doctor",
)
@click.version_option(__version__, "-V", "--version", prog_name="interlock")
def cli() -> None:
    """It can look at everything and move nothing without a signature.

    Ask why something is broken, triage an alert, search runbooks and infrastructure code. A change is asked for with
    `request`, and made only when people who signed in have approved exactly what it would do.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    try:
        done = cli.main(arguments, prog_name="interlock", standalone_mode=False)
    except InterlockError as error:
        return _complain(error.message, error.hint, error.exit_code)
    except click.ClickException as error:
        error.show()
        return 2 if isinstance(error, click.UsageError) else 1
    except (click.Abort, KeyboardInterrupt):
        return _complain("interrupted", None, INTERRUPTED)
    except BrokenPipeError:
        # The reader (`| head`) went away; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return done if isinstance(done, int) else 0


def _complain(message: str, hint: str | None, code: int) -> int:
    click.echo(f"error: {message}", err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)
    return code


def _found() -> dict[str, EntryPoint]:
    # Our own distribution first: scanning every installed one costs more than the rest of --help.
    try:
        own = distribution("interlock").entry_points.select(group=GROUP)
    except PackageNotFoundError:
        own = entry_points(group=GROUP)
    return {entry.name: entry for entry in own}
