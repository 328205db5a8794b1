"""The unit of work: how a write of the API owns its transaction."""

import logging
from contextlib import contextmanager
from functools import partial

import psycopg2.errors
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying
from odoo.sql_db import Cursor

from .nu_pos_problem import ApiProblem

_logger = logging.getLogger(__name__)

#: How long a request waits for another one that holds the same key, in seconds.
LOCK_WAIT = 10


class ControlConnection:
    """A second connection beside the transaction of a sale, in autocommit.

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

    def __init__(self, cr):
        self._cr = cr
        cr.connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)

    def lock(self, keys):
        # sorted: two requests over the same keys cannot wait for each other
        for key in sorted(set(keys)):
            try:
                self._cr.execute(
                    "SELECT set_config('lock_timeout', %s, false),"
                    " pg_advisory_lock(hashtextextended(%s, 0))",
                    [f"{LOCK_WAIT}s", key],
                    log_exceptions=False,
                )
            except psycopg2.errors.LockNotAvailable as error:
                raise ApiProblem(
                    "IN_PROGRESS",
                    "The same request is still being processed",
                    retry_after=max(LOCK_WAIT // 2, 1),
                ) from error

    def unlock(self):
        self._cr.execute("SELECT pg_advisory_unlock_all()")

    def fetchone(self, query):
        """Run one statement that commits by itself; a row as ``dict``."""
        self._cr.execute(query)
        return self._cr.dictfetchone()


class Unit:
    """What the work of one transaction gets in hand.

    ``env`` is bound to the transaction; ``outside(query)`` runs one statement that
    is durable at once, whatever becomes of the transaction.
    """

    def __init__(self, env, control=None):
        self.env = env
        self._control = control

    def outside(self, query):
        """Run ``query`` (one statement, one row) durably beside the transaction, then
        let the transaction see its effect.

        The transaction must not have written yet: its snapshot is renewed by ending
        it and beginning a new one. What the ORM has read stays cached, that is the
        point: masters are read once, and the locks of the unit keep the order still.
        """
        if self._control is None:
            # a test on one connection: no second transaction could see its data
            self.env.flush_all()
            self.env.cr.execute(query)
            return self.env.cr.dictfetchone()
        row = self._control.fetchone(query)
        if not renew_snapshot(self.env.cr):
            # it has written: run it again from the start, then the effect is seen
            raise ConcurrencyError("the transaction cannot see the number yet")
        return row


def renew_snapshot(cr):
    """End a transaction that has written nothing, so that the next statement sees
    what other connections have committed meanwhile. Returns False, and does nothing,
    when something has been written already."""
    cr.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
    if not cr.fetchone()[0]:
        return False
    cr.connection.rollback()
    return True


class NuPosUnit(models.AbstractModel):
    _name = "nu.pos.unit"
    _description = "Unit of work of the POS API"

    @api.private
    @api.model
    def run(self, keys, work):
        """Run ``work(unit)`` in a transaction of its own, alone on its keys.

        :param keys: texts; two units that share one run one after the other
        :param work: callable that gets a :class:`Unit`; database conflicts are
            retried as Odoo does for any request, so it may run several times
        :return: what ``work`` returned, after the commit
        :raise ApiProblem: ``IN_PROGRESS`` when a key stays taken for ``LOCK_WAIT``
            seconds, ``BUSY`` when the database refused five times
        """
        with self._connections() as (control, cr):
            if cr is None:
                with self.env.cr.savepoint():
                    return work(Unit(self.env))
            control.lock(keys)
            env = self.env(cr=cr)
            env.transaction.default_env = env
            try:
                return retrying(partial(work, Unit(env, control)), env)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                # the caller's own retry loop must not multiply ours
                raise ApiProblem("BUSY", retry_after=2) from error

    @api.private
    @api.model
    @contextmanager
    def beside(self, env):
        """A :class:`Unit` over the transaction of ``env`` itself, for callers whose
        transaction is not ours and has written nothing yet."""
        with self.env.registry.cursor() as control_cr:
            if isinstance(control_cr, Cursor):
                yield Unit(env, ControlConnection(control_cr))
                return
        yield Unit(env)

    @contextmanager
    def _connections(self):
        """The control connection and the cursor of the work; ``(None, None)`` where
        the registry hands out cursors over one shared connection, as tests do."""
        control_cr = self.env.registry.cursor()
        if not isinstance(control_cr, Cursor):
            control_cr.close()
            yield None, None
            return
        with control_cr:
            control = ControlConnection(control_cr)
            try:
                with self.env.registry.cursor() as cr:
                    yield control, cr
            finally:
                # after the work's commit or rollback; if the connection is gone its
                # locks are gone too
                if not control_cr.closed:
                    control.unlock()
