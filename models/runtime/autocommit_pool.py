"""Connections beside the transaction of a sale."""

import os
import threading
import time
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extras import RealDictCursor

from odoo.sql_db import connection_info_for

from .problem import ApiProblem

#: How long a request waits for another one that holds the same key, in seconds.
LOCK_WAIT = 10
#: Idle connections kept by a process for each database, and for how many seconds.
KEEP_IDLE, KEEP_SECONDS = 8, 60


class Shared(str):
    """A key that many may hold at the same time, unless one holds it as plain text."""

    __slots__ = ()


class ControlConnection:
    """A connection in autocommit, beside the transaction of a sale.

    It carries what must outlive or precede that transaction:

    * the locks on the keys of the request (``pg_advisory_lock``, session level).
      They are taken before the sale's transaction begins, hence before its
      REPEATABLE READ snapshot, and released after its commit. Whoever gets the lock
      next therefore sees all that the holder did; no unique violation and no
      serialization failure is needed to lose the race;
    * the reservation of a number, durable by itself in one statement.

    PostgreSQL drops the locks when the connection dies, so a killed worker blocks
    nobody.
    """

    def __init__(self, connection):
        self.connection = connection
        self.idle_since = time.monotonic()
        self._has_locks = False

    def lock(self, keys, wait=None):
        """Take all keys, waiting for each; those that are ``Shared`` with others.

        :raise ApiProblem: ``IN_PROGRESS`` when one stays taken for ``wait`` seconds
        """
        wait = LOCK_WAIT if wait is None else wait
        self._has_locks = self._has_locks or bool(keys)
        # sorted: two requests over the same keys cannot wait for each other
        for key in sorted(set(keys)):
            mode = "_shared" if isinstance(key, Shared) else ""
            try:
                self._execute(
                    "SELECT set_config('lock_timeout', %s, false),"
                    f" pg_advisory_lock{mode}(hashtextextended(%s, 0))",
                    [f"{wait}s", key],
                )
            except psycopg2.errors.LockNotAvailable as error:
                raise ApiProblem(
                    "IN_PROGRESS",
                    "The same request is still being processed",
                    retry_after=max(wait // 2, 1),
                ) from error

    def try_lock(self, keys):
        """Take what can be taken without waiting; returns the keys that cannot."""
        if not keys:
            return frozenset()
        self._has_locks = True
        rows = self._rows(
            "SELECT key FROM unnest(%s) AS key"
            " WHERE NOT pg_try_advisory_lock(hashtextextended(key, 0))",
            [sorted(set(keys))],
        )
        return frozenset(row["key"] for row in rows)

    def unlock(self):
        """Release all keys."""
        if self._has_locks:
            self._execute("SELECT pg_advisory_unlock_all()")
            self._has_locks = False

    def ask(self):
        """Raise psycopg2's error when the server is not there any more."""
        self._execute("SELECT 1")

    def fetchone(self, query):
        """Like :meth:`fetchall`, for one row; None if there is none."""
        return self._execute(query.code, query.params)

    def fetchall(self, query):
        """Run one statement (``odoo.tools.SQL``), durable at once; rows as dicts."""
        return self._rows(query.code, query.params)

    def _execute(self, code, params=()):
        rows = self._rows(code, params)
        return rows[0] if rows else None

    def _rows(self, code, params=()):
        with self.connection.cursor() as cursor:
            cursor.execute(code, params)
            return cursor.fetchall()

    @property
    def usable(self):
        return (
            not self.connection.closed
            and self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE
        )


class ControlConnections:
    """Idle control connections of this process, last in first out.

    Odoo's own pool resets a connection each time it is lent, which makes PostgreSQL
    plan the statements of ``nu_pos_ncf_take`` anew: 0.6 ms a sale. A control
    connection has no state but its locks, which it drops itself.
    """

    def __init__(self):
        self._idle = {}  # {(process id, database): [ControlConnection]}
        self._guard = threading.Lock()

    @contextmanager
    def lease(self, dbname, keys=()):
        """Lend a connection, with the locks on ``keys``, for the length of a block.

        :raise ApiProblem: ``IN_PROGRESS``, see :meth:`ControlConnection.lock`
        """

        def begin(control):
            # the server may have gone since: told here, not in a sale
            return control.lock(keys) if keys else control.ask()

        with self._lent(dbname, begin) as (control, _answer):
            yield control

    def fetchone(self, dbname, query):
        """Run one statement on any connection, durable at once; its first row or None.

        It may be run twice, where the server has gone and come back since.
        """
        with self._lent(dbname, lambda control: control.fetchone(query)) as (_it, row):
            return row

    @contextmanager
    def _lent(self, dbname, begin):
        """``(connection, begin(connection))``; one that turns out to be dead is
        replaced, and the new one begins again."""
        control, is_new = self._take(dbname)
        try:
            try:
                answer = begin(control)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                if is_new or control.usable:
                    raise
                control.connection.close()
                control = self._connect(dbname)
                answer = begin(control)
            yield control, answer
        finally:
            if control.usable:
                control.unlock()
            self._give_back(dbname, control)

    def close(self):
        """Close the idle connections of this process."""
        with self._guard:
            idle = [control for kept in self._idle.values() for control in kept]
            self._idle.clear()
        for control in idle:
            control.connection.close()

    def _take(self, dbname):
        """``(connection, whether it is new)``"""
        while True:
            with self._guard:
                idle = self._idle.get((os.getpid(), dbname))
                control = idle.pop() if idle else None
            if control is None:
                return self._connect(dbname), True
            if control.usable and time.monotonic() - control.idle_since <= KEEP_SECONDS:
                return control, False
            control.connection.close()

    def _connect(self, dbname):
        _name, info = connection_info_for(dbname)
        connection = psycopg2.connect(**info, cursor_factory=RealDictCursor)
        connection.autocommit = True
        return ControlConnection(connection)

    def _give_back(self, dbname, control):
        control.idle_since = time.monotonic()
        with self._guard:
            idle = self._idle.setdefault((os.getpid(), dbname), [])
            if control.usable and len(idle) < KEEP_IDLE:
                idle.append(control)
                return
        control.connection.close()


CONTROLS = ControlConnections()
