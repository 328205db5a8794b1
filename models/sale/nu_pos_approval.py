from odoo import api, models


class NuPosApproval(models.Model):
    _inherit = "nu.pos.approval"

    @api.model
    def _register_of_order(self, company, reference):
        order = self.env["pos.order"].sudo()._nu_by_reference(company, reference)
        return order.config_id
