"""Fetches a configured git source and lays out its files at one commit.

Threat: a server or repository that answers with more than data: other protocols, submodules, hooks, filters, links,
paths that lead out. Mechanism: only the protocol of the configured URL is allowed, no configuration but ours is read,
objects are checked on arrival, nothing is checked out: files are written by us from the blobs git prints in the sandbox,
regular files with plain paths only. Guarantee: what is searched is exactly one commit, named in `Checkout.commit`.
The fetch itself is the one git command with a network; its credential travels in the environment, never on disk.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from interlock.core.errors import BadInput, InterlockError, NotServed, Unreachable
from interlock.core.process import run
from interlock.index.git.repository import ENVIRONMENT, MIRROR, QUIET, TREES, Repository

FETCH_SECONDS = 600.0
MOST_FILE_BYTES = 2_000_000
MOST_BYTES = 500_000_000
MOST_FILES = 100_000
_BATCH_BYTES = 32_000_000
_LIST_BYTES = 40_000_000
_KEPT_TREES = 2
_REF = "refs/interlock/source"
_PASSED = ("SSH_AUTH_SOCK", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY")
_SCP = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^/-].*")
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_FILES = (b"100644", b"100755")
# Faults of old commits that mean nothing, and that well-known repositories have.
_OLD_FAULTS = ("zeroPaddedFilemode", "missingSpaceBeforeDate", "badTimezone", "missingNameBeforeEmail")


@dataclass(frozen=True)
class Remote:
    """A repository to read. `ref` is a branch, tag or commit, '' for the default branch.

    `token_variable` names the environment variable that holds an access token for https.
    """

    url: str
    ref: str = ""
    token_variable: str = ""


@dataclass(frozen=True)
class Checkout:
    """Its files in `path`, as of `commit`. `notes` say what is not there, or that it could not be fetched anew."""

    path: Path
    commit: str
    url: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Blob:
    sha: bytes
    size: int
    path: str


def opened(source: Remote, cache_dir: Path, *, fetch: bool = True) -> Checkout:
    """The source's files at its newest commit; at the one known when it cannot be reached.

    Args:
        source: What to read.
        cache_dir: Where repositories and files are kept between runs.
        fetch: Whether to ask the server for news when something is known already.

    Raises:
        BadInput: the URL or the ref cannot be used.
        Unreachable, NotServed: it cannot be fetched, and nothing is known yet.
    """
    protocol = _protocol(source)
    place = cache_dir / "git" / hashlib.sha256(f"{source.url} {source.ref}".encode()).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)
    with _locked(place / "lock"):
        known = _commit(place)
        notes = _fetched(source, protocol, place, known) if fetch or not known else ()
        commit = _commit(place)
        if not commit:
            raise NotServed(f"{_shown(source.url)} has no commit at {source.ref or 'its default branch'}")
        tree = place / TREES / commit
        missing = _laid_out(Repository(place / MIRROR, place / MIRROR, tree, commit), place)
        return Checkout(tree, commit, _shown(source.url), (*notes, *missing))


def _protocol(source: Remote) -> str:
    if source.ref and (not _NAMED.fullmatch(source.ref) or ".." in source.ref):
        raise BadInput(f"{source.ref!r} is no branch, tag or commit")
    if _SCP.fullmatch(source.url):
        return "ssh"
    scheme = urlsplit(source.url).scheme
    if scheme not in ("https", "ssh", "file") or any(c.isspace() for c in source.url):
        raise BadInput(
            f"{_shown(source.url)!r} is no URL that git sources may have",
            hint="use https://, ssh:// or file://",
        )
    if urlsplit(source.url).password:
        raise BadInput(
            f"{_shown(source.url)} holds a password",
            hint="put a token in a variable and name it as token_variable",
        )
    return scheme


def _shown(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _commit(place: Path) -> str:
    mirror = place / MIRROR
    if not (mirror / "HEAD").is_file():
        return ""
    try:
        return (
            Repository(mirror, mirror, place, "")
            .read("rev-parse", "--verify", "--quiet", _REF)
            .decode()
            .strip()
        )
    except NotServed:
        return ""


def _fetched(source: Remote, protocol: str, place: Path, known: str) -> tuple[str, ...]:
    try:
        if not (place / MIRROR / "HEAD").is_file():
            _git(
                source,
                protocol,
                "init",
                "--quiet",
                "--bare",
                "--template=",
                "--shared=0644",
                str(place / MIRROR),
            )
        _git(
            *(source, protocol, f"--git-dir={place / MIRROR}", "fetch", "--quiet", "--force", "--no-tags"),
            *(
                "--no-recurse-submodules",
                "--no-auto-maintenance",
                "--no-write-fetch-head",
                "--end-of-options",
            ),
            *(source.url, f"+{source.ref or 'HEAD'}:{_REF}"),
        )
    except (Unreachable, NotServed) as error:
        if not known:
            raise
        return (f"{_shown(source.url)}: shown as of commit {known[:12]}, not fetched anew: {error.message}",)
    return ()


def _git(source: Remote, protocol: str, *args: str) -> None:
    faults = [part for name in _OLD_FAULTS for part in ("-c", f"fetch.fsck.{name}=warn")]
    settings = ["-c", "fetch.fsckObjects=true", "-c", "credential.helper=", "-c", "gc.auto=0", *faults]
    done = run(
        ["git", *QUIET, *settings, *args],
        environment={**ENVIRONMENT, **_passed(), **_login(source), "GIT_ALLOW_PROTOCOL": protocol},
        seconds=FETCH_SECONDS,
    )
    if done.code != 0:
        said = done.err.decode("utf-8", "replace").strip().splitlines()
        raise Unreachable(f"git cannot fetch {_shown(source.url)}: {said[-1] if said else 'it failed'}")


def _passed() -> dict[str, str]:
    certificates = {"GIT_SSL_CAINFO": os.environ["SSL_CERT_FILE"]} if "SSL_CERT_FILE" in os.environ else {}
    return {
        **{name: os.environ[name] for name in _PASSED if name in os.environ},
        **certificates,
        # A constant; git hands it to a shell.
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=15",
    }


def _login(source: Remote) -> dict[str, str]:
    """The token as configuration in the environment, for the URL's own server and no other."""
    if not source.token_variable:
        return {}
    token = os.environ.get(source.token_variable, "")
    parts = urlsplit(source.url)
    if not token or parts.scheme != "https":
        raise BadInput(
            f"{_shown(source.url)}: the variable {source.token_variable} holds no token for an https URL",
            hint="set the variable, or leave token_variable out",
        )
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.https://{parts.netloc.rpartition('@')[2]}/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
    }


def _laid_out(repository: Repository, place: Path) -> tuple[str, ...]:
    """Write the commit's files, all or none; what is left out, as notes."""
    blobs, notes = _listed(repository)
    if not repository.root.is_dir():
        with tempfile.TemporaryDirectory(prefix="tree-", dir=place) as part:
            for batch in _batches(blobs):
                _write(repository, batch, Path(part) / "files")
            (Path(part) / "files").mkdir(exist_ok=True)
            repository.root.parent.mkdir(exist_ok=True)
            (Path(part) / "files").rename(repository.root)
    os.utime(repository.root)
    _forget_old(repository.root.parent)
    return notes


def _listed(repository: Repository) -> tuple[list[_Blob], tuple[str, ...]]:
    out = repository.read(
        "ls-tree", "-r", "-z", "--long", "--full-tree", repository.commit, limit=_LIST_BYTES
    )
    blobs: list[_Blob] = []
    left: list[str] = []
    total = 0
    for entry in out.split(b"\0")[:-1]:
        head, _, name = entry.partition(b"\t")
        mode, _, sha, size = head.split()
        path = name.decode("utf-8", "replace")
        length = int(size) if size.isdigit() else 0
        why = _left_out(mode, path, length, total, len(blobs))
        if why:
            left.append(f"{path}: not read: {why}")
        else:
            total += length
            blobs.append(_Blob(sha, length, path))
    return blobs, tuple(left)


def _left_out(mode: bytes, path: str, size: int, total: int, count: int) -> str:
    parts = PurePosixPath(path).parts
    if mode not in _FILES:
        return "a submodule" if mode == b"160000" else "a link"
    if (
        path.startswith("/")
        or not parts
        or any(part in (".", "..") or part.lower() == ".git" for part in parts)
    ):
        return "its path leads out of the repository"
    if size > MOST_FILE_BYTES:
        return f"larger than {MOST_FILE_BYTES} bytes"
    return "the repository is too large" if total + size > MOST_BYTES or count >= MOST_FILES else ""


def _batches(blobs: Sequence[_Blob]) -> Iterator[list[_Blob]]:
    batch: list[_Blob] = []
    size = 0
    for blob in blobs:
        if batch and size + blob.size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(blob)
        size += blob.size
    if batch:
        yield batch


def _write(repository: Repository, blobs: Sequence[_Blob], into: Path) -> None:
    asked = b"".join(blob.sha + b"\n" for blob in blobs)
    out = repository.read("cat-file", "--batch", given=asked, seconds=120, limit=2 * _BATCH_BYTES)
    at = 0
    for blob in blobs:
        head, at = out[at : out.index(b"\n", at)], out.index(b"\n", at) + 1
        if head != b"%s blob %d" % (blob.sha, blob.size):
            raise InterlockError(
                f"{blob.path}: git printed {head.decode('ascii', 'replace')!r} instead of the file"
            )
        target = into / blob.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(out[at : at + blob.size])
        at += blob.size + 1


def _forget_old(trees: Path) -> None:
    known = sorted((path for path in trees.iterdir()), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in known[_KEPT_TREES:]:
        shutil.rmtree(old, ignore_errors=True)
