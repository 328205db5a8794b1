from odoo import api, models


class NuPosEcfDelivery(models.AbstractModel):
    """Answers to received e-CF leave by the same lane."""

    _inherit = "nu.pos.ecf.delivery"

    @api.model
    def _work_others(self, until):
        steps = super()._work_others(until)
        return steps + self.env["nu.pos.ecf.received"]._deliver_answers(until)
