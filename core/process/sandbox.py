"""What a program that reads other people's input may see and use, by bubblewrap.

Threat: input (a repository, a chart, a kustomization) that makes its reader run code, read this machine's files, call
out, or fill it up. Mechanism: namespaces of its own, no network, read-only programs and input and nothing else, a small
empty /tmp that is also HOME, no capability, no further namespaces, limits on memory, files, processes and processor.
Root gives itself up first: the program runs as a user of its own that owns nothing, since no limit and no /proc binds
root; what only root may read cannot be input.
Guarantee: results leave through standard output only, and nothing it started outlives it. Leaves to others: a kernel
without flaws; seccomp.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from interlock.core.errors import Forbidden, InterlockError, NotFound

RULE = "sandbox"
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC"}  # noqa: S108 - its own
_ROOTS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
_NEEDED = ("/etc/alternatives", "/etc/ld.so.cache")
_UNUSED = (0x60000000, 0x6FFFFFFF)
_NOBODY = 65534
_APART = (
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--new-session",
)
# Read-only /proc comes last: bubblewrap itself has to write there, and so could root without any capability.
_POWERLESS = ("--unshare-user", "--disable-userns", "--cap-drop", "ALL")
_PLACES = ("/usr/", "/bin/", "/sbin/")


@dataclass(frozen=True)
class Sandbox:
    """What may be seen and used.

    `read_only` are files and folders, seen where they are. `covered` replaces single files in them by other content,
    and files and folders that are `hidden` are empty.
    `memory` is per process, `bytes` what /tmp and each file may hold.
    """

    read_only: tuple[Path, ...] = ()
    covered: Mapping[Path, bytes] = field(default_factory=dict)
    hidden: tuple[Path, ...] = ()
    memory: int = 2_000_000_000
    bytes: int = 100_000_000
    processes: int = 64
    files: int = 256


@dataclass(frozen=True)
class Programs:
    """Where the programs lie that make a sandbox; '' for one that is missing."""

    bwrap: str
    prlimit: str
    setpriv: str


@dataclass(frozen=True)
class Wrapped:
    """The argument list that runs a program in its sandbox, and the descriptors it must inherit."""

    argv: list[str]
    descriptors: tuple[int, ...]


def programs(path: str) -> Programs:
    """What is found along `path`."""
    bwrap, prlimit, setpriv = (
        shutil.which(name, path=path) or "" for name in ("bwrap", "prlimit", "setpriv")
    )
    return Programs(bwrap, prlimit, setpriv)


@contextmanager
def wrapped(
    tools: Programs, argv: Sequence[str], sandbox: Sandbox, cwd: Path | None, seconds: float
) -> Iterator[Wrapped]:
    """`argv`, wrapped; what covers files lives as long as the context.

    Raises:
        NotFound, Forbidden: when a path to be read does not exist, or may be read by root only.
        InterlockError: when the program does not exist.
    """
    program = _program(argv[0])
    elsewhere = [] if str(program).startswith(_PLACES) else [program]
    place = str(cwd or "/tmp")  # noqa: S108 - its own
    inner = [tools.prlimit, *_limits(sandbox, seconds), "--", str(program), *argv[1:]]
    with ExitStack() as stack:
        covers, descriptors = _covers(sandbox, stack)
        reads = [*_reads([*sandbox.read_only, *elsewhere]), *covers, *_hides(sandbox)]
        seen = [*_view(sandbox), *reads, "--remount-ro", "/"]
        entered = _from_root if os.geteuid() == 0 else _from_user
        yield Wrapped(entered(tools, seen, place, inner), descriptors)


def _from_user(tools: Programs, seen: list[str], place: str, inner: list[str]) -> list[str]:
    return [
        *(tools.bwrap, *_APART, *_POWERLESS, *seen, "--remount-ro", "/proc"),
        *("--chdir", place, "--", *inner),
    ]


def _from_root(tools: Programs, seen: list[str], place: str, inner: list[str]) -> list[str]:
    """Root sets up what is seen, becomes nobody, and as nobody gives up the rest as any user does."""
    nobody = str(_nobody())
    return [
        *(tools.bwrap, *_APART, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"),
        *(*seen, "--", tools.setpriv, "--reuid", nobody, "--regid", nobody, "--clear-groups", "--"),
        *(tools.bwrap, *_POWERLESS, "--die-with-parent", "--dev-bind", "/", "/", "--remount-ro", "/proc"),
        *("--chdir", place, "--", *inner),
    ]


def _nobody() -> int:
    """A user id that nobody has: one of its own a sandbox, so that they do not share its limits."""
    mapped = [line.split() for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()]
    if any(int(start) == 0 and int(count) > _UNUSED[1] for start, _, count in mapped):
        return secrets.choice(range(*_UNUSED))
    return _NOBODY


def _view(sandbox: Sandbox) -> list[str]:
    roots = [part for root in _ROOTS for part in _root(Path(root))]
    needed = [part for name in _NEEDED for part in ("--ro-bind-try", name, name)]
    return [
        *("--hostname", "sandbox", "--ro-bind", "/usr", "/usr", *roots),
        *("--perms", "0755", "--dir", "/etc", *needed),
        *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"),
        *("--perms", "1777", "--size", str(sandbox.bytes), "--tmpfs", "/tmp"),  # noqa: S108 - its own
    ]


def _root(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)] if path.exists() else []


def _reads(paths: Sequence[Path]) -> list[str]:
    for path in paths:
        if not path.is_absolute() or not path.exists():
            raise NotFound(f"{path} is not there to be read in a sandbox")
        if os.geteuid() == 0 and not _open_to_all(path):
            raise Forbidden(
                f"{path} may be read by its owner only, and a sandbox that root starts is nobody's",
                hint="let others read it (chmod o+rX), or run as its owner instead of root",
            )
    # Parents first: a later mount hides what lies under it.
    ordered = sorted(dict.fromkeys(paths), key=lambda path: len(path.parts))
    above = {parent for path in ordered for parent in path.parents if not _within(parent, ordered)}
    made = sorted(map(str, above - {Path("/"), Path("/tmp")}))  # noqa: S108 - its own
    # Left to itself, bubblewrap makes the folders above a bound one passable for their owner only.
    return [
        *(part for name in made for part in ("--perms", "0755", "--dir", name)),
        *(part for path in ordered for part in ("--ro-bind", str(path), str(path))),
    ]


def _open_to_all(path: Path) -> bool:
    mode = path.stat().st_mode
    return bool(mode & stat.S_IROTH) and (not stat.S_ISDIR(mode) or bool(mode & stat.S_IXOTH))


def _within(path: Path, folders: Sequence[Path]) -> bool:
    return str(path).startswith("/usr") or any(path == one or one in path.parents for one in folders)


def _covers(sandbox: Sandbox, stack: ExitStack) -> tuple[list[str], tuple[int, ...]]:
    argv: list[str] = []
    descriptors: list[int] = []
    for path, content in sandbox.covered.items():
        # Unbuffered, so that what is written is there when the descriptor is inherited.
        file = stack.enter_context(os.fdopen(os.memfd_create(path.name), "wb", buffering=0))
        file.write(content)
        file.seek(0)
        descriptors.append(file.fileno())
        argv += ["--perms", "0444", "--ro-bind-data", str(file.fileno()), str(path)]
    return argv, tuple(descriptors)


def _hides(sandbox: Sandbox) -> Iterator[str]:
    for path in sandbox.hidden:
        empty = ("--tmpfs", str(path), "--remount-ro") if path.is_dir() else ("--ro-bind", "/dev/null")
        yield from (*empty, str(path))


def _limits(sandbox: Sandbox, seconds: float) -> list[str]:
    return [
        f"--as={sandbox.memory}",
        f"--fsize={sandbox.bytes}",
        f"--nproc={sandbox.processes}",
        f"--nofile={sandbox.files}",
        f"--cpu={math.ceil(seconds) + 1}",
        "--core=0",
    ]


def _program(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        raise InterlockError(f"cannot start {name}: no such program")
    # A program called by several names looks at its own; one from elsewhere is bound as the file it is.
    return Path(found) if found.startswith(_PLACES) else Path(found).resolve()
