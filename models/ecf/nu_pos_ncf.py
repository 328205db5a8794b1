from odoo import models
from odoo.exceptions import UserError


class NuPosNcf(models.Model):
    """The number of an electronic receipt has its signed document."""

    _inherit = "nu.pos.ncf"

    def _printed_signature(self):
        is_electronic = self.document_type_id.nu_is_electronic
        return self.env["nu.pos.ecf"].printed_of(
            self if is_electronic else self.browse()
        )

    def _annulling_note(self):
        return self.env["nu.pos.ecf"].annulling(self)

    def action_annul_at_dgii(self):
        """Annul e-NCF at DGII that are annulled in the ledger."""
        self.env["nu.pos.ecf"].browse()._check_manager()
        self.check_access("read")
        for record in self:
            if not record.document_type_id.nu_is_electronic:
                raise UserError(
                    self.env._("%s is reported in format 608 only.", record.name)
                )
            if record.state != "voided":
                raise UserError(
                    self.env._("%s is on a sale: annul the number first.", record.name)
                )
        for company in self.company_id:
            mine = self.filtered(lambda ncf, c=company: ncf.company_id == c)
            self.env["nu.pos.ecf.annulment"].annul(company, mine.mapped("name"))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _nu_replaced_by(self):
        """The e-CF in the place of these receipts; empty as long as there is none."""
        return (
            self.env["nu.pos.ecf"].sudo().search([("replaces_ncf_id", "in", self.ids)])
        )
