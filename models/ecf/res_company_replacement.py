"""Series B receipts of a contingency that a company has to replace."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .nu_pos_ecf_contingency_replacement import LEFT


class ResCompany(models.Model):
    _inherit = "res.company"

    def action_replace_contingency(self):
        """Replace the series B receipts of the past contingencies by e-CF."""
        self.ensure_one()
        self._nu_check_ecf_manager()
        if self.nu_ecf_contingency == "incapable":
            raise UserError(
                self.env._("End the contingency first: nothing can be signed in it.")
            )
        receipts = self.sudo()._nu_contingency_receipts()
        made = self.env["nu.pos.ecf"].sudo()
        for receipt in receipts:
            made |= made.replace_receipt(receipt)
        self.env.invalidate_all()
        self.sudo()._nu_ecf_replaced()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replacements"),
            "res_model": "nu.pos.ecf",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", made.ids)],
        }

    def _nu_ecf_replaced(self):
        """Nobody is to be reminded any more where all is replaced."""
        past = self.env["nu.pos.ecf.contingency"].search(
            [("company_id", "=", self.id), ("kind", "=", "incapable")]
        )
        done = past.filtered(lambda record: not record.receipts_left)
        done.activity_unlink(["mail.mail_activity_data_todo"])

    def _nu_ecf_leave(self):
        # EXTENDS nu_restaurant_pos: what series B carried has 30 days
        record = self.env["nu.pos.ecf.contingency"]._of(self)
        result = super()._nu_ecf_leave()
        record.invalidate_recordset(["receipts_left", "date_replace"])
        if record.kind == "incapable" and record.receipts_left:
            record._remind_replacement()
        return result

    @api.private
    def _nu_contingency_receipts(self):
        """Issued series B receipts of ``incapable`` contingencies that no e-CF replaces
        yet, the oldest first; those replaced last have 30 days from their own date."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT n.date_issued, n.id %s AND n.company_id = %s"
                " ORDER BY n.date_issued, n.id",
                SQL(LEFT),
                self.id,
            )
        )
        return self.env["nu.pos.ncf"].browse(row[1] for row in rows)
