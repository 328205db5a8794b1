from odoo import http
from odoo.http import request

from .dispatcher import idempotency
from .gateway import api_route


class FiscalDocumentController(http.Controller):
    @api_route("documents.list", "documents.issue")
    def documents(self, body):
        """``GET``: list. ``POST``: a document for a sale."""
        if request.httprequest.method == "POST":
            return request.env["nu.pos.reissue"].submit(
                body, idempotency("fiscal-documents", body)
            )
        return request.env["nu.pos.fiscal.document"].listing(
            request.httprequest.args.to_dict()
        )

    @api_route("documents.detail")
    def detail(self, body, ref):
        """One document, by id or number."""
        return request.env["nu.pos.fiscal.document"].detail(ref)

    @api_route("documents.annul")
    def annul(self, body, ref):
        """Annul a number that reached nobody."""
        return request.env["nu.pos.fiscal.document"].annul(
            ref, body, idempotency(f"fiscal-documents/{ref}/annul", body)
        )
