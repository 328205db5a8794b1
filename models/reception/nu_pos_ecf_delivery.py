from odoo import api, models
from odoo.tools import SQL

from ..ecf.nu_pos_ecf_link import utc_now


class NuPosEcfDelivery(models.AbstractModel):
    """Answers to received e-CF leave by the same lane."""

    _inherit = "nu.pos.ecf.delivery"

    @api.model
    def _work_others(self, until):
        steps = super()._work_others(until)
        return steps + self.env["nu.pos.ecf.received"]._deliver_answers(until)

    @api.model
    def _next_due(self):
        [(moment,)] = self.env.execute_query(
            SQL(
                "SELECT min(answer_issuer_next) FROM nu_pos_ecf_received"
                " WHERE answer_issuer_next IS NOT NULL"
            )
        )
        answer = moment and (moment - utc_now()).total_seconds()
        waiting = [due for due in (super()._next_due(), answer) if due is not None]
        return min(waiting, default=None)
