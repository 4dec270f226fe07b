"""What polls came to that are too old to be kept one by one."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "poll_sums",
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("polls", "failed", "seen", "known", "new", "capped")
        ),
        sa.PrimaryKeyConstraint("day", "source", name="pk_poll_sums"),
        if_not_exists=True,  # so that the upgrade may run twice, as those before it
    )
