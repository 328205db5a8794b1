"""The unit of work: how a write of the API owns its transaction."""

from contextlib import ExitStack, contextmanager
from functools import partial

from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying
from odoo.sql_db import Cursor

from .autocommit_pool import CONTROLS
from .problem import ApiProblem


class Unit:
    """What the work of one transaction gets in hand.

    ``env`` is bound to the transaction; ``outside(query)`` runs one statement that
    is durable at once, whatever becomes of the transaction.
    """

    #: The optional keys of the unit that another one has.
    busy = frozenset()

    def __init__(self, env, control=None):
        self.env = env
        self._control = control

    def outside(self, query):
        """Run ``query`` (one statement) durably beside the transaction, then let the
        transaction see its effect.

        The transaction must not have written yet: its snapshot is renewed by ending
        it and beginning a new one. What the ORM has read stays cached, that is the
        point: masters are read once, and the locks of the unit keep the order still.

        :return: rows, each a ``dict``
        """
        rows = self.durable(query)
        if self._control is not None and not renew_snapshot(self.env.cr):
            # it has written: run it again from the start, then the effect is seen
            raise ConcurrencyError("the transaction cannot see the number yet")
        return rows

    def lock(self, key):
        """Take one more key, which only the work itself can name, and see what those
        did who had it before. At most one, after the keys of :meth:`NuPosUnit.run`,
        so that two units cannot wait for each other.

        :raise ApiProblem: ``IN_PROGRESS``
        """
        if self._control is None:
            return
        self._control.lock([key])
        if not renew_snapshot(self.env.cr):
            raise ConcurrencyError("what the lock guards cannot be seen yet")

    def durable(self, query):
        """Run ``query`` durably; the transaction need not see its effect."""
        if self._control is None:
            # a test on one connection: no second transaction could see its data
            self.env.flush_all()
            self.env.cr.execute(query)
            return self.env.cr.dictfetchall()
        return self._control.fetchall(query)


def has_written(cr):
    """Whether the transaction has written something, so that its effect is lost with
    it and its snapshot is to stay."""
    cr.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
    return cr.fetchone()[0]


def renew_snapshot(cr):
    """End a transaction that has written nothing, so that the next statement sees
    what other connections have committed meanwhile. Returns False, and does nothing,
    when something has been written already."""
    if cr.connection.info.transaction_status == TRANSACTION_STATUS_IDLE:
        return True  # not even begun
    if has_written(cr):
        return False
    cr.connection.rollback()
    return True


class NuPosUnit(models.AbstractModel):
    _name = "nu.pos.unit"
    _description = "Unit of work of the POS API"

    @api.private
    @api.model
    def run(self, keys, work, optional=()):
        """Run ``work(unit)`` in a transaction of its own, alone on its keys.

        :param keys: texts; two units that share one run one after the other
        :param optional: keys it does without if they are taken, see ``unit.busy``.
            Who takes many keys must not wait for one while others wait for the rest.
        :param work: callable that gets a :class:`Unit`; database conflicts are
            retried as Odoo does for any request, so it may run several times
        :return: what ``work`` returned, after the commit
        :raise ApiProblem: ``IN_PROGRESS`` when a key stays taken for ``LOCK_WAIT``
            seconds, ``BUSY`` when the database refused five times
        """
        with self._connections(keys) as (control, cr):
            if cr is None:
                with self.env.cr.savepoint():
                    return work(Unit(self.env))
            busy = control.try_lock(optional)
            env = self.env(cr=cr)
            env.transaction.default_env = env
            unit = Unit(env, control)
            unit.busy = busy
            try:
                return retrying(partial(work, unit), env)
            except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError) as error:
                # the caller's own retry loop must not multiply ours: five times five
                # tries kept a thread and three connections for 94 s
                raise ApiProblem("BUSY", retry_after=2) from error

    @api.private
    @api.model
    @contextmanager
    def beside(self, env):
        """A :class:`Unit` over the transaction of ``env`` itself, for callers whose
        transaction is not ours and has written nothing yet."""
        if self._has_own_connections():
            with CONTROLS.lease(env.cr.dbname) as control:
                yield Unit(env, control)
        else:
            yield Unit(env)

    @api.private
    @api.model
    def hold(self, keys):
        """Take keys for as long as the caller's own transaction lasts, however it
        ends. Its snapshot may be older than the lock, see :func:`renew_snapshot`.

        :return: the control connection, None where there is none, as in tests
        :raise ApiProblem: ``IN_PROGRESS``
        """
        if not self._has_own_connections():
            return None
        cr = self.env.cr
        with ExitStack() as stack:
            control = stack.enter_context(CONTROLS.lease(cr.dbname, keys))
            release = stack.pop_all().close
        cr.postcommit.add(release)
        cr.postrollback.add(release)  # closing a cursor rolls back
        return control

    @contextmanager
    def _connections(self, keys):
        """The control connection, which holds ``keys``, and the cursor of the work;
        ``(None, None)`` where the registry hands out cursors over one shared
        connection, as tests do."""
        if not self._has_own_connections():
            yield None, None
            return
        # the lease ends, and with it the locks, after the work's commit or rollback
        with CONTROLS.lease(self.env.cr.dbname, keys) as control:
            with self.env.registry.cursor() as cr:
                yield control, cr

    def _has_own_connections(self):
        if isinstance(self.env.cr, Cursor):
            # a test may hold a real cursor and have the registry share it
            opener = self.env.registry.cursor
            return getattr(opener, "__self__", None) is self.env.registry
        return False
