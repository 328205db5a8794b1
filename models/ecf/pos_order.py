from dataclasses import replace

from odoo import fields, models
from odoo.exceptions import UserError

from ...fiscal import calendar
from ...fiscal.document_types import DOCUMENT_TYPES
from ...fiscal.ecf import build
from ...fiscal.ecf.printed import printed


class PosOrder(models.Model):
    _inherit = "pos.order"

    nu_ecf_count = fields.Integer(
        string="Electronic receipts", compute="_compute_nu_ecf_count", compute_sudo=True
    )

    def _compute_nu_ecf_count(self):
        counts = dict(
            self.env["nu.pos.ecf"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.nu_ecf_count = counts.get(order, 0)

    def _nu_sign(self):
        self.ensure_one()
        if self.nu_document_type_id.nu_is_electronic:
            self.env["nu.pos.ecf"]._sign_order(self)
        return super()._nu_sign()

    def action_nu_open_ecf(self):
        """The electronic receipt of the sale."""
        self.ensure_one()
        return self._nu_ecf()._open()

    def action_nu_print_ticket(self):
        return self._nu_print("ticket")

    def action_nu_print_a4(self):
        return self._nu_print("a4")

    def _nu_print(self, form):
        self.ensure_one()
        ecf = self._nu_ecf()
        if ecf:
            return self.env.ref(f"nu_restaurant_pos.report_ecf_{form}").report_action(
                ecf, config=False
            )
        if not self.nu_ncf_id:
            raise UserError(self.env._("The order has no NCF to print."))
        report = self.env.ref(f"nu_restaurant_pos.report_order_{form}")
        return report.report_action(self, config=False)

    def _nu_ecf(self):
        return self.env["nu.pos.ecf"].search(
            [("ncf_id", "=", self.nu_ncf_id.id)], limit=1
        )

    def _printed(self):
        """``fiscal.ecf.printed.Printed`` of the sale's receipt of either series.

        A paper receipt has the rules of its electronic twin, less the timbre
        (Decreto 254-06 arts. 5 and 8).
        """
        self.ensure_one()
        ecf = self._nu_ecf()
        if ecf:
            return ecf._printed()
        prefix = self.nu_ncf_id.document_type_id.doc_code_prefix
        twin = prefix and DOCUMENT_TYPES[prefix].twin
        if not twin:
            raise UserError(self.env._("The order has no NCF to print."))
        document, _modified = self.env["nu.pos.ecf.describer"].of_order(self)
        document = build.complete(replace(document, kind=twin[1:]))
        return printed(document, prefix, sold=self._nu_sold_day())

    def _nu_sold_day(self):
        """Day of the sale in Santo Domingo; None where there is no order."""
        return calendar.fiscal_day(self.date_order) if self.date_order else None
