"""packs kept at hospitals' gateways"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.add_column('gateway', sa.Column('near_address', _TEXT(length=200), nullable=False, server_default=''))
    op.add_column('gateway', sa.Column('near_packs', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('gateway', 'near_packs')
    op.drop_column('gateway', 'near_address')
