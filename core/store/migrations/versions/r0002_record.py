"""Names apart from the record, legal holds, leased jobs, cursors of what was carried elsewhere; PostgreSQL refuses aloud."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"

# The rules of r0001 ignored an update in silence; a trigger says so, and covers TRUNCATE.
_POSTGRES_UP = (
    "DROP RULE audit_no_update ON audit",
    "DROP RULE audit_no_delete ON audit",
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_refuse()",
    "CREATE FUNCTION audit_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit) THEN RAISE EXCEPTION 'audit is append-only'; END IF; "
    "RETURN NEW; END $$",
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_in_order()",
)
_POSTGRES_DOWN = (
    "DROP TRIGGER audit_in_order ON audit",
    "DROP TRIGGER audit_no_truncate ON audit",
    "DROP TRIGGER audit_no_change ON audit",
    "DROP FUNCTION audit_in_order()",
    "DROP FUNCTION audit_refuse()",
    "CREATE RULE audit_no_update AS ON UPDATE TO audit DO INSTEAD NOTHING",
    "CREATE RULE audit_no_delete AS ON DELETE TO audit DO INSTEAD NOTHING",
)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "person",
        sa.Column("pseudonym", sa.String(32), primary_key=True),
        sa.Column("principal", sa.String(256), nullable=False, unique=True),
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subject", sa.String(256), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_by", sa.String(256), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("released_at", sa.String(40)),
    )
    op.create_table(
        "job",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("due_at", sa.String(40), nullable=False),
        sa.Column("every_seconds", sa.Integer),
        sa.Column("owner", sa.String(128)),
        sa.Column("leased_until", sa.String(40)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("payload", sa.JSON, nullable=False),
    )
    op.create_table(
        "cursor",
        sa.Column("name", sa.String(256), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("error", sa.Text),
    )
    _execute(_POSTGRES_UP)


def downgrade() -> None:
    """Drop them."""
    _execute(_POSTGRES_DOWN)
    for table in ("cursor", "job", "hold", "person"):
        op.drop_table(table)


def _execute(statements: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in statements:
            op.execute(statement)
