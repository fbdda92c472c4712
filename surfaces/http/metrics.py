"""What the service tells Prometheus: counts and times, no names of people or of what they asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Counts:
    """The service's own figures, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._questions = Counter(
            "interlock_questions",
            "Questions by kind and outcome",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "interlock_question_seconds",
            "Time to an answer",
            ["kind"],
            buckets=(0.5, 1, 2, 5, 10, 30, 60, 120),
            registry=self.registry,
        )
        self._running = Gauge(
            "interlock_questions_running", "Questions being answered", registry=self.registry
        )
        self._jobs = Counter(
            "interlock_jobs",
            "Background jobs by name and outcome",
            ["job", "outcome"],
            registry=self.registry,
        )
        self._intact = Gauge(
            "interlock_record_intact",
            "1 while the record held when it was last verified, else 0",
            registry=self.registry,
        )

    @contextmanager
    def question(self, kind: str) -> Iterator[None]:
        """Count one question and its time."""
        started, outcome = time.monotonic(), "failed"
        self._running.inc()
        try:
            yield
            outcome = "answered"
        finally:
            self._running.dec()
            self._questions.labels(kind, outcome).inc()
            self._seconds.labels(kind).observe(time.monotonic() - started)

    def job(self, name: str, outcome: str) -> None:
        """Count one run of a job."""
        self._jobs.labels(name, outcome).inc()

    def intact(self, holds: bool) -> None:
        """Say whether the record holds."""
        self._intact.set(holds)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)
