from odoo import models

from ..models.nu_pos_guarded import SCREEN


class PosMakePayment(models.TransientModel):
    _inherit = "pos.make.payment"

    def check(self):
        # EXTENDS 'point_of_sale'
        # An order that is paid from its form, a return above all, takes its number
        # here, before the request writes anything.
        order = self.env["pos.order"].browse(self.env.context.get("active_id") or ())
        due = order.amount_total - order.amount_paid
        if order.state == "draft" and not order.currency_id.compare_amounts(
            self.amount, due
        ):
            self.env["nu.pos.screen"].number_form(order)
        return super(PosMakePayment, self.with_context(nu_screen=SCREEN)).check()
