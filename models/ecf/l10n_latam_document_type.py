from odoo import models


class L10nLatamDocumentType(models.Model):
    _inherit = "l10n_latam.document.type"

    def _nu_check_can_sign(self, company):
        if self.nu_is_electronic:
            self.env["nu.pos.ecf.certificate"]._identity_of(company)
        return super()._nu_check_can_sign(company)

    def _nu_electronic_twin(self):
        """The electronic type of one of series B; empty if there is none."""
        return self._nu_twin().filtered("nu_is_electronic")
