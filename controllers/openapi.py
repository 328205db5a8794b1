"""The description of the API: for programs and for people."""

from odoo import http
from odoo.http import Response, request

from ..schemas.openapi import OpenApi
from . import description, docs_pages
from .gateway import operation


class OpenApiController(http.Controller):
    @operation(
        "GET",
        "openapi.json",
        name="api.description",
        public=True,
        readonly=True,
        answer=OpenApi,
        statuses=(200, 304),
    )
    def description(self):
        """This description"""
        text, etag = description.document_text()
        return _conditional(text, etag, "application/json; charset=utf-8")

    @operation(
        "GET",
        "docs",
        name="api.docs",
        public=True,
        readonly=True,
        statuses=(200, 304),
        media_type="text/html",
    )
    def docs(self):
        """This description, for people"""
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
