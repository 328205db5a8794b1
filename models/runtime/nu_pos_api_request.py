import json
from datetime import timedelta

from odoo import api, fields, models

from .problem import ApiProblem

#: How long an answer that refused a request is repeated, in hours.
KEEP_REFUSALS_HOURS = 24


class NuPosApiRequest(models.Model):
    """Answers kept by idempotency key (``Idempotency-Key`` or ``message_id``).

    The row is written in the transaction of the effect it answers for. A repeat with
    the same body gets the same answer, one with another body is refused; a request
    that was refused has had no effect, so its key may come with a corrected body.
    Answers that may change without the caller changing anything (5xx,
    ``IN_PROGRESS``) are not kept.
    """

    _name = "nu.pos.api.request"
    _description = "Answered API request"
    _order = "id desc"
    _rec_name = "key"
    _log_access = False

    create_date = fields.Datetime(
        readonly=True, required=True, default=fields.Datetime.now
    )
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, required=True)
    operation = fields.Char(required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    status = fields.Integer(required=True, readonly=True, aggregator=None)
    answer = fields.Text(required=True, readonly=True)

    _key_uniq = models.UniqueIndex("(user_id, key)")
    _create_date_idx = models.Index("(create_date)")

    @api.private
    @api.model
    def lock_key(self, key):
        return f"nu_pos_request:{self.env.uid}:{key}"

    @api.private
    @api.model
    def recall(self, key, fingerprint):
        """``(status, answer)`` kept under this key, or None.

        :raise ApiProblem: ``IDEMPOTENCY_MISMATCH`` when the key came with another body
        """
        kept = self.sudo().search(
            [("user_id", "=", self.env.uid), ("key", "=", key)], limit=1
        )
        if not kept:
            return None
        refused = kept.status >= 400
        age = fields.Datetime.now() - kept.create_date
        if refused and age > timedelta(hours=KEEP_REFUSALS_HOURS):
            kept.unlink()
            return None
        if refused and kept.fingerprint != fingerprint:
            kept.unlink()
            return None
        if kept.fingerprint != fingerprint:
            raise ApiProblem(
                "IDEMPOTENCY_MISMATCH",
                "This key was used with another request",
                errors=[{"path": "Idempotency-Key", "message": "used before"}],
            )
        return kept.status, json.loads(kept.answer)

    @api.private
    @api.model
    def keep(self, key, operation, fingerprint, status, answer, company=None):
        self.sudo().create(
            {
                "company_id": company.id if company else False,
                "user_id": self.env.uid,
                "operation": operation,
                "key": key,
                "fingerprint": fingerprint,
                "status": status,
                "answer": json.dumps(answer, ensure_ascii=False),
            }
        )

    @api.autovacuum
    def _gc_old(self):
        """Keys are remembered for ``nu_pos.idempotency_days`` (default 90)."""
        days = int(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("nu_pos.idempotency_days", "90")
        )
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=days)
        self.sudo().search([("create_date", "<", limit)], limit=10_000).unlink()
