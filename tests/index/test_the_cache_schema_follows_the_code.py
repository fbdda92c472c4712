"""A change of what is cached must raise cache.SCHEMA, or old caches would answer for new code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from interlock.index import analysis, cache
from interlock.index.chunks import Corpus

Load = Callable[[dict[str, str | bytes]], Corpus]

SAMPLE: dict[str, str | bytes] = {
    "a.md": "---\ntitle: T\nalerts: [NodeDown]\n---\n# Nodes\n\nScheduling failures\n\nMore\n----\nexpired certificates\n",
    "b.tf": '# web\nresource "aws_instance" "web" {\n  nodeName = "x"\n}\nlocals {}\n',
    "c.yaml": "kind: Pod\nmetadata:\n  name: p\n---\na: 1\n",
    "Dockerfile": "FROM a\nRUN b\n",
    "e.sh": "kubectl get pods -n kube-system\n",
}


def test_the_schema_number_belongs_to_this_splitting_and_these_terms(load: Load) -> None:
    chunks = load(SAMPLE).chunks
    seen = [
        [c.path, c.start_line, c.end_line, c.title, c.trail, c.role, sorted(analysis.count(c).items())]
        for c in chunks
    ]
    digest = hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:12]
    assert (cache.SCHEMA, digest) == (1, "97855d6059e7")
