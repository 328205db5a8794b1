from odoo import http
from odoo.http import request

from odoo.addons.point_of_sale.controllers.main import PosController


class TicketController(PosController):
    """The public page on which guests ask for the invoice of a ticket."""

    @http.route()
    def show_ticket_validation_screen(self, access_token="", **kwargs):
        # EXTENDS 'point_of_sale'
        # A ticket with a fiscal number is a document already: the page would put the
        # visitor's name on it. With his RNC it is another one, which the house issues
        # in its place (NG 05-2019). An invoice that exists is shown as ever.
        order = request.env["pos.order"].sudo()
        if access_token:
            order = order.search([("access_token", "=", access_token)], limit=1)
        if order and not order.account_move and order._nu_sealed():
            return request.render(
                "nu_restaurant_pos.ticket_numbered", {"pos_order": order}
            )
        return super().show_ticket_validation_screen(access_token, **kwargs)
