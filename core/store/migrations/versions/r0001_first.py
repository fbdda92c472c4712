"""The first tables: evidence, the audit chain, the outbox and the turns of conversations."""

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None

_APPEND_ONLY = (
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit "
    "WHEN NEW.seq != (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit) "
    "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
)
_APPEND_ONLY_POSTGRES = (
    "CREATE RULE audit_no_update AS ON UPDATE TO audit DO INSTEAD NOTHING",
    "CREATE RULE audit_no_delete AS ON DELETE TO audit DO INSTEAD NOTHING",
)


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("principal", sa.String(256), nullable=False),
        sa.Column("tool", sa.String(128), nullable=False),
        sa.Column("taken_at", sa.String(40), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("handle", sa.String(40), unique=True),
        sa.Column("full_text", sa.Text),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("conversation", sa.String(40), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("event", sa.JSON, nullable=False),
    )
    op.create_index("outbox_conversation", "outbox", ["conversation", "id"])
    op.create_table(
        "turn",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("conversation", sa.String(40), nullable=False),
        sa.Column("principal", sa.String(256), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
    )
    op.create_index("turn_principal", "turn", ["principal", "id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _APPEND_ONLY if sqlite else _APPEND_ONLY_POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    """Drop everything."""
    for table in ("turn", "outbox", "audit", "evidence"):
        op.drop_table(table)
