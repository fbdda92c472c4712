"""The only starter of programs: argument lists, an environment of our own, limits, and a sandbox for input not ours."""

from interlock.core.process.launch import DEFAULT_BYTES, DEFAULT_SECONDS, Finished
from interlock.core.process.run import REMEDY, run, sandbox_problem
from interlock.core.process.sandbox import Sandbox
from interlock.core.process.talk import Talk, talk

__all__ = [
    "DEFAULT_BYTES",
    "DEFAULT_SECONDS",
    "REMEDY",
    "Finished",
    "Sandbox",
    "Talk",
    "run",
    "sandbox_problem",
    "talk",
]
