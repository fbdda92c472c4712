"""Where the programs of a control plane come from.

Order: INTERLOCK_KUBE_BIN, the cache folder, the packed copies of the shared folder (unpacked once, under a lock).
`NotHere` says by name what is missing; whether that skips or fails a test is the plugin's decision.
"""

from __future__ import annotations

import fcntl
import lzma
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VERSION = "1.20.2"
PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
CUSTOM_RESOURCES = "custom-resources"
"""The file that the build leaves beside a server that can hold them; one built from the plain source dies of the first."""


class NotHere(Exception):
    """A program that the control plane needs cannot be found. `must_be_here`: this machine should have it."""

    def __init__(self, why: str, *, must_be_here: bool) -> None:
        super().__init__(why)
        self.must_be_here = must_be_here


@dataclass(frozen=True)
class Programs:
    """Paths of everything that is started."""

    etcd: Path
    apiserver: Path
    controller_manager: Path
    scheduler: Path

    @property
    def hold_custom_resources(self) -> bool:
        """Whether a custom resource can be posted."""
        return (self.apiserver.parent / CUSTOM_RESOURCES).exists()


def find_programs(environ: Mapping[str, str], shared: Path) -> Programs:
    """Every program of the control plane, or `NotHere`."""
    ci = environ.get("CI") == "true"
    etcd = shutil.which("etcd")
    if shutil.which("kubectl") is None:
        raise NotHere("not run: no kubectl on PATH (Debian: kubernetes-client)", must_be_here=ci)
    if etcd is None:
        raise NotHere("not run: no etcd on PATH (Debian: etcd-server)", must_be_here=ci)
    folder = _folder(environ, shared)
    if folder is None:
        why = "not run: no kube-apiserver binaries; `make kube-apiserver` builds them"
        raise NotHere(why, must_be_here=ci and shared.is_dir())
    return Programs(Path(etcd), *(folder / name for name in PROGRAMS))


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where unpacked or built binaries are kept from one run to the next."""
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    return Path(base) / "interlock" / "kube" / VERSION


def _folder(environ: Mapping[str, str], shared: Path) -> Path | None:
    if "INTERLOCK_KUBE_BIN" in environ:
        named = Path(environ["INTERLOCK_KUBE_BIN"])
        return named if _complete(named) else None
    cache = cache_folder(environ)
    if not _complete(cache):
        _unpack(shared / "kube" / "bin", cache)
    return cache if _complete(cache) else None


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in PROGRAMS)


def _unpack(packed: Path, cache: Path) -> None:
    if not all((packed / f"{name}.xz").is_file() for name in PROGRAMS):
        return
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / ".lock"):
        for name in PROGRAMS:
            if not os.access(cache / name, os.X_OK):
                _unpack_one(packed / f"{name}.xz", cache / name)


def _unpack_one(packed: Path, target: Path) -> None:
    part = target.with_suffix(".part")
    with lzma.open(packed) as source, part.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    part.chmod(0o755)
    part.replace(target)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file lock at `path`; other processes wait."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
