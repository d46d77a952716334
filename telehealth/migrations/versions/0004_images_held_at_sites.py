"""images held at sites"""

import sqlalchemy as sa
import sqlalchemy_utc
import sqlmodel
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('image_holding',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('series_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('held_bytes', sa.BigInteger(), nullable=False),
    sa.Column('rate_bps', sa.BigInteger(), nullable=True),
    sa.Column('told_at', sqlalchemy_utc.sqltypes.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_image_holding_facility_id_facility')),
    sa.ForeignKeyConstraint(['series_id'], ['image_series.id'], name=op.f('fk_image_holding_series_id_image_series')),
    sa.PrimaryKeyConstraint('device_id', 'series_id', name=op.f('pk_image_holding'))
    )
    op.create_index(op.f('ix_image_holding_series_id'), 'image_holding', ['series_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_image_holding_series_id'), table_name='image_holding')
    op.drop_table('image_holding')