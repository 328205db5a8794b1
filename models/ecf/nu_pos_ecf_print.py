"""What people hold in their hands: the printed representation and the file."""

import base64

from odoo import api, fields, models

from ...fiscal.ecf import build
from ...fiscal.ecf.dgii import document_name
from ...fiscal.ecf.printed import printed


class NuPosEcf(models.Model):
    _inherit = "nu.pos.ecf"

    xml_file = fields.Binary(
        string="Signed XML", compute="_compute_files", help="As sent, byte by byte."
    )
    summary_file = fields.Binary(string="Summary XML", compute="_compute_files")
    file_name = fields.Char(
        compute="_compute_files", help="RNC and e-NCF, as DGII wants it."
    )

    @api.depends("xml", "summary_xml", "name", "company_id")
    def _compute_files(self):
        for record in self:
            xml, summary = record.xml, record.summary_xml
            record.xml_file = base64.b64encode((xml or "").encode())
            record.summary_file = summary and base64.b64encode(summary.encode())
            record.file_name = document_name(record._issuer_rnc(), record.name or "")

    def _issuer_rnc(self):
        """As signed; a company may change its RNC later."""
        return build.parse_ecf(self.xml.encode()).issuer.rnc if self.xml else ""

    def _printed(self):
        """``fiscal.ecf.printed.Printed`` of what was signed, not of the order."""
        self.ensure_one()
        return printed(
            build.parse_ecf(self._xml_bytes()),
            state=self.state,
            environment=self.environment,
            security_code=self.security_code,
            qr_url=self.qr_url,
            sold=self.order_id._nu_sold_day(),
        )

    def _open(self):
        """The form of one receipt, or the list of several."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nu_restaurant_pos.nu_pos_ecf_action"
        )
        if len(self) == 1:
            return {**action, "views": [(False, "form")], "res_id": self.id}
        return {**action, "domain": [("id", "in", self.ids)]}

    def action_print_ticket(self):
        return self.env.ref("nu_restaurant_pos.report_ecf_ticket").report_action(
            self, config=False
        )

    def action_print_a4(self):
        return self.env.ref("nu_restaurant_pos.report_ecf_a4").report_action(
            self, config=False
        )

    def action_download_xml(self):
        """The signed document under its official name."""
        return self._download("xml_file")

    def action_download_summary(self):
        """The signed summary (RFCE) under its official name."""
        return self._download("summary_file")

    def _download(self, field):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{self.id}/{field}"
            "?download=true&filename_field=file_name",
        }
