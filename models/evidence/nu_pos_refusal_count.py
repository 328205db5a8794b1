"""A flood of refusals makes no flood of audit rows, which are kept ten years."""

import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

#: Refusals of one kind of one client in an hour that leave a row of their own.
OWN_ROWS = 20
#: Different orders or log-ins that the row of the others names.
SUBJECTS = 20

_COUNT = """
    INSERT INTO nu_pos_refusal_count AS known
           (key, hour, company, actor, code, what, refusals, subjects,
            date_first, date_last)
    VALUES (%(key)s, %(hour)s, %(company)s, %(actor)s, %(code)s, %(what)s, 1,
            %(subjects)s::jsonb, %(now)s, %(now)s)
        ON CONFLICT (key, hour) DO UPDATE
       SET refusals = known.refusals + 1, date_last = excluded.date_last,
           subjects = CASE WHEN known.refusals <= %(own)s THEN excluded.subjects
                           WHEN known.subjects @> excluded.subjects
                             OR jsonb_array_length(known.subjects) >= %(most)s
                           THEN known.subjects
                           ELSE known.subjects || excluded.subjects END
 RETURNING refusals"""


class NuPosRefusalCount(models.Model):
    """Refusals of one kind (code and route) of one client in one hour.

    The first ``OWN_ROWS`` are rows of the audit, each with all that is known of it;
    the others are counted here, and become one row with their number, first and last
    moment and what they were about when the hour is over (:meth:`_cron_sum_up`). A
    client is a user, or for who is nobody yet a network address.
    """

    _name = "nu.pos.refusal.count"
    _description = "Repeated refusals of an hour"
    _order = "id desc"
    _rec_name = "code"
    _log_access = False

    key = fields.Char(required=True, readonly=True)
    hour = fields.Datetime(required=True, readonly=True)
    # plain values: what is counted refers to nothing that must stay
    company = fields.Integer(readonly=True, aggregator=None)
    actor = fields.Integer(readonly=True, aggregator=None)
    code = fields.Char(readonly=True)
    what = fields.Char(readonly=True)
    refusals = fields.Integer(required=True, readonly=True)
    subjects = fields.Json(readonly=True)
    date_first = fields.Datetime(readonly=True)
    date_last = fields.Datetime(readonly=True)

    _key_uniq = models.UniqueIndex("(key, hour)")
    _hour_idx = models.Index("(hour)")

    @api.private
    @api.model
    def count(self, company, payload, subject=None):
        """Count one refusal, in the current transaction.

        :param payload: of its row; ``code`` and ``route``, ``act`` or ``way`` of it
            are its kind
        :return: whether it has a row of its own
        """
        now = fields.Datetime.now()
        code = str(payload.get("code") or "")[:64]
        what = " ".join(
            str(payload[name]) for name in ("route", "act", "way") if payload.get(name)
        )[:128]
        client = self._client()
        values = {
            "key": json.dumps([client, company.id or 0, code, what]),
            "hour": now.replace(minute=0, second=0, microsecond=0),
            "company": company.id or None,
            "actor": self.env.uid or None,
            "code": code,
            "what": what,
            "subjects": json.dumps([str(subject)[:64]] if subject else []),
            "now": now,
            "own": OWN_ROWS,
            "most": SUBJECTS,
        }
        [(refusals,)] = self.env.execute_query(SQL(_COUNT, **values))
        return refusals <= OWN_ROWS

    @api.model
    def _client(self):
        """Who asks, by what he has proven: a header of his own choice is nothing."""
        user = self.env.user
        if user and user._is_internal():
            return f"user {user.id}"
        return f"address {request.httprequest.remote_addr}" if request else "nobody"

    @api.model
    def _cron_sum_up(self):
        """Make a row of the audit of what was counted in the hours that are over."""
        over = fields.Datetime.now().replace(
            minute=0, second=0, microsecond=0
        ) - timedelta(hours=1)
        while True:
            rows = self.env.execute_query(
                SQL(
                    """
                    DELETE FROM nu_pos_refusal_count WHERE id IN (
                        SELECT id FROM nu_pos_refusal_count WHERE hour <= %s
                         ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED)
                    RETURNING company, actor, code, what, refusals, subjects,
                              date_first, date_last
                    """,
                    over,
                )
            )
            for row in rows:
                self._sum_up(*row)
            # the rows of the audit and what they sum up: both or neither
            self.env["ir.cron"]._commit_progress(len(rows))
            if len(rows) < 100:
                break

    @api.model
    def _sum_up(self, company, actor, code, what, refusals, subjects, first, last):
        if refusals <= OWN_ROWS:
            return
        audit = self.env["nu_restaurant_pos.order_audit"]
        users = self.env["res.users"].browse(actor or ()).exists()
        audit.with_user(users or self.env.user).sudo()._record(
            "refusal",
            company=self.env["res.company"].browse(company or ()).exists(),
            payload={
                "code": code,
                "what": what,
                "repeated": refusals - OWN_ROWS,
                "since": f"{first.isoformat(timespec='seconds')}Z",
                "until": f"{last.isoformat(timespec='seconds')}Z",
                "subjects": subjects or [],
            },
        )
