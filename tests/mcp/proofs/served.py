"""The product's service on the demo recording with the suite's fixtures registered: `python served.py --port N`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import uvicorn

sys.path.append(str(Path(__file__).resolve().parents[1]))

from proofs.fixtures import register

import interlock
from interlock.agent.runtime import open_runtime
from interlock.core.identity import Principal
from interlock.core.settings import load_settings
from interlock.surfaces.http.app import create_app
from interlock.surfaces.http.server import configured
from interlock.surfaces.http.settings import ServeSettings

DEMO = Path(interlock.__file__).parent / "evals" / "replays" / "demo"


def main() -> None:
    """Serve until terminated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    asked = parser.parse_args()
    with open_runtime(
        load_settings(asked.config),
        principal=Principal("local:suite"),
        replay=DEMO,
        state_dir=Path(os.environ["INTERLOCK_STATE_DIR"]),
        cache_dir=Path(os.environ["INTERLOCK_CACHE_DIR"]),
        environment={},
    ) as runtime:
        settings = ServeSettings.model_validate({"port": asked.port})
        uvicorn.Server(configured(create_app(runtime, settings, register=register), settings)).run()


if __name__ == "__main__":
    main()
