"""Composition, HTTP, identity, rights, audit, database, ledger worker and CLI of the product."""

from sqlmodel import SQLModel

# Must stand before any table class of any room exists: constraints made earlier stay unnamed,
# and SQLite's batch migrations can only change what has a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
