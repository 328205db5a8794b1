"""How many requests a caller may make."""

import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from .nu_pos_control import CONTROLS
from .nu_pos_problem import ApiProblem

_logger = logging.getLogger(__name__)

LIMIT_PARAMETER = "nu_pos.rate_limit_per_minute"
DEFAULT_LIMIT = 600

_COUNT = """
    UPDATE nu_pos_rate_limit AS known
       SET requests = CASE WHEN known.minute = clock.minute
                           THEN known.requests + 1 ELSE 1 END,
           minute = clock.minute
      FROM (SELECT floor(extract(epoch FROM now()) / 60)::int AS minute,
                   60 - floor(extract(epoch FROM now()))::bigint %% 60 AS rest
           ) AS clock
     WHERE known.caller = %s
 RETURNING known.requests, clock.rest"""
# Once for each caller. An upsert every time would do too, and use up an id each time.
_BEGIN = """
    INSERT INTO nu_pos_rate_limit AS known (caller, minute, requests)
    VALUES (%s, floor(extract(epoch FROM now()) / 60)::int, 1)
        ON CONFLICT (caller) DO UPDATE SET requests = known.requests + 1
 RETURNING known.requests, 60 AS rest"""


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
    minute = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="Minutes since 1970 by the clock of the database.",
    )
    requests = fields.Integer(required=True, readonly=True)

    _caller_uniq = models.UniqueIndex("(caller)")

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
    def check(self, caller):
        """Count one request.

        :param caller: text that names who calls; at most ``limit`` requests a minute
            may bear it
        :raise ApiProblem: ``RATE_LIMITED`` with the seconds until the next minute
        """
        limit = self._limit()
        if not limit:
            return
        try:
            requests, wait = self._count(caller)
        except psycopg2.Error:
            _logger.warning("a request could not be counted", exc_info=True)
            return
        if requests > limit:
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
    def _count(self, caller):
        """``(requests of the running minute, seconds until the next one)``.

        On a connection of its own: the count stands whatever becomes of the request,
        needs no lock for longer than a statement, and works beside a read-only
        transaction.
        """
        dbname = self.env.cr.dbname
        found = CONTROLS.fetchone(dbname, SQL(_COUNT, caller))
        # its first request of all
        found = found or CONTROLS.fetchone(dbname, SQL(_BEGIN, caller))
        return found["requests"], found["rest"]

    @api.autovacuum
    def _gc_idle(self):
        """Drop counters that nobody has touched for an hour."""
        self.env.cr.execute(
            "DELETE FROM nu_pos_rate_limit"
            " WHERE minute < extract(epoch FROM now()) / 60 - 60"
        )
