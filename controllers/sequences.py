from odoo import http
from odoo.http import request

from ..schemas.operation import REGISTER
from ..schemas.sequence import (
    NewSequence,
    SequenceAnswer,
    SequenceChange,
    SequenceListAnswer,
    SequenceQuery,
)
from .gateway import operation


class SequenceController(http.Controller):
    @operation(
        "GET",
        "fiscal-sequences",
        name="sequences.list",
        permission="settings",
        readonly=True,
        query=SequenceQuery,
        answer=SequenceListAnswer,
        codes=REGISTER,
    )
    def sequences(self, query):
        """Authorised ranges with what is left of each"""
        return request.env["nu.pos.ncf.range"]._api_list(query)

    @operation(
        "POST",
        "fiscal-sequences",
        name="sequences.add",
        permission="settings",
        body=NewSequence,
        answer=SequenceAnswer,
        statuses=(201,),
        codes=(*REGISTER, "CONFLICT"),
    )
    def add(self, body):
        """Add a range that DGII authorised"""
        return request.env["nu.pos.ncf.range"]._api_add(body)

    @operation(
        "PATCH POST",
        "fiscal-sequences/<int:range_id>",
        name="sequences.change",
        permission="settings",
        body=SequenceChange,
        answer=SequenceAnswer,
        codes=("NOT_FOUND", "CONFLICT", "VALIDATION"),
    )
    def change(self, body, range_id):
        """Close a range, or correct what lies ahead of it"""
        return request.env["nu.pos.ncf.range"]._api_change(range_id, body)
