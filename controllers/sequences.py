from odoo import http
from odoo.http import request

from ..models.runtime.nu_pos_answering import Answer
from .gateway import api_route


class SequenceController(http.Controller):
    @api_route("sequences.list", "sequences.add")
    def sequences(self, body):
        """``GET``: ranges. ``POST``: a new authorisation of DGII."""
        ranges = request.env["nu.pos.ncf.range"]
        if request.httprequest.method == "POST":
            return Answer(ranges._api_add(body), 201)
        return ranges._api_list(request.httprequest.args.to_dict())

    @api_route("sequences.change")
    def change(self, body, range_id):
        """Close a range, or correct what lies ahead of it."""
        return request.env["nu.pos.ncf.range"]._api_change(range_id, body)
