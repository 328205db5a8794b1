from odoo import http
from odoo.http import Response, content_disposition, request

from ..schemas.fiscal_document import (
    AnnulledAnswer,
    Annulment,
    DocumentDetailAnswer,
    DocumentIssuedAnswer,
    DocumentListAnswer,
    DocumentQuery,
    DocumentRequest,
    PrintQuery,
    PrintRequest,
)
from ..schemas.operation import GIVES_BACK, REGISTER
from .gateway import operation


class FiscalDocumentController(http.Controller):
    @operation(
        "GET",
        "fiscal-documents",
        name="documents.list",
        permission="payment",
        readonly=True,
        query=DocumentQuery,
        answer=DocumentListAnswer,
        codes=REGISTER,
    )
    def documents(self, query):
        """Documents that were issued, newest first"""
        return request.env["nu.pos.fiscal.document"].listing(query)

    @operation(
        "POST",
        "fiscal-documents",
        name="documents.issue",
        permission="payment",
        body=DocumentRequest,
        answer=DocumentIssuedAnswer,
        statuses=(200, 201),
        codes=(*GIVES_BACK, "RNC_REQUIRED", "RNC_INVALID"),
        keyed=True,
    )
    def issue(self, body, idempotency):
        """A document for a sale that has none, or one of another type"""
        return request.env["nu.pos.reissue"].submit(body, idempotency)

    @operation(
        "GET",
        "fiscal-documents/<string:ref>",
        name="documents.detail",
        permission="payment",
        readonly=True,
        answer=DocumentDetailAnswer,
        codes=("NOT_FOUND",),
    )
    def detail(self, ref):
        """One document with its transmission, by id or number"""
        return request.env["nu.pos.fiscal.document"].detail(ref)

    @operation(
        "POST",
        "fiscal-documents/<string:ref>/submit",
        name="documents.submit",
        permission="payment",
        answer=DocumentDetailAnswer,
        codes=("NOT_FOUND", "CONFLICT"),
    )
    def submit(self, ref):
        """Have an electronic receipt sent, or its answer asked for, at once"""
        return request.env["nu.pos.fiscal.document"].submit(ref)

    @operation(
        "GET",
        "fiscal-documents/<string:ref>/xml",
        name="documents.xml",
        permission="payment",
        readonly=True,
        codes=("NOT_FOUND",),
        media_type="application/xml",
    )
    def xml(self, ref):
        """The signed XML of an electronic receipt, byte by byte"""
        name, data = request.env["nu.pos.fiscal.document"].xml(ref)
        return _file(name, data, "application/xml")

    @operation(
        "GET POST",
        "fiscal-documents/<string:ref>/pdf",
        name="documents.pdf",
        permission="view_orders",
        query=PrintQuery,
        body=PrintRequest,
        codes=("NOT_FOUND", "VALIDATION", "PDF_UNAVAILABLE", "APPROVAL_REQUIRED"),
        media_type="application/pdf",
    )
    def pdf(self, ref, query=None, body=None):
        """The printed receipt: a ticket of 80 mm, or A4; from the second on a COPIA"""
        asked = body or PrintRequest(format=query.format)
        name, data = request.env["nu.pos.fiscal.document"].pdf(ref, asked)
        return _file(name, data, "application/pdf")

    @operation(
        "POST",
        "fiscal-documents/<string:ref>/annul",
        name="documents.annul",
        permission="annul_ncf",
        body=Annulment,
        answer=AnnulledAnswer,
        codes=GIVES_BACK,
        keyed=True,
    )
    def annul(self, body, ref, idempotency):
        """Annul a number that reached nobody"""
        return request.env["nu.pos.fiscal.document"].annul(ref, body, idempotency)


def _file(name, data, content_type):
    headers = {"Content-Disposition": content_disposition(name)}
    return Response(data, headers=headers, content_type=content_type)
