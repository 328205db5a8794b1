"""Annulment at DGII of the unused rest of an electronic range."""

from odoo import models
from odoo.exceptions import UserError


class NuPosNcfRange(models.Model):
    _inherit = "nu.pos.ncf.range"

    def action_annul_unused(self):
        """Annul at DGII what a closed or expired electronic range did not use."""
        self.ensure_one()
        self.env["nu.pos.ecf"].browse()._check_manager()
        self.check_access("write")
        kind = self.document_type_id
        if not kind.nu_is_electronic or self.state not in ("closed", "expired"):
            raise UserError(
                self.env._("Only closed or expired ranges of series E are annulled.")
            )
        ledger = self.env["nu.pos.ncf"].sudo()
        # numbers given back would go out again; in a closed range nobody takes them
        numbers = ledger.search(
            [("range_id", "=", self.id), ("state", "=", "released")]
        ).mapped("name")
        left = []
        if self.next_number <= self.last_number:
            prefix = kind.doc_code_prefix
            bounds = (self.next_number, self.last_number)
            left = [tuple(f"{prefix}{number:010d}" for number in bounds)]
        self.env["nu.pos.ecf.annulment"].annul(self.company_id, numbers, left)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
