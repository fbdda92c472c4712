"""Pages on disk, and programs whose help is written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from interlock.surfaces.cli.commands.runbooks import runbooks
from interlock.tools.knowledge.care.model import Folders
from interlock.tools.knowledge.care.pages import read_folders

FRONT = "---\ntitle: A page\nowner: ana\nlast_reviewed: 2026-03-01\nalerts: [DiskFull]\n---\n# A page\n"
HELP = {
    "tool --version": "tool 1.2",
    "kubectl version --client": "v1",
    "kubectl --help": "Basic Commands (Beginner):\n  get             Show\n  rollout         Roll\n  apply           Apply\n\n"
    "Subcommands provided by plugins:\n  evil            The command evil is a plugin\n\n",
    "kubectl options": "    -n, --namespace='':\n\tspace\n",
    "kubectl get --help": "Options:\n    -A, --all-namespaces=false:\n\tall\n    -o, --output='':\n\tform\n",
    "kubectl rollout --help": "Available Commands:\n  undo          Undo\n  status        Status\n\n",
    "kubectl rollout undo --help": "Aliases:\nundo, back\n\nOptions:\n    --to-revision=0:\n\tnumber\n",
    "kubectl rollout status --help": "Options:\n    --watch=true:\n\twait\n",
    "kubectl apply --help": "Options:\n    -f, --filename=[]:\n\tfile\n",
}


@dataclass
class Programs:
    """Answers as programs would, and remembers what it was asked."""

    asked: list[str]

    def __call__(self, argv: Sequence[str]) -> str:
        self.asked.append(" ".join(argv))
        return HELP.get(" ".join(argv), "")


@pytest.fixture
def programs() -> Programs:
    """Programs that were not asked anything yet."""
    return Programs([])


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Folders]:
    """Writes files and reads their folder; keyword `a_md` becomes `a.md`."""

    def write(**files: str) -> Folders:
        root = tmp_path / "pages"
        root.mkdir(exist_ok=True)
        for name, text in files.items():
            stem, _, ending = name.rpartition("_")
            (root / f"{stem}.{ending}").write_text(text)
        return read_folders([root], lambda text: text)

    return write


@dataclass(frozen=True)
class Said:
    """What a command printed on standard output, and its exit code."""

    code: int
    out: str

    @property
    def data(self) -> dict[str, object]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """`interlock runbooks ARGS` with a state of its own."""
    for name in ("INTERLOCK_MODEL", "INTERLOCK_CONFIG", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INTERLOCK_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("INTERLOCK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Said:
        done = CliRunner().invoke(runbooks, arguments, standalone_mode=False)
        if done.exception:
            raise done.exception
        return Said(done.return_value if isinstance(done.return_value, int) else 0, done.stdout)

    return run


@pytest.fixture(scope="session")
def front() -> str:
    """Front matter that lint has nothing against."""
    return FRONT


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the help of the real programs is kept, so that each is asked once."""
    return tmp_path_factory.mktemp("help")
