"""Whose data a turn holds, what each principal spent of a day's budget, and what the service noted of itself."""

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"


def upgrade() -> None:
    """Create them."""
    op.add_column("turn", sa.Column("origins", sa.JSON))
    op.create_table(
        "spending",
        sa.Column("principal", sa.String(256), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("questions", sa.Integer, nullable=False),
        sa.Column("model_tokens", sa.Integer, nullable=False),
    )
    op.create_table(
        "noted",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("noted")
    op.drop_table("spending")
    with op.batch_alter_table("turn") as turn:
        turn.drop_column("origins")
