"""What the gate does for every route alike: sizes, verbs, other origins."""

import json
import socket
import time
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.tests import tagged

from ...controllers.dispatcher import MAX_BODY
from ...controllers.gateway import OPERATIONS
from ..common import DEVICE_HEADERS, ApiCase

ORIGIN = "https://till.example"


class GateCase(ApiCase):
    def setting(self, name, value):
        self.env["ir.config_parameter"].set_param(f"nu_pos.{name}", value)


@tagged("post_install", "-at_install")
class TestSize(GateCase):
    def speak(self, *headers, body=b"", path="/pos-api/v1/orders/create"):
        """Send bytes as they are, and read the status of what comes back."""
        address = urlsplit(self.base_url())
        token = self.login()
        with self.allow_requests():
            lines = [
                f"POST {path} HTTP/1.1",
                f"Host: {address.netloc}",
                f"Authorization: Bearer {token}",
                f"Cookie: test_request_key={self.http_request_key}",
                "Content-Type: application/json",
                *(f"{name}: {value}" for name, value in DEVICE_HEADERS.items()),
                *headers,
            ]
            with socket.create_connection((address.hostname, address.port), 10) as wire:
                wire.sendall("\r\n".join([*lines, "", ""]).encode() + body)
                answer = b""
                while b"\r\n\r\n" not in answer:
                    received = wire.recv(65536)
                    if not received:
                        break
                    answer += received
        return int(answer.split()[1])

    def test_a_great_body_is_refused_unread(self):
        """Nothing of it was even sent when the answer comes."""
        begun = time.monotonic()
        self.assertEqual(self.speak(f"Content-Length: {MAX_BODY + 1}"), 413)
        self.assertLess(time.monotonic() - begun, 5)

    def test_no_length_hides_a_great_body(self):
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        body = chunk * (MAX_BODY // 65536) + b"2\r\n{}\r\n0\r\n\r\n"
        self.assertEqual(self.speak("Transfer-Encoding: chunked", body=body), 413)

    def test_a_body_in_chunks_is_read(self):
        body = b'1\r\n{\r\n10\r\n"pos_reference":\r\n4\r\n"1"}\r\n0\r\n\r\n'
        self.assertEqual(self.speak("Transfer-Encoding: chunked", body=body), 422)

    def test_chunks_that_are_none_are_no_defect(self):
        for body in (b"zz\r\n{}\r\n0\r\n\r\n", b"-5\r\n{}\r\n", b"2\r\n{}no end"):
            with self.subTest(body=body):
                status = self.speak("Transfer-Encoding: chunked", body=body)
                self.assertEqual(status, 400)

    def test_who_may_not_call_is_told_before_the_body_is_read(self):
        for body in ("{", b"\xff", json.dumps({"x": "y" * 1000})):
            status, answer, _response = self.call("orders/create", body, token="a.b.c")
            self.assertEqual((status, answer["code"]), (401, "UNAUTHENTICATED"))


@tagged("post_install", "-at_install")
class TestVerbs(GateCase):
    def test_head_is_a_get_without_a_body(self):
        for path, token in (
            ("health", None),
            ("docs", None),
            ("openapi.json", None),
            ("orders", "hub"),
            ("payments/methods", "hub"),
        ):
            with self.subTest(path=path):
                status, _body, got = self.call(path, method="GET", token=token)
                sent = dict(got.request.headers)
                sent.pop("Cookie", None)
                headed = self.url_open(
                    f"/pos-api/v1/{path}", method="HEAD", headers=sent
                )
                self.assertEqual((headed.status_code, headed.content), (status, b""))
                for name in ("Content-Type", "Content-Length"):
                    self.assertEqual(headed.headers[name], got.headers[name])

    def test_head_of_a_write_is_refused(self):
        response = self.url_open("/pos-api/v1/hub/finalize", method="HEAD")
        self.assertEqual(response.status_code, 405)
        self.assertEqual(response.headers["Allow"], "POST, OPTIONS")

    def test_options_names_the_verbs_and_asks_for_nothing(self):
        for route in OPERATIONS.values():
            if route.name == "unknown":
                continue
            path = route.full_paths[0].replace("<string:ref>", "1")
            with self.subTest(path=path):
                response = self.url_open(path, method="OPTIONS")
                self.assertEqual((response.status_code, response.content), (204, b""))
                allowed = response.headers["Allow"].split(", ")
                self.assertLessEqual({*route.verbs, "OPTIONS"}, set(allowed))
                self.assertTrue(response.headers["X-Request-Id"])


@tagged("post_install", "-at_install")
class TestOtherOrigins(GateCase):
    def preflight(self, path="hub/finalize", origin=ORIGIN, **headers):
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,x-api-token",
            **headers,
        }
        return self.url_open(f"/pos-api/v1/{path}", method="OPTIONS", headers=asked)

    def test_none_is_let_in_unless_told(self):
        response = self.preflight()
        self.assertEqual(response.status_code, 204)
        self.assertNotIn("Access-Control-Allow-Origin", response.headers)
        self.assertNotIn("Vary", response.headers)

    def test_preflight(self):
        self.setting("cors_origins", f"https://other.example, {ORIGIN}/")
        response = self.preflight()
        self.assertEqual((response.status_code, response.content), (204, b""))
        headers = response.headers
        self.assertEqual(headers["Access-Control-Allow-Origin"], ORIGIN)
        self.assertEqual(headers["Access-Control-Allow-Methods"], "POST")
        self.assertEqual(headers["Access-Control-Max-Age"], "600")
        self.assertEqual(headers["Vary"], "Origin")
        allowed = headers["Access-Control-Allow-Headers"].lower().split(", ")
        self.assertLessEqual(
            {
                "authorization",
                "content-type",
                "idempotency-key",
                "x-api-key",
                "x-api-token",
                "x-app-version",
                "x-device-id",
                "x-request-id",
            },
            set(allowed),
        )
        self.assertNotIn("Access-Control-Allow-Credentials", headers)

    def test_other_origins_stay_out(self):
        self.setting("cors_origins", ORIGIN)
        for origin in (f"{ORIGIN}.evil.example", "http://till.example", "null"):
            response = self.preflight(origin=origin)
            self.assertNotIn("Access-Control-Allow-Origin", response.headers)
            self.assertEqual(response.headers["Vary"], "Origin")

    def test_any_origin(self):
        self.setting("cors_origins", "*")
        headers = self.preflight(origin="https://anybody.example").headers
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")

    def test_every_answer_bears_it(self):
        self.setting("cors_origins", ORIGIN)
        origin = {"Origin": ORIGIN}
        calls = [
            (200, ("health", None, "GET", None, origin)),
            (200, ("payments/methods", None, "GET", "hub", origin)),
            (200, ("openapi.json", None, "GET", None, origin)),
            (401, ("auth/me", None, "GET", None, origin)),
            (404, ("nowhere", None, "GET", None, origin)),
            (405, ("hub/finalize", None, "GET", None, origin)),
            (422, ("hub/finalize", {}, "POST", "hub", origin)),
        ]
        for expected, arguments in calls:
            with self.subTest(path=arguments[0]):
                status, _body, response = self.call(*arguments)
                self.assertEqual(status, expected)
                self.assertEqual(
                    response.headers["Access-Control-Allow-Origin"], ORIGIN
                )
                exposed = response.headers["Access-Control-Expose-Headers"]
                for name in ("X-Request-Id", "Idempotent-Replayed", "Retry-After"):
                    self.assertIn(name, exposed)

    def test_a_defect_bears_it_too(self):
        self.setting("cors_origins", ORIGIN)
        token = self.login()
        Reader = type(self.env["nu.pos.order.reader"])
        with (
            patch.object(Reader, "listing", side_effect=ZeroDivisionError),
            self.assertLogs("odoo", "ERROR"),
        ):
            status, body, response = self.call(
                "orders", None, "GET", token, {"Origin": ORIGIN}
            )
        self.assertEqual((status, body["code"]), (500, "INTERNAL"))
        self.assertEqual(response.headers["Access-Control-Allow-Origin"], ORIGIN)
