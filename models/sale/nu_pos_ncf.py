from odoo import models


class NuPosNcf(models.Model):
    _inherit = "nu.pos.ncf"

    def _is_borne(self):
        return self._is_on("pos.order") or super()._is_borne()

    def _release(self):
        bearer = self.env["pos.order"].sudo().search([("nu_ncf_id", "=", self.id)])
        if bearer.state in ("paid", "done"):
            raise self._issued_elsewhere(bearer.pos_reference)
        # it may go out again before this draft is paid
        bearer.write({"nu_ncf_id": False})
        return super()._release()
