"""Turns are looked up by their conversation, too."""

from alembic import op

revision = "r0005"
down_revision = "r0004"


def upgrade() -> None:
    """Create the index."""
    op.create_index("turn_conversation", "turn", ["conversation", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("turn_conversation", "turn")
