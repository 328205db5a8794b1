"""The four addresses every electronic issuer publishes under ``/fe`` (Decreto 587-24
art. 18; Descripción Técnica, "Servicios del receptor electrónico")."""

import io
from itertools import product

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

from ..models.runtime.problem import ApiProblem
from .dispatcher import PosApiDispatcher

#: A document of ten thousand lines has about seven million bytes.
MAX_DOCUMENT = 10 << 20
#: A signed seed or approval has some thousands.
MAX_MESSAGE = 256 << 10
_MAX_PARTS = 8

#: {path in lower case: (method, function, most bytes)}
SERVICES = {
    "autenticacion/api/semilla": ("GET", "_seed", 0),
    "autenticacion/api/validacioncertificado": ("POST", "_token", MAX_MESSAGE),
    "recepcion/api/ecf": ("POST", "_receive", MAX_DOCUMENT),
    "aprobacioncomercial/api/ecf": ("POST", "_approve", MAX_MESSAGE),
}
#: The norm wants paths without regard to case; werkzeug's are exact.
PATHS = [f"/{f}{e}/<path:rest>" for f, e in product("fF", "eE")]


class EcfReceiverDispatcher(PosApiDispatcher):
    """``type="ecf_receiver"``: a file in a form comes in; XML, JSON or a problem goes
    out. Identifiers, access log and errors are those of the API."""

    routing_type = "ecf_receiver"

    def dispatch(self, endpoint, args):
        path = args["rest"].lower().strip("/")
        self.request.params = {}
        self.seen = {"route": f"fe/{path}" if path in SERVICES else "fe"}
        try:
            if path not in SERVICES:
                raise ApiProblem("NOT_FOUND", "There is no such service")
            method, name, limit = SERVICES[path]
            given = self.request.httprequest.method
            if given != method and not (given == "HEAD" and method == "GET"):
                response = self._problem(
                    ApiProblem("METHOD_NOT_ALLOWED", f"{method} is answered here")
                )
                response.headers["Allow"] = method
                return response
            self._check_address()
            token = self._bearer() if method == "POST" else ""
            xml = self._file(limit) if method == "POST" else b""
            self.request.params = {"service": name, "xml": xml, "token": token}
            response = self.request.registry["ir.http"]._dispatch(endpoint)
        except ApiProblem as problem:
            return self._problem(problem)
        return self._finish(response)

    def _check_address(self):
        address = self.request.httprequest.remote_addr
        self.request.env["nu.pos.rate.limit"].check(f"{address} e-CF")

    def _bearer(self):
        header = self.request.httprequest.headers.get("Authorization", "")
        scheme, _space, token = header.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def _file(self, limit):
        """The bytes of the part ``xml`` of the form."""
        wire = self.request.httprequest
        if wire.mimetype != "multipart/form-data":
            raise ApiProblem(
                "UNSUPPORTED_MEDIA_TYPE", "Send multipart/form-data with a part xml"
            )
        # the frame of a form is some hundreds of bytes
        most = limit + 4096
        if (wire.content_length or 0) > most:
            raise _too_large(limit)
        wire.max_content_length = most + 1
        # kept: Odoo may run a request twice, the wire is read once
        raw = wire.get_data(cache=True)
        self.seen["bytes_in"] = len(raw)
        if len(raw) > most:
            raise _too_large(limit)
        parser = FormDataParser(
            max_form_memory_size=most, max_form_parts=_MAX_PARTS, silent=False
        )
        try:
            _stream, form, files = parser.parse(
                io.BytesIO(raw), wire.mimetype, len(raw), wire.mimetype_params
            )
        except RequestEntityTooLarge as error:
            raise _too_large(limit) from error
        except ValueError as error:
            raise ApiProblem("BAD_REQUEST", "The form cannot be read") from error
        file = files.get("xml")
        content = file.read() if file else form.get("xml", "").encode()
        if not content:
            raise ApiProblem("BAD_REQUEST", "The form has no part xml")
        if len(content) > limit:
            raise _too_large(limit)
        return content


class EcfReceiverController(http.Controller):
    @http.route(
        PATHS,
        type="ecf_receiver",
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def serve(self, service, xml, token):
        """One of the four services; the dispatcher has read the request."""
        # nobody in particular: what comes in is believed by its signature
        env = request.env(user=SUPERUSER_ID, context={"lang": "en_US"}, su=True)
        receiver = env["nu.pos.ecf.receiver"]
        return getattr(self, service)(receiver, xml, token)

    def _seed(self, receiver, _xml, _token):
        return _xml_response(receiver.seed())

    def _token(self, receiver, xml, _token):
        return request.make_json_response(receiver.token(xml))

    def _receive(self, receiver, xml, token):
        receiver.authenticate(token)
        address = request.httprequest.remote_addr
        return _xml_response(receiver.receive(xml, address))

    def _approve(self, receiver, xml, token):
        receiver.authenticate(token)
        receiver.take_approval(xml)
        return Response(status=200)


def _xml_response(body):
    return Response(body, content_type="application/xml; charset=utf-8")


def _too_large(limit):
    return ApiProblem("TOO_LARGE", f"More than {limit >> 10} kB are not read here")
