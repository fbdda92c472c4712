"""Keeps of a server's OpenAPI definitions what `kubectl explain` needs for the recorded kinds."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

from pydantic import JsonValue

from interlock.core.clusters.transport import Transport
from interlock.core.errors import InterlockError
from interlock.core.redaction import Redactor
from interlock.core.replay.openapi import ACCEPT, FILE, recorded_definitions
from interlock.core.replay.record_folder import Folder
from interlock.core.replay.record_kinds import ListedKind, Note

RESOURCE = "openapi"


def keep_definitions(
    transport: Transport, folder: Folder, kinds: Sequence[ListedKind], redactor: Redactor, note: Note
) -> JsonValue:
    """Write them beside the account; what was kept, or None. What could not be had goes to `note`."""
    told = [(kind.group, kind.version, kind.entry.text("kind")) for kind in kinds]
    try:
        document = transport.get("/openapi/v2", accept=ACCEPT).body
        found = recorded_definitions(document, told, redactor.clean_text)
    except InterlockError as error:
        note(RESOURCE, "", error.message)
        return None
    except (ValueError, RecursionError) as error:
        note(RESOURCE, "", f"the server's answer is no OpenAPI document: {error}")
        return None
    for name in found.left_out:
        note(RESOURCE, "", f"{name} was left out: it quotes a secret")
    folder.bytes(f"cluster/{FILE}", gzip.compress(found.document, mtime=0))
    return {"file": FILE, "definitions": found.kept}
