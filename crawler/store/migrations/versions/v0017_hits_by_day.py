"""A fact for every article with hits, so that a year of days is counted along one stretch of the index."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        INSERT INTO facts (kind, name, day, article_id)
        SELECT 'hit', 'hit', day, article_id FROM facts WHERE kind = 'outlet' AND article_id NOT IN (
            SELECT article_id FROM facts WHERE kind = 'hit'
        )
    """)
