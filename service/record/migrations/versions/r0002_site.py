"""What a site took back: each decision names the alarm rules that were not shown as their documents say, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; decisions made before had nothing taken back."""
    op.add_column("decision", sa.Column("site", sa.Text, nullable=False, server_default=""))
