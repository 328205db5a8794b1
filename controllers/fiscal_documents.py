from odoo import http
from odoo.http import Response, content_disposition, request

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

    @api_route("documents.submit")
    def submit(self, body, ref):
        """Have an electronic receipt sent, or its answer asked for, at once."""
        return request.env["nu.pos.fiscal.document"].submit(ref)

    @api_route("documents.xml")
    def xml(self, body, ref):
        """The signed bytes under their official name."""
        name, data = request.env["nu.pos.fiscal.document"].xml(ref)
        return _file(name, data, "application/xml")

    @api_route("documents.pdf")
    def pdf(self, body, ref):
        """The printed receipt."""
        wire = request.httprequest
        asked = body if wire.method == "POST" else wire.args.to_dict()
        name, data = request.env["nu.pos.fiscal.document"].pdf(ref, asked)
        return _file(name, data, "application/pdf")

    @api_route("documents.annul")
    def annul(self, body, ref):
        """Annul a number that reached nobody."""
        return request.env["nu.pos.fiscal.document"].annul(
            ref, body, idempotency(f"fiscal-documents/{ref}/annul", body)
        )


def _file(name, data, content_type):
    headers = {"Content-Disposition": content_disposition(name)}
    return Response(data, headers=headers, content_type=content_type)
