"""Repositories made with the real git."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Repo:
    """A work tree to commit in."""

    path: Path

    def git(self, *args: str, check: bool = True, day: int = 1) -> str:
        """Run git as somebody who works here, with no settings but the repository's own."""
        who = {"AUTHOR": "Ada Lovelace", "COMMITTER": "Ada Lovelace"}
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{role}_NAME": name for role, name in who.items()},
            **{f"GIT_{role}_EMAIL": "ada@example.org" for role in who},
            **{f"GIT_{role}_DATE": f"2026-03-{day:02}T10:00:00+02:00" for role in who},
        }
        done = subprocess.run(
            ["git", *args], cwd=self.path, env=env, capture_output=True, text=True, check=check
        )
        return done.stdout.strip()

    def commit(self, subject: str, day: int = 1, **files: str) -> str:
        """Write files (`a__b` is a/b, `_yaml` the suffix) and commit them; the commit's id."""
        for name, text in files.items():
            target = self.path / name.replace("__", "/").replace("_yaml", ".yaml")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject, day=day)
        return self.git("rev-parse", "HEAD")
