"""Stories, later entries about an alert, and what people did with it: acknowledged, noted, muted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("alerts", sa.Column("story", sa.String(), nullable=False, server_default=""))
    op.add_column("alerts", sa.Column("entries", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("alerts", sa.Column("told_at", MOMENT, nullable=True))
    op.add_column("alerts", sa.Column("muted_by", NUMBER, nullable=True))
    op.create_index("ix_alerts_story", "alerts", ["story"])
    _create_stories()
    _create_signatures()
    _create_triage()


def _create_stories() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stories"),
    )
    op.create_table(
        "story_members",
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("outlet_name", sa.String(), nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_story_members_link_id_links"),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name="fk_story_members_story_stories"),
        sa.PrimaryKeyConstraint("link_id", name="pk_story_members"),
    )
    op.create_index("ix_story_members_story", "story_members", ["story"])


def _create_signatures() -> None:
    op.create_table(
        "signatures",
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("minima", sa.LargeBinary(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_signatures_link_id_links"),
        sa.PrimaryKeyConstraint("link_id", name="pk_signatures"),
    )
    op.create_index("ix_signatures_saved_at", "signatures", ["saved_at"])
    op.create_table(
        "bands",
        sa.Column("band", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("link_id", NUMBER, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("band", "link_id", name="pk_bands"),
        sqlite_with_rowid=False,
    )


def _create_triage() -> None:
    op.create_table(
        "acks",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_acks"),
    )
    op.create_table(
        "notes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_alert_id", "notes", ["alert_id"])
    op.create_table(
        "mutes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("even_critical", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mutes"),
    )
