from odoo import models


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
