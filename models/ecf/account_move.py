from odoo import api, fields, models

from ...fiscal import calendar
from ...fiscal.ecf import timbre


class AccountMove(models.Model):
    _inherit = "account.move"

    nu_ecf_count = fields.Integer(
        string="Electronic receipts", compute="_compute_nu_ecf_count", compute_sudo=True
    )

    nu_ecf_id = fields.Many2one(
        "nu.pos.ecf", string="e-CF", compute="_compute_nu_ecf_id"
    )

    @api.depends("nu_ncf_id")
    def _compute_nu_ecf_id(self):
        for move in self:
            ncf = move.nu_ncf_id
            move.nu_ecf_id = self.env["nu.pos.ecf"]._of_ncf(ncf) if ncf else False

    @api.depends("nu_ncf_id")
    def _compute_nu_ecf_count(self):
        counts = dict(
            self.env["nu.pos.ecf"]._read_group(
                [("ncf_id", "in", self.nu_ncf_id.ids)], ["ncf_id"], ["__count"]
            )
        )
        for move in self:
            move.nu_ecf_count = counts.get(move.nu_ncf_id, 0)

    def _nu_sign(self):
        self.ensure_one()
        self.env["nu.pos.ecf"]._sign_move(self)
        return super()._nu_sign()

    def _nu_printed(self):
        values = super()._nu_printed()
        ecf = values and self.env["nu.pos.ecf"]._of_ncf(self.sudo().nu_ncf_id)
        if ecf:
            values |= {
                "qr": timbre.qr_data_uri(ecf.qr_url),
                "security_code": ecf.security_code,
                "signed_on": calendar.printed_moment(ecf.date_signed),
            }
        return values

    def action_nu_open_ecf(self):
        """The electronic receipt of the invoice."""
        self.ensure_one()
        return self._nu_ecf()._open()

    def action_nu_print_ecf(self):
        """Its printed representation, A4."""
        self.ensure_one()
        report = self.env.ref("nu_restaurant_pos.report_ecf_a4")
        return report.report_action(self._nu_ecf()[:1], config=False)

    def _nu_ecf(self):
        return self.env["nu.pos.ecf"].search([("ncf_id", "in", self.nu_ncf_id.ids)])
