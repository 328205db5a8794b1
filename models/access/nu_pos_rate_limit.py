"""How many requests a caller may make."""

import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..runtime.autocommit_pool import CONTROLS
from ..runtime.problem import ApiProblem
from .nu_pos_login_attempt import Source

_logger = logging.getLogger(__name__)

LIMIT_PARAMETER = "nu_pos.rate_limit_per_minute"
DEFAULT_LIMIT = 600

#: A user may have as many times the limit in all sessions together: a hub that logs in
#: for each terminal works, and more sessions are no way around the limit.
SESSIONS = 10

# What the user's other sessions did in this minute is read, not counted a second time:
# a second row, shared by all sessions of a user, would be waited for.
_COUNT = """
    UPDATE nu_pos_rate_limit AS known
       SET requests = CASE WHEN known.minute = clock.minute
                           THEN known.requests + 1 ELSE 1 END,
           minute = clock.minute
      FROM (SELECT floor(extract(epoch FROM now()) / 60)::int AS minute,
                   60 - floor(extract(epoch FROM now()))::bigint %% 60 AS rest
           ) AS clock
     WHERE known.caller = %s
 RETURNING known.requests, clock.rest,
           (SELECT COALESCE(sum(other.requests), 0) FROM nu_pos_rate_limit AS other
             WHERE other.user_id = known.user_id AND other.id <> known.id
               AND other.minute = clock.minute) AS others"""
# Once for each caller. An upsert every time would do too, and use up an id each time.
_BEGIN = """
    INSERT INTO nu_pos_rate_limit AS known (caller, user_id, minute, requests)
    VALUES (%s, %s, floor(extract(epoch FROM now()) / 60)::int, 1)
        ON CONFLICT (caller) DO UPDATE SET requests = known.requests + 1
 RETURNING known.requests, 60 AS rest,
           (SELECT COALESCE(sum(other.requests), 0) FROM nu_pos_rate_limit AS other
             WHERE other.user_id = known.user_id AND other.id <> known.id
               AND other.minute = known.minute) AS others"""


class NuPosRateLimit(models.Model):
    """Requests of a caller in the running minute, counted by the database, so that
    all workers and all hosts count together.

    A row is one counter. It is no evidence and guards no secret: the table is not
    logged (a crash empties it, a commit waits for no disk), and where counting fails
    the request passes.
    """

    _name = "nu.pos.rate.limit"
    _description = "Requests of an API caller in a minute"
    _rec_name = "caller"
    _log_access = False

    caller = fields.Char(required=True, readonly=True)
    user_id = fields.Integer(readonly=True, help="Whose session it is.")
    minute = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="Minutes since 1970 by the clock of the database.",
    )
    requests = fields.Integer(required=True, readonly=True)

    _caller_uniq = models.UniqueIndex("(caller)")
    _user_idx = models.Index("(user_id) WHERE user_id IS NOT NULL")

    def init(self):
        # Room in each page keeps the update of a counter off its indexes.
        self.env.cr.execute(
            "SELECT relpersistence = 'p' FROM pg_class WHERE oid = %s::regclass",
            [self._table],
        )
        if self.env.cr.fetchone()[0]:
            table = SQL.identifier(self._table)
            self.env.cr.execute(SQL("ALTER TABLE %s SET (fillfactor = 50)", table))
            self.env.cr.execute(SQL("ALTER TABLE %s SET UNLOGGED", table))

    @api.private
    @api.model
    def check_caller(self, caller):
        """Count a request of somebody who has been identified: by session, device or
        user, whatever the headers of the request say.

        :param caller: ``Caller`` of ``nu.pos.identity``
        :raise ApiProblem: ``RATE_LIMITED``
        """
        if caller.session_id:
            key = f"session {caller.session_id}"
        elif caller.method == "device":
            key = f"device {caller.device_id}"
        else:
            key = f"{caller.method} {caller.user_id}"
        self.check(key, caller.user_id)

    @api.private
    @api.model
    def check_stranger(self, ip):
        """Count a token, key or secret that opened nothing.

        :param ip: address it came from; of IPv6 the /64 is counted
        :raise ApiProblem: ``RATE_LIMITED``, instead of the refusal
        """
        self.check(f"{Source(ip=ip).network} unauthenticated")

    @api.private
    @api.model
    def check(self, caller, user_id=None):
        """Count one request.

        :param caller: text that names who calls; at most ``limit`` requests a minute
            may bear it
        :param user_id: all callers of one user together may make ``SESSIONS`` times
            as many
        :raise ApiProblem: ``RATE_LIMITED`` with the seconds until the next minute
        """
        limit = self._limit()
        if not limit:
            return
        try:
            requests, others, wait = self._count(caller, user_id)
        except psycopg2.Error:
            _logger.warning("a request could not be counted", exc_info=True)
            return
        if requests > limit or requests + others > limit * SESSIONS:
            raise ApiProblem(
                "RATE_LIMITED",
                f"More than {limit} requests in a minute",
                retry_after=wait,
            )

    @api.model
    def _limit(self):
        """Requests a minute; 0: no limit."""
        value = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param(LIMIT_PARAMETER, DEFAULT_LIMIT)
        )
        try:
            return max(int(value), 0)
        except ValueError:
            return DEFAULT_LIMIT

    @api.model
    def _count(self, caller, user_id=None):
        """``(requests of the running minute, those of the user's other sessions,
        seconds until the next minute)``.

        On a connection of its own: the count stands whatever becomes of the request,
        needs no lock for longer than a statement, and works beside a read-only
        transaction.
        """
        dbname = self.env.cr.dbname
        found = CONTROLS.fetchone(dbname, SQL(_COUNT, caller))
        # its first request of all
        found = found or CONTROLS.fetchone(dbname, SQL(_BEGIN, caller, user_id))
        return found["requests"], found["others"], found["rest"]

    @api.autovacuum
    def _gc_idle(self):
        """Drop counters that nobody has touched for an hour."""
        self.env.cr.execute(
            "DELETE FROM nu_pos_rate_limit"
            " WHERE minute < extract(epoch FROM now()) / 60 - 60"
        )
