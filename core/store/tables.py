"""The tables, as SQLAlchemy Core. Migrations create them; `HEAD` names the migration this code was written for."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

HEAD = "r0007"
metadata = MetaData()

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("principal", String(256), nullable=False),
    Column("tool", String(128), nullable=False),
    Column("taken_at", String(40), nullable=False),
    Column("body", JSON, nullable=False),
    Column("handle", String(40), unique=True),
    Column("full_text", Text),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation", String(40), nullable=False),
    Column("at", String(40), nullable=False),
    Column("event", JSON, nullable=False),
    Index("outbox_conversation", "conversation", "id"),
)
turn = Table(
    "turn",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation", String(40), nullable=False),
    Column("principal", String(256), nullable=False),
    Column("at", String(40), nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("origins", JSON(none_as_null=True)),
    Index("turn_principal", "principal", "id"),
    Index("turn_conversation", "conversation", "id"),
)
person = Table(
    "person",
    metadata,
    Column("pseudonym", String(32), primary_key=True),
    Column("principal", String(256), nullable=False, unique=True),
)
hold = Table(
    "hold",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", String(256), nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", String(256), nullable=False),
    Column("at", String(40), nullable=False),
    Column("released_at", String(40)),
)
job = Table(
    "job",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("due_at", String(40), nullable=False),
    Column("every_seconds", Integer),
    Column("owner", String(128)),
    Column("leased_until", String(40)),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("payload", JSON, nullable=False),
)
cursor = Table(
    "cursor",
    metadata,
    Column("name", String(256), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("at", String(40), nullable=False),
    Column("error", Text),
)
policy_version = Table(
    "policy_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("at", String(40), nullable=False),
    Column("body", JSON, nullable=False),
)
token = Table(
    "token",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("principal", String(256), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("expires_at", String(40), nullable=False),
    Column("revoked_at", String(40)),
)
spending = Table(
    "spending",
    metadata,
    Column("principal", String(256), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("questions", Integer, nullable=False),
    Column("model_tokens", Integer, nullable=False),
)
noted = Table(
    "noted",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
)
change = Table(
    "change",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("cluster", String(128), nullable=False),
    Column("namespace", String(64), nullable=False),
    Column("conversation", String(40), nullable=False),
    Column("requested_at", String(40), nullable=False),
    Column("expires_at", String(40), nullable=False),
    Column("request", JSON, nullable=False),
    Column("digest", String(64), unique=True),
    Column("proposal", LargeBinary),
    Column("card", JSON(none_as_null=True)),
    Column("intent", JSON(none_as_null=True)),
    Column("plan", JSON(none_as_null=True)),
    Column("outcome", JSON(none_as_null=True)),
    Column("note", Text, nullable=False),
    Column("owner", String(64)),
    Column("lease_until", String(40)),
    Column("cancelled_by", String(256)),
    Index("change_state", "state", "requested_at"),
)
decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("change", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("principal", String(256), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", String(128), nullable=False),
    UniqueConstraint("digest", "principal"),
)
execution = Table(
    "execution",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("change", String(32), nullable=False),
    Column("cluster", String(128), nullable=False),
    Column("at", String(40), nullable=False),
    Index("execution_at", "cluster", "at"),
)
change_step = Table(
    "change_step",
    metadata,
    Column("change", String(32), primary_key=True),
    Column("key", String(400), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", String(40), nullable=False),
)
change_event = Table(
    "change_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("change", String(32), nullable=False),
    Column("at", String(40), nullable=False),
    Column("event", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("principal", String(256), nullable=False),
    Column("note", Text, nullable=False),
    Index("change_event_change", "change", "id"),
)
halt = Table(
    "halt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("principal", String(256), nullable=False),
    Column("lifted_at", String(40)),
    Column("lifted_by", String(256)),
)
