"""The HTTP side of the simulator."""

import json
import re
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from .books import Books
from .faults import Faults
from .judge import Judge, Settings
from .services import Request, find

_MAX_BODY = 32 << 20
_NOT_FOUND = "<!DOCTYPE html><html><body>404 - File not found</body></html>"
_PAGE = "<!DOCTYPE html><html><body>Servicio en mantenimiento</body></html>"


class Simulator:
    """A running simulator: addresses, what to do wrong, what came in.

    ``settings``, ``faults`` and ``books`` may be read and changed at any time; hold
    ``lock`` to change several things at once.
    """

    def __init__(self, port=0, environment="testecf", **settings):
        self.lock = threading.RLock()
        self.environment = environment
        self.settings = Settings(**settings)
        self.port = port
        self.reset()
        self._server = None
        self.resume()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def ecf_url(self):
        return f"{self.url}/ecf/{self.environment}"

    @property
    def fc_url(self):
        return f"{self.url}/fc/{self.environment}"

    def reset(self):
        """Forget what came in and everything that goes wrong."""
        with self.lock:
            self.faults = Faults()
            self.books = Books()
            self.judge = Judge(self.settings, self.books)

    def set(self, **values):
        """Set faults and settings by name."""
        with self.lock:
            for name, value in values.items():
                known = name in Settings.__dataclass_fields__
                (self.settings if known else self.faults).set(**{name: value})

    def expire_tokens(self):
        """Every token given so far is answered with 401."""
        with self.lock:
            self.books.tokens.clear()

    def pause(self):
        """Stop listening: connections are refused."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def resume(self):
        """Listen again, on the same port."""
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.daemon = True
        self._thread.start()

    stop = pause

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stop()

    # -- what came in ------------------------------------------------------------------

    def attempts(self, encf):
        """How often a number was delivered to DGII, as e-CF or summary."""
        with self.lock:
            services = ("recepcion", "recepcionfc")
            return sum(
                one.encf == encf and one.service in services
                for one in self.books.deliveries
            )

    def versions(self, encf):
        """The distinct files delivered under a number."""
        with self.lock:
            return {one.xml for one in self.books.deliveries if one.encf == encf}

    def accepted(self):
        """``{(issuer, encf): how often accepted}``; more than once never happens."""
        with self.lock:
            return Counter(
                (one.issuer, one.encf)
                for one in self.books.documents
                if one.judgement.code in (1, 4)
            )

    def report(self):
        """What ``GET /_control`` answers."""
        with self.lock:
            return {
                "calls": dict(self.books.calls),
                "attempts": dict(
                    Counter(one.encf for one in self.books.deliveries if one.encf)
                ),
                "accepted": sorted(encf for _issuer, encf in self.books.accepted),
                "accepted_times": {
                    encf: times for (_issuer, encf), times in self.accepted().items()
                },
                "versions": {
                    one.encf: len(self.versions(one.encf))
                    for one in self.books.documents
                },
                "rejected": sorted(
                    one.encf for one in self.books.documents if one.judgement.code == 2
                ),
                "faults": asdict(self.faults),
            }

    # -- a call ------------------------------------------------------------------------

    def control(self, values):
        """What ``POST /_control`` does."""
        values = dict(values)
        if values.pop("reset", False):
            self.reset()
        if values.pop("expire_tokens", False):
            self.expire_tokens()
        self.set(**values)

    def answer(self, method, target, headers, body, origin):
        """``(status, content, extra headers)`` or the word ``hang_up``."""
        parts = urlsplit(target)
        found = find(method, parts.path)
        if not found:
            return 404, _NOT_FOUND, {}
        service, function, needs_token, rnc = found
        if self.faults.delay and service in (self.faults.services or [service]):
            time.sleep(self.faults.delay)
        with self.lock:
            self.books.calls[service] = self.books.calls.get(service, 0) + 1
            failing = self._failing(self.faults.before(service))
            if failing:
                return failing
            query = {name.lower(): text for name, text in parse_qsl(parts.query)}
            request = Request(query, None, self, rnc=rnc, origin=origin)
            if needs_token and not self._token_holds(headers, needs_token, rnc):
                return 401, {"mensaje": "Token inválido"}, {}
            if method == "POST":
                request.file = part_named_xml(headers.get("Content-Type", ""), body)
                if request.file is None:
                    return 400, {"error": "Falta la parte xml", "mensaje": None}, {}
            status, content = function(request)
            after = self.faults.after(service)
        while self.faults.holds(service):
            time.sleep(0.01)
        if after == "lose":
            return "hang_up"
        return self._failing(after) or (status, content, {})

    def _token_holds(self, headers, needs_token, rnc):
        if needs_token == "entry":
            entries = self.settings.directory
            if not any(e["rnc"] == rnc and e.get("autenticacion") for e in entries):
                return True
        scheme, _space, token = headers.get("Authorization", "").partition(" ")
        now = self.settings.now()
        return scheme == "Bearer" and self.books.token_holds(token, now)

    def _failing(self, word):
        if word == "hang_up":
            return word
        wait = self.faults.retry_after
        extra = {"Retry-After": str(wait)} if wait else {}
        return {
            "maintenance": (503, _PAGE, extra),
            "too_many": (429, {"mensaje": "Demasiadas solicitudes"}, extra),
            "pages": (200, _PAGE, {}),
            "fail": (500, {"mensaje": "Error interno"}, {}),
        }.get(word)


def part_named_xml(content_type, body):
    """``(file name, bytes)`` of the part ``xml`` of a form, or None."""
    found = re.search(r'multipart/form-data;.*boundary="?([^";]+)', content_type)
    if not found:
        return None
    for part in body.split(b"--" + found.group(1).encode()):
        head, _blank, content = part.partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace")
        if re.search(r'Content-Disposition:[^\r\n]*\bname="xml"', text, re.I):
            name = re.search(r'filename="([^"]*)"', text)
            return (name.group(1) if name else "", content.removesuffix(b"\r\n"))
    return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # threads of keep-alive connections would hold up the closing
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, *arguments):
        self._open = set()
        super().__init__(*arguments)

    def handle_error(self, request, client_address):
        # who asked may hang up, and ``pause`` hangs up on everybody
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self):
        super().server_close()
        for request in list(self._open):
            self.shutdown_request(request)


def _handler(simulator):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30
        # an answer is two writes; together with delayed ACKs that costs 40 ms
        disable_nagle_algorithm = True

        def do_GET(self):
            if self.path == "/_control":
                return self._send(200, simulator.report(), {})
            return self._serve(b"")

        def do_POST(self):
            length = int(self.headers.get("Content-Length") or 0)
            if length > _MAX_BODY:
                self.close_connection = True
                return self._send(413, {"mensaje": "Muy grande"}, {})
            body = self.rfile.read(length)
            if self.path != "/_control":
                return self._serve(body)
            try:
                simulator.control(json.loads(body))
            except (ValueError, KeyError, TypeError) as error:
                return self._send(400, {"mensaje": str(error)}, {})
            return self._send(200, simulator.report(), {})

        def _serve(self, body):
            origin = f"http://{self.headers.get('Host', '')}"
            answer = simulator.answer(
                self.command, self.path, self.headers, body, origin
            )
            if answer == "hang_up":
                self.close_connection = True
                return None
            return self._send(*answer)

        def _send(self, status, content, extra):
            if isinstance(content, str):
                page = content.startswith("<!DOCTYPE")
                kind = "text/html" if page else "application/xml"
                data = content.encode()
            else:
                kind, data = "application/json", json.dumps(content).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                for name, value in extra.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            except ConnectionError:
                # who asked has gone; that is its affair
                self.close_connection = True

        def log_message(self, *_arguments):
            """Quiet: tests read ``report`` instead."""

    return Handler


def start(port=0, **settings) -> Simulator:
    """Start a simulator on loopback in a thread; ``stop()`` ends it.

    :param settings: ``environment`` and the names of ``Settings``
    """
    return Simulator(port, **settings)
