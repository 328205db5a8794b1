"""The description of the API: for programs and for people."""

from odoo import http
from odoo.http import Response, request

from ..schemas import openapi
from . import docs_pages
from .gateway import api_route


class OpenApiController(http.Controller):
    @api_route("api.description")
    def description(self, body):
        """OpenAPI 3.1, built from the shapes and the table of routes."""
        text, etag = openapi.document_text()
        return _conditional(text, etag, "application/json; charset=utf-8")

    @api_route("api.docs")
    def docs(self, body):
        """The same for people: to search and to try, or one page that needs nothing."""
        return _page(docs_pages.reference())

    @http.route(
        "/pos-api/v1/docs/<string:name>",
        type="http",
        auth="none",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def docs_file(self, name):
        """The guide, the plain page, and what the reference page loads."""
        page = docs_pages.served(name)
        return _page(page) if page else request.not_found()


def _page(page):
    response = _conditional(page.content, page.etag, page.content_type)
    response.headers["Content-Security-Policy"] = page.policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _conditional(text, etag, content_type):
    """200, or 304 for who knows this text already."""
    response = Response(text, content_type=content_type)
    response.set_etag(etag)
    response.headers["Cache-Control"] = "no-cache"  # keep, and ask whether it is so
    return response.make_conditional(request.httprequest.environ)
