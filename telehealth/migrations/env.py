"""Alembic's environment: the connection comes from `telehealth.migrate`."""

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlmodel import SQLModel

from telehealth import schema  # noqa: F401  every table of every room


def run(connection: Connection) -> None:
    """Migrate over this connection; batch mode because SQLite cannot alter constraints."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:  # a developer's `alembic revision --autogenerate`
    url = context.config.get_main_option("sqlalchemy.url") or "sqlite://"
    with create_engine(url).connect() as made:
        run(made)
