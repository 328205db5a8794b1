from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..fiscal.canonical import canonical_json

AUDIT_EVENTS = [
    ("login", "Log in"),
    ("create", "Draft created"),
    ("update", "Draft updated"),
    ("cancel", "Draft cancelled"),
    ("reserve", "Number reserved"),
    ("release", "Number given back"),
    ("void", "Number annulled"),
    ("hub_finalize", "Sale finalized"),
    ("pos_finalize", "Sale finalized in Odoo"),
]


class OrderAudit(models.Model):
    """What happened, by whom, from where: one row for every effect.

    Append-only: written by :meth:`_record` in the transaction of the effect itself,
    changed and deleted by nobody. Order and number are kept as plain values, so that
    the evidence outlives the records.
    """

    _name = "nu_restaurant_pos.order_audit"
    _description = "POS order audit"
    _order = "id desc"
    _rec_name = "pos_reference"
    _log_access = False

    create_date = fields.Datetime(
        string="Time", readonly=True, required=True, default=fields.Datetime.now
    )
    event = fields.Selection(AUDIT_EVENTS, required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Actor", readonly=True)
    device = fields.Char(readonly=True)
    app_version = fields.Char(readonly=True)
    request_id = fields.Char(readonly=True)
    pos_reference = fields.Char(string="Order reference", readonly=True)
    order_res_id = fields.Integer(string="Order id", readonly=True, aggregator=None)
    ncf = fields.Char(string="NCF", readonly=True)
    payload = fields.Text(readonly=True, help="Canonical JSON.")

    _reference_idx = models.Index("(company_id, pos_reference)")
    _event_idx = models.Index("(event, create_date)")

    @api.private
    @api.model
    def _record(
        self,
        event,
        company=None,
        pos_reference=None,
        order=None,
        ncf=None,
        payload=None,
    ):
        """Append one row in the current transaction; its failure fails the effect."""
        context = self.env.context
        return (
            self.sudo()
            .with_context(nu_audit_append=_APPEND)
            .create(
                {
                    "event": event,
                    "company_id": company.id if company else False,
                    "user_id": self.env.uid,
                    "device": context.get("nu_device"),
                    "app_version": context.get("nu_app_version"),
                    "request_id": context.get("nu_request_id"),
                    "pos_reference": pos_reference,
                    "order_res_id": order.id if order else False,
                    "ncf": ncf,
                    "payload": canonical_json(payload or {}),
                }
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        # the sentinel is an object: nobody can send it over RPC
        if self.env.context.get("nu_audit_append") is not _APPEND:
            raise AccessError(self.env._("The audit is written by the system only."))
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("The audit is append-only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("The audit is append-only."))


_APPEND = object()
