"""From a received e-CF to a draft vendor bill, by a job."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .bill_builder import BillBuilder

#: Types that are a supplier's invoice or note to us. A consumer invoice (32) gives no
#: tax credit, and 41, 43, 46 and 47 have no electronic receiver.
BILL_KINDS = ("31", "33", "34", "44", "45")
BATCH = 50
#: Minutes before a bill that could not be made is tried again by itself.
RETRY_MINUTES = (10, 60, 360, 1440)


class NuPosEcfReceived(models.Model):
    _inherit = "nu.pos.ecf.received"

    bill_state = fields.Selection(
        [
            ("none", "No bill"),
            ("to_make", "To make"),
            ("made", "Made"),
            ("failed", "Failed"),
        ],
        string="Vendor bill is",
        readonly=True,
        default="none",
    )
    bill_id = fields.Many2one(
        "account.move", string="Vendor bill", readonly=True, index="btree_not_null"
    )
    bill_attempts = fields.Integer(readonly=True, aggregator=None)
    bill_next = fields.Datetime(string="Bill is tried at", readonly=True)
    bill_note = fields.Text(
        string="About the bill",
        readonly=True,
        help="Why there is none, or what to look at.",
    )

    _bill_turn = models.Index("(bill_next, id) WHERE bill_next IS NOT NULL")

    def _after_reception(self):
        """Hand a new document to the job that makes bills."""
        for record in self:
            if record.kind in BILL_KINDS:
                record.write(
                    {"bill_state": "to_make", "bill_next": fields.Datetime.now()}
                )
                self._wake_bills()

    @api.model
    def _wake_bills(self):
        self.env.ref("nu_restaurant_pos.cron_make_ecf_bills").sudo()._trigger()

    # -- Buttons -------------------------------------------------------------------

    def action_make_bill(self):
        """Make the vendor bill now, again after a failure."""
        for record in self._check_actor():
            if record.kind not in BILL_KINDS:
                raise UserError(
                    self.env._("%s is of a type that makes no bill.", record.name)
                )
            if not record.bill_id:
                record._make_bill()

    def action_view_bill(self):
        self.ensure_one()
        self._check_actor()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.bill_id.id,
            "view_mode": "form",
        }

    # -- The job -------------------------------------------------------------------

    @api.model
    def _cron_make_bills(self):
        """Make the bills that are due, each in a transaction of its own. The attempt
        is noted first, so that what breaks the job does not stand in the way of the
        others."""
        with self.env.registry.cursor() as cr:
            ids = (
                self.with_env(self.env(cr=cr))
                .sudo()
                .search(
                    [("bill_next", "<=", fields.Datetime.now())],
                    order="bill_next, id",
                    limit=BATCH,
                )
                .ids
            )
        for record_id in ids:
            with self.env.registry.cursor() as cr:
                record = self.with_env(self.env(cr=cr)).sudo().browse(record_id)
                if not record.try_lock_for_update():
                    continue
                attempt = record.bill_attempts
                wait = RETRY_MINUTES[min(attempt, len(RETRY_MINUTES) - 1)]
                more = attempt < len(RETRY_MINUTES)
                record.write(
                    {
                        "bill_state": "to_make" if more else "failed",
                        "bill_attempts": attempt + 1,
                        "bill_next": more
                        and fields.Datetime.now() + timedelta(minutes=wait),
                    }
                )
            with self.env.registry.cursor() as cr:
                record = self.with_env(self.env(cr=cr)).sudo().browse(record_id)
                record._make_bill()
        if len(ids) == BATCH:
            self._wake_bills()

    def _make_bill(self):
        """Make the bill; what the accounts do not allow is noted, not raised."""
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset(["bill_id"])
        if self.bill_id:
            return
        try:
            # the savepoint takes back what a refusal leaves half made
            with self.env.cr.savepoint():
                bill, notes = BillBuilder(self).build()
        except UserError as error:
            self.write({"bill_state": "failed", "bill_note": str(error)})
            return
        self.write(
            {
                "bill_state": "made",
                "bill_id": bill.id,
                "bill_next": False,
                "bill_note": "\n".join(notes) or False,
            }
        )
