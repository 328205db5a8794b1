"""The queue of electronic receipts: which one is next, and who has it in hand."""

import logging
import time
from contextlib import contextmanager
from datetime import timedelta

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import SUPERUSER_ID, api, models
from odoo.sql_db import Cursor
from odoo.tools import SQL

from ...fiscal.ecf.dgii_http import DgiiError, Refused
from ...fiscal.ecf.transmission import Step
from ..runtime.problem import ApiProblem
from .lease import take_lease
from .nu_pos_ecf_link import Settings, utc_now

_logger = logging.getLogger(__name__)

#: Documents of one company before the next company has its turn.
SPELL = 20
#: Seconds the cron's worker stays awake with nothing to do: answers are asked for
#: within a second or two, and a sale that is just being committed is seen.
LINGER = 2.0
#: What comes due within so many seconds it waits for: a moment that is only noted is
#: seen when the scheduler looks by itself, once a minute.
STAY = 10.0
#: Longest time between two looks at the table, in seconds.
LOOK = 0.5
#: A worker that was notified so many seconds ago is awake, and will linger for longer.
NOTIFIED = 0.5
CRON_SECONDS = 55

#: A document goes out when it waits, and a note only when DGII holds what it modifies.
_DUE = """
    e.state IN ('queued', 'contingency', 'unknown', 'sent')
    AND (e.state IN ('unknown', 'sent') OR e.modified_id IS NULL OR EXISTS (
        SELECT 1 FROM nu_pos_ecf m JOIN nu_pos_ecf v
            ON v.company_id = m.company_id AND v.name = m.name
         WHERE m.id = e.modified_id AND v.state IN ('accepted', 'conditional')))
"""
#: Nobody waits for the outcome of a try on this company's way to DGII.
OPEN = """
    NOT EXISTS (
        SELECT 1 FROM nu_pos_ecf_link l WHERE l.company_id = e.company_id
           AND l.environment = e.environment AND l.date_probe > %(now)s)
"""


class Progress:
    """Tells the cron how far its worker is, once a second: each time is a commit."""

    def __init__(self, cron):
        self._cron, self._steps, self._told = cron, 0, time.monotonic()

    def __call__(self):
        self._steps += 1
        if time.monotonic() - self._told >= 1:
            self._cron._commit_progress(self._steps)
            self._steps, self._told = 0, time.monotonic()


class NuPosEcfQueue(models.AbstractModel):
    """Works the queue, one document after the other, on a connection of its own.

    For each document three short transactions, and none of them open during the call:

    1. take: skip what others have locked, put the document under a lease and, if it is
       about to be sent, write that its fate is ``unknown``;
    2. the call to DGII;
    3. write what came of it, unless the lease went to somebody else meanwhile.

    A worker that dies in 2 leaves a document that is ``unknown``: when the lease is
    over, the next worker asks DGII. Any number of workers may run at once. READ
    COMMITTED, because a worker wants to see what the others have just done.

    Extension point: the entry of the job (``_cron_work``) and :meth:`_pass`, which an
    addon overrides to send documents of its own on the same way.
    """

    _name = "nu.pos.ecf.queue"
    _description = "Queue of electronic receipts"

    @api.model
    def _cron_work(self):
        """Work the queue while there is something to do, then arrange to come again."""
        cron = self.env["ir.cron"]
        end = self.env.context.get("cron_end_time", 0)
        until = max(end, time.monotonic() + CRON_SECONDS) if end else None
        cron._commit_progress(remaining=1)
        self._work(linger=LINGER, until=until, on_step=Progress(cron), stay=STAY)
        pending = self._next_due()
        if pending is not None and pending <= 0:
            cron._commit_progress(1, remaining=1)
            return
        cron._commit_progress(1, remaining=0)
        if pending is not None:
            self._trigger_at(utc_now() + timedelta(seconds=pending))

    @api.model
    def _trigger_at(self, moment):
        cron = self.env.ref("nu_restaurant_pos.cron_send_ecf").sudo()
        cron._trigger(at=moment.replace(microsecond=0) + timedelta(seconds=1))

    @api.private
    @api.model
    def wake(self):
        """Have the queue worked as soon as this transaction is committed.

        The scheduler is notified of each trigger made here, so that a fresh one serves
        the sales of the next moment too: the worker is awake then, and lingers for what
        is being committed. An older one does not: it may be a moment that was noted
        and came due without a notification, or its worker may be about to end.

        The trigger has whole seconds, as those of the ORM: the scheduler clears what
        is due by the second, and one of a fraction more would outlive its job.
        """
        waiting = self.env.cr.precommit.data.setdefault("nu_pos_ecf_wake", set())
        if waiting:
            return
        waiting.add(True)
        made = self.env.execute_query(
            SQL(
                """
                INSERT INTO ir_cron_trigger (cron_id, call_at, create_date)
                SELECT %(cron)s, date_trunc('second', clock_timestamp() AT TIME ZONE
                       'UTC'), clock_timestamp() AT TIME ZONE 'UTC'
                 WHERE NOT EXISTS (
                    SELECT 1 FROM ir_cron_trigger WHERE cron_id = %(cron)s
                       -- due when it was made: the scheduler was notified
                       AND call_at <= create_date
                       AND create_date > clock_timestamp() AT TIME ZONE 'UTC'
                           - make_interval(secs => %(notified)s))
                RETURNING id
                """,
                cron=self.env["ir.model.data"]._xmlid_to_res_id(
                    "nu_restaurant_pos.cron_send_ecf"
                ),
                notified=NOTIFIED,
            )
        )
        if made:
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)

    # -- Working -------------------------------------------------------------------

    @api.private
    @api.model
    def work(self, ids=None):
        """Work what is due now, until nothing is left; no waiting.

        :param ids: only these documents
        :return: how many steps were made
        """
        return self._work(ids=ids)

    @api.private
    @api.model
    def work_now(self, ids, state=None):
        """Work these documents, due or not, without those another worker has in hand.

        :param state: that of the ones that were not sent yet
        """
        now = utc_now()
        with self._connection() as env:
            env.execute_query(
                SQL(
                    """
                    UPDATE nu_pos_ecf SET date_next = %(now)s,
                           state = CASE WHEN state = 'signed' OR state = 'unknown'
                                         AND environment = 'certecf'
                                   THEN COALESCE(%(state)s, state) ELSE state END
                     WHERE id = ANY(%(ids)s) AND lease IS NULL AND state IN
                           ('signed', 'queued', 'contingency', 'unknown', 'sent')
                    RETURNING id
                    """,
                    now=now,
                    state=state,
                    ids=list(ids),
                )
            )
            # a person wants to know now how the way to DGII is
            env.execute_query(
                SQL(
                    "UPDATE nu_pos_ecf_link l SET date_probe = NULL FROM nu_pos_ecf e"
                    " WHERE e.id = ANY(%s) AND l.company_id = e.company_id"
                    " AND l.environment = e.environment RETURNING l.id",
                    list(ids),
                )
            )
        return self._work(ids=ids)

    @api.model
    def _work(self, ids=None, linger=0.0, until=None, on_step=None, stay=0.0):
        steps, idle_since = 0, time.monotonic()
        with self._connection() as env:
            queue = env[self._name]
            settings = Settings.of(env)
            clients = {}
            while until is None or time.monotonic() < until:
                made = queue._pass(settings, clients, ids, on_step)
                if made:
                    steps, idle_since = steps + made, time.monotonic()
                    continue
                due = queue._next_due()
                is_soon = due is not None and due < stay
                if time.monotonic() - idle_since >= linger and not is_soon:
                    break
                # no transaction is open while the worker sleeps
                env.cr.commit()  # pylint: disable=invalid-commit
                time.sleep(min(LOOK, max(due or LOOK, 0.02)))
        return steps

    @contextmanager
    def _connection(self):
        cr = self.env.registry.cursor()
        if isinstance(cr, Cursor):
            cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
        with cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    @api.model
    def _pass(self, settings, clients, ids, on_step):
        """A spell of each company that has something to do; steps made.

        Only DGII is called here: what goes to other people's servers has a lane of its
        own (``nu.pos.ecf.delivery``).
        """
        steps = 0
        for company, environment in self._lanes(ids):
            link = self.env["nu.pos.ecf.link"].lane(company, environment)
            client = self._client(link, settings, clients)
            if client is None:
                continue
            for _place in range(SPELL):
                if not self._step(link, client, settings, ids):
                    break
                steps += 1
                if on_step:
                    on_step()
            self._confirm_connection(link, client, settings)
        steps += self.env["nu.pos.ecf.annulment"]._work(settings, clients)
        return steps

    @api.model
    def _lanes(self, ids=None):
        now = utc_now()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT e.company_id, e.environment FROM nu_pos_ecf e
                 WHERE e.date_next <= %(now)s AND %(due)s
                   AND %(open)s AND %(only)s ORDER BY e.company_id
                """,
                now=now,
                due=SQL(_DUE),
                open=SQL(OPEN, now=now),
                only=only(ids),
            )
        )
        return [(self.env["res.company"].browse(row[0]), row[1]) for row in rows]

    @api.model
    def _client(self, link, settings, clients):
        """A client that holds a token; None where none is to be had now.

        The token comes before any document is touched: an outage of the
        authentication leaves no document in doubt.
        """
        client = clients.get(link.id)
        try:
            if client is None:
                client = clients[link.id] = link.client(settings)
            # nothing of ours is open while DGII is called
            self.env.cr.commit()  # pylint: disable=invalid-commit
            client.token()
        except ApiProblem as problem:
            _logger.warning("%s: %s", link.company_id.name, problem.detail)
            self._note_problem(link, str(problem.detail), settings)
            return None
        except DgiiError as error:
            self._note(link, error, settings)
            return None
        return client

    @api.model
    def _step(self, link, client, settings, ids=None):
        """Take one document, deal with it, write the result; False if none is due."""
        link.wait_for_turn(settings)
        taken = self._take(link, settings, ids)
        if not taken:
            return False
        record, was, lease = taken
        step = Step(record._ticket(was), settings.waits, record._waiting_state(was))
        # From here on a crash leaves a question to DGII, never a second document.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        values, error = step.run(client, utc_now)
        self._note_connection(link, error, settings)
        if not record._settle(lease, values):
            _logger.warning("%s was settled by another worker", record.name)
        # DGII has spoken: its word is durable before anybody is told.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        if values.get("state") == "rejected":
            record._tell_rejection()
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return True

    @api.model
    def _take(self, link, settings, ids):
        """``(record, state it was in, lease)``, or None."""
        now = utc_now()
        due = SQL(
            "e.company_id = %s AND e.environment = %s AND %s AND %s AND %s",
            link.company_id.id,
            link.environment,
            SQL(_DUE),
            SQL(OPEN, now=now),
            only(ids),
        )
        is_sent_now = SQL("due.state IN ('queued', 'contingency')")
        taken = take_lease(
            self.env["nu.pos.ecf"],
            settings.lease,
            due,
            values={
                "state": SQL(
                    "CASE WHEN due.state = 'sent' THEN 'sent' ELSE 'unknown' END"
                ),
                "attempts": SQL(
                    "COALESCE(attempts, 0) + CASE WHEN %s THEN 1 ELSE 0 END",
                    is_sent_now,
                ),
                "date_sent": SQL(
                    "CASE WHEN %s THEN %s ELSE e.date_sent END", is_sent_now, now
                ),
            },
        )
        if taken:
            record, was, _lease = taken
            record._read_ahead()
            if was in ("queued", "contingency"):
                record._audit("ecf_sent", attempt=record.attempts)
        return taken

    # -- How it went ---------------------------------------------------------------

    @api.model
    def _note_connection(self, link, error, settings):
        """Keep count of answered and lost calls; contingency follows from it."""
        answered = error is None or isinstance(error, Refused) or error.status == 429
        text = None if answered else str(error)[:500]
        before, after = link.after_call(answered, settings, text)
        if before.in_contingency != after.in_contingency:
            link.company_id._nu_ecf_connection_changed(after)

    @api.model
    def _note(self, link, error, settings):
        self._note_connection(link, error, settings)
        if isinstance(error, Refused):
            self._note_problem(link, str(error)[:500], settings)
        # The count stands, whatever becomes of this worker.
        self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _note_problem(self, link, text, settings):
        """Nothing can be called until a person has done something: try seldom."""
        self.env.execute_query(
            SQL(
                "UPDATE nu_pos_ecf_link SET last_error = %s, date_probe = %s"
                " WHERE id = %s RETURNING id",
                text,
                utc_now() + settings.sending.wait(3),
                link.id,
            )
        )
        link.invalidate_recordset(flush=False)
        # The wait is for all workers.
        self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _confirm_connection(self, link, client, settings):
        """Log in once more where the way to DGII seems to be back: with one document
        in the queue the next answer would be that of the next sale, which would still
        be printed with the legend of the contingency."""
        connection = link.connection_now()
        while connection.in_contingency and connection.successes:
            self.env.cr.commit()  # pylint: disable=invalid-commit
            error = None
            try:
                client.token(renew=True)
            except DgiiError as caught:
                error = caught
            self._note(link, error, settings)
            connection = link.connection_now()

    @api.model
    def _next_due(self):
        """Seconds until something is to be done; None if nothing is waiting."""
        now = utc_now()
        [(moment,)] = self.env.execute_query(
            SQL(
                """
                SELECT min(at) FROM (
                    SELECT GREATEST(min(e.date_next), min(l.date_probe)) AS at
                      FROM nu_pos_ecf e LEFT JOIN nu_pos_ecf_link l
                        ON l.company_id = e.company_id
                       AND l.environment = e.environment
                     WHERE %s GROUP BY e.company_id, e.environment
                    UNION ALL SELECT min(date_next) FROM nu_pos_ecf_annulment
                     WHERE state IN ('queued', 'unknown')) AS waiting
                """,
                SQL(_DUE),
            )
        )
        return moment and (moment - now).total_seconds()


def only(ids):
    return SQL("e.id = ANY(%s)", list(ids)) if ids else SQL("TRUE")
