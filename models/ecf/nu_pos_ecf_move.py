from odoo import api, models


class NuPosEcf(models.Model):
    _inherit = "nu.pos.ecf"

    @api.private
    @api.model
    def _sign_move(self, move):
        """Sign the document of a posted invoice, bill or note of the back office;
        nothing if its number is not electronic or signed already.

        :raise ApiProblem: as :meth:`_sign`; the posting is undone with it
        """
        ncf = move.sudo().nu_ncf_id
        if not ncf.document_type_id.nu_is_electronic or self._of_ncf(ncf):
            return self.browse()
        document, modified = self.env["nu.pos.ecf.describer"].of_move(move)
        return self._sign(ncf, document, modified, move_id=move.id)
