"""names in pixels, and cases shown without identity"""

import gzip
import json
from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa
import sqlalchemy_utc
import sqlmodel
from alembic import op

from viewer.burned_in import BurnedIn, facts_of, of_series

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_TIME = sqlalchemy_utc.sqltypes.UtcDateTime
_SAID = ('image_series', 'document')


def upgrade() -> None:
    # Withheld until the headers below say otherwise.
    op.add_column('image_series', sa.Column('burned_in', _TEXT(length=16), nullable=False, server_default='may_show_a_name'))
    for table in _SAID:
        op.add_column(table, sa.Column('name_said', _TEXT(length=8), nullable=True))
        op.add_column(table, sa.Column('name_said_by', sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column('name_said_at', _TIME(timezone=True), nullable=True))
    op.add_column('conference_case', sa.Column('identity_hidden', sa.Boolean(), nullable=False, server_default=sa.false()))
    _judge_what_is_here(op.get_bind())


def _judge_what_is_here(connection: sa.Connection) -> None:
    series = sa.table('image_series', sa.column('id', sa.Uuid()), sa.column('burned_in', sa.String()))
    clear = [
        series_id
        for series_id in connection.scalars(sa.select(series.c.id)).all()
        if of_series(map(facts_of, _headers(connection, series_id))) is BurnedIn.CLEAR
    ]
    for series_id in clear:
        connection.execute(sa.update(series).where(series.c.id == series_id).values(burned_in=BurnedIn.CLEAR))


def _headers(connection: sa.Connection, series_id: UUID) -> Iterator[dict[str, object]]:
    instance = sa.table('instance', sa.column('id', sa.Uuid()), sa.column('series_id', sa.Uuid()))
    metadata = sa.table('instance_metadata', sa.column('instance_id', sa.Uuid()), sa.column('body', sa.LargeBinary()))
    wanted = sa.select(metadata.c.body).where(metadata.c.instance_id == instance.c.id, instance.c.series_id == series_id)
    for body in connection.scalars(wanted):
        yield json.loads(gzip.decompress(body))


def downgrade() -> None:
    op.drop_column('conference_case', 'identity_hidden')
    for table in _SAID:
        for column in ('name_said', 'name_said_by', 'name_said_at'):
            op.drop_column(table, column)
    op.drop_column('image_series', 'burned_in')
