"""Fixtures every test may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from browser.plugin import browser  # noqa: E402, F401
from cluster.plugin import kube_cluster, kube_namespace, kube_programs  # noqa: E402, F401  fixtures; the path is set above
from database.plugin import (  # noqa: E402, F401
    either_store,
    postgres,
    postgres_made,
    postgres_url,
    sqlite_made,
    store_kind,
    store_url,
)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The optional data folder beside the checkout; tests that read it are named as not run without it."""
    path = Path(os.environ.get("INTERLOCK_SHARED", ROOT.parent / "shared"))
    if not (path / "data").is_dir():
        pytest.skip("not run: the shared data folder is absent")
    return path
