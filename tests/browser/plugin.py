"""The fixture `browser`: one Chromium for a test process; without one tests are named as not run, or fail where it must be."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.chromium import Browser, NotHere, running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running browser."""
    with tempfile.TemporaryDirectory(prefix="interlock-browser-", ignore_cleanup_errors=True) as folder:
        try:
            with running(Path(folder)) as started:
                yield started
        except NotHere as missing:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(missing))
