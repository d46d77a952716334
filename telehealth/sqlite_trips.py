"""SQLite through aiosqlite, one trip to its thread for each statement.

SQLAlchemy's own adapter makes four: open a cursor, execute, fetch, close. Each trip wakes a thread
and the loop again, which costs more than the statement.
"""

import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
)
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only


def make_one_trip(engine: AsyncEngine) -> None:
    """From now on connections of this SQLite engine are of this kind."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def do_connect(dialect: Dialect, _record: object, args: Any, options: Any) -> Any:
        made: Any = dialect.connect(*args, **options)
        return _Connection(made.dbapi, made._connection)


@dataclass(frozen=True, slots=True)
class _Done:
    """What a statement left behind."""

    description: Any
    rows: list[Any]
    rowcount: int
    lastrowid: Any


_NOTHING = _Done(None, [], -1, None)


def _perform(
    connection: sqlite3.Connection, many: bool, statement: str, parameters: Sequence[Any]
) -> _Done:
    cursor = connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(statement, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return _Done(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Holds the outcome of its last statement, and nothing in the database."""

    __slots__ = ("_done",)

    def __init__(self, adapted: Any) -> None:
        self._adapt_connection = adapted
        self._connection = adapted._connection
        self._rows = deque()
        self._done = _NOTHING

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        return self._make_trip(False, operation, parameters or ())

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        return self._make_trip(True, operation, seq_of_parameters)

    def _make_trip(self, many: bool, statement: str, parameters: Any) -> None:
        try:
            self._done = await_only(self._trip(many, statement, parameters))
            self._rows = deque(self._done.rows)
        except ValueError as error:  # "Connection closed" becomes an error of the database
            self._adapt_connection._handle_exception(error)

    async def _trip(self, many: bool, statement: str, parameters: Any) -> _Done:
        async with self._adapt_connection._execute_mutex:
            line: Any = self._connection
            done: _Done = await line._execute(_perform, line._conn, many, statement, parameters)
            return done

    @property
    def description(self) -> Any:
        return self._done.description

    @property
    def rowcount(self) -> int:
        return self._done.rowcount

    @property
    def lastrowid(self) -> Any:
        return self._done.lastrowid

    def close(self) -> None:
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Nothing is open."""


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls: Any = _Cursor

    def rollback(self) -> None:
        """The pool asks for it after each use; most often there is nothing to roll back."""
        if self._connection._connection and self._connection.in_transaction:
            super().rollback()
