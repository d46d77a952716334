"""connection tests of the sites"""

import sqlalchemy as sa
import sqlalchemy_utc
import sqlmodel
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('line_check',
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('checked_at', sqlalchemy_utc.sqltypes.UtcDateTime(timezone=True), nullable=False),
    sa.Column('mic', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('speaker', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('camera', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('udp', sqlmodel.sql.sqltypes.AutoString(length=9), nullable=False),
    sa.Column('tcp', sqlmodel.sql.sqltypes.AutoString(length=9), nullable=False),
    sa.Column('relay', sqlmodel.sql.sqltypes.AutoString(length=9), nullable=False),
    sa.Column('kbit_up', sa.Integer(), nullable=True),
    sa.Column('kbit_down', sa.Integer(), nullable=True),
    sa.Column('loss_up', sa.Float(), nullable=True),
    sa.Column('loss_down', sa.Float(), nullable=True),
    sa.Column('rtt_ms', sa.Integer(), nullable=True),
    sa.Column('browser', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_line_check_facility_id_facility')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_line_check_person_id_person')),
    sa.PrimaryKeyConstraint('facility_id', 'person_id', name=op.f('pk_line_check'))
    )
    op.create_index(op.f('ix_line_check_checked_at'), 'line_check', ['checked_at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_line_check_checked_at'), table_name='line_check')
    op.drop_table('line_check')
