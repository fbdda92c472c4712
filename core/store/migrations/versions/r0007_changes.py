"""Changes: requests, proposals, decisions, executions, their steps and their history; and halts."""

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0006"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "change",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("cluster", sa.String(128), nullable=False),
        sa.Column("namespace", sa.String(64), nullable=False),
        sa.Column("conversation", sa.String(40), nullable=False),
        sa.Column("requested_at", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(40), nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), unique=True),
        sa.Column("proposal", sa.LargeBinary),
        sa.Column("card", sa.JSON(none_as_null=True)),
        sa.Column("intent", sa.JSON(none_as_null=True)),
        sa.Column("plan", sa.JSON(none_as_null=True)),
        sa.Column("outcome", sa.JSON(none_as_null=True)),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("lease_until", sa.String(40)),
        sa.Column("cancelled_by", sa.String(256)),
    )
    op.create_index("change_state", "change", ["state", "requested_at"])
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("change", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("principal", sa.String(256), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.UniqueConstraint("digest", "principal"),
    )
    op.create_table(
        "execution",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("change", sa.String(32), nullable=False),
        sa.Column("cluster", sa.String(128), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_index("execution_at", "execution", ["cluster", "at"])
    op.create_table(
        "change_step",
        sa.Column("change", sa.String(32), primary_key=True),
        sa.Column("key", sa.String(400), primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_table(
        "change_event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("change", sa.String(32), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("principal", sa.String(256), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("change_event_change", "change_event", ["change", "id"])
    op.create_table(
        "halt",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("principal", sa.String(256), nullable=False),
        sa.Column("lifted_at", sa.String(40)),
        sa.Column("lifted_by", sa.String(256)),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("halt", "change_event", "change_step", "execution", "decision", "change"):
        op.drop_table(name)
