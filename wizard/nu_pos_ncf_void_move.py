from odoo import models
from odoo.exceptions import UserError


class NuPosNcfVoid(models.TransientModel):
    _inherit = "nu.pos.ncf.void"

    def action_apply(self):
        """An issued number of an invoice that was never delivered is annulled, and the
        invoice is cancelled with it. What is electronic, has notes, or belongs to a
        sale of the till is undone by a note: annulling never leaves an open session
        with an invoice that is not posted."""
        invoices = self.env["account.move"]
        for ncf in self.ncf_ids:
            if ncf.state == "issued" and ncf.move_id.state == "posted":
                self._nu_check_voidable(ncf)
                invoices |= ncf.move_id
        result = super().action_apply()
        if invoices and self.action == "void":
            invoices.invalidate_recordset(["nu_ncf_id"])
            invoices.button_cancel()
        return result

    def _nu_check_voidable(self, ncf):
        move = ncf.move_id
        if ncf.document_type_id.nu_is_electronic:
            raise UserError(
                self.env._("%s is electronic: it is undone by a credit note.", ncf.name)
            )
        replacing = ncf._nu_replaced_by()
        if replacing:
            raise UserError(
                self.env._(
                    "%(ecf)s replaces %(ncf)s at DGII: it is undone by a credit note.",
                    ecf=replacing[0].name,
                    ncf=ncf.name,
                )
            )
        if move.sudo().pos_order_ids:
            raise UserError(
                self.env._(
                    "%s is on a sale of the till: refund the sale, which takes a "
                    "credit note.",
                    ncf.name,
                )
            )
        if move.reversal_move_ids.filtered(lambda note: note.state == "posted"):
            raise UserError(self.env._("%s has a note: it was delivered.", ncf.name))
