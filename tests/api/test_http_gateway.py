"""What every request passes before its route."""

import http.client
import json
from urllib.parse import urlencode

from odoo.tests.common import TEST_CURSOR_COOKIE_NAME
from odoo.tools import mute_logger

from ..common import DEVICE_HEADERS
from ..gateway_case import DISPATCHER, GatewayCase
from ..succeeds import succeeds

LIMIT = 5 * 1024 * 1024


class TestGateway(GatewayCase):
    # -- Before the route -----------------------------------------------------------

    @succeeds("GET health", "POST health")
    def test_health_answers_without_token_or_device(self):
        nothing = {"X-Device-Id": None, "X-App-Version": None}
        for method in ("GET", "POST"):
            with self.subTest(method=method):
                body = self.assertDone(
                    self.call("health", method=method, token=None, headers=nothing)
                )
                self.assertEqual(body["status"], "ok")

    def test_unknown_route_is_a_problem(self):
        for path in ("nothing", "orders/1/nothing", "/pos-api/v1"):
            for method in ("GET", "POST", "DELETE"):
                with self.subTest(path=path, method=method):
                    self.assertRefused(self.call(path, method=method), 404, "NOT_FOUND")

    def test_wrong_method_is_a_problem_that_names_the_right_one(self):
        for method, path, verb in (
            ("GET", "orders/create", "POST"),
            ("DELETE", "hub/finalize", "POST"),
            ("PUT", "orders/1", "GET"),
            ("PATCH", "auth/login", "POST"),
        ):
            with self.subTest(path=path):
                result = self.call(path, method=method)
                body = self.assertRefused(result, 405, "METHOD_NOT_ALLOWED")
                self.assertIn(verb, body["detail"])

    def test_wrong_method_carries_allow(self):
        _status, _body, response = self.call("orders/create", method="GET")
        self.assertIn("POST", response.headers.get("Allow", ""))

    def test_options_tells_the_methods_without_a_token(self):
        status, _body, response = self.call("orders", method="OPTIONS", token=None)
        self.assertEqual((status, response.text), (204, ""))
        self.assertEqual(response.headers["Allow"], "GET, POST, OPTIONS")

    def test_request_id_of_the_client_is_echoed(self):
        given = {"X-Request-Id": "till-7:0001"}
        body = self.assertRefused(self.call("nothing", headers=given), 404, "NOT_FOUND")
        self.assertEqual(body["request_id"], "till-7:0001")
        _status, _body, response = self.call("auth/me", headers=given)
        self.assertEqual(response.headers["X-Request-Id"], "till-7:0001")

    def test_unusable_request_id_is_replaced(self):
        for given in ("a b", "x" * 65, "<script>"):
            with self.subTest(given=given):
                body = self.assertRefused(
                    self.call("nothing", headers={"X-Request-Id": given}),
                    404,
                    "NOT_FOUND",
                )
                self.assertRegex(body["request_id"], r"^[0-9a-f]{32}$")

    # -- The body -------------------------------------------------------------------

    def raw(self, headers, chunks=()):
        """A call by hand: headers as told, then the chunks, if any."""
        self.env.cr.flush()
        connection = http.client.HTTPConnection(
            self.base_url().removeprefix("http://"), timeout=30
        )
        self.addCleanup(connection.close)
        with self.allow_requests():
            connection.putrequest("POST", "/pos-api/v1/orders/create")
            sent = {
                "Cookie": f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}",
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self._hub_token}",
                **DEVICE_HEADERS,
                **headers,
            }
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders()
            for chunk in chunks:
                connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            if chunks:
                connection.send(b"0\r\n\r\n")
            response = connection.getresponse()
            response.text = response.read().decode()
        return response.status, json.loads(response.text), response

    def test_body_over_5_mb_is_refused_without_being_read(self):
        self._hub_token = self.login()
        # nothing follows the headers: a server that waited for it would time out
        result = self.raw({"Content-Length": str(LIMIT + 1)})
        body = self.assertRefused(result, 413, "TOO_LARGE")
        self.assertFalse(body["retryable"])

    def test_body_over_5_mb_of_unknown_length_is_refused(self):
        self._hub_token = self.login()
        chunks = [b" " * 65536] * (LIMIT // 65536) + [b"{}"]
        result = self.raw({"Transfer-Encoding": "chunked"}, chunks)
        self.assertRefused(result, 413, "TOO_LARGE")

    def test_body_of_5_mb_is_read(self):
        empty = json.dumps({"pos_reference": "a", "lines": [], "junk": ""})
        body = json.dumps(
            {"pos_reference": "a", "lines": [], "junk": "x" * (LIMIT - len(empty))}
        )
        self.assertEqual(len(body), LIMIT)
        result = self.call("orders/create", body)
        self.assertRefused(result, 422, "VALIDATION", path="junk")
        self.assertLess(len(result[2].text), 2000)

    def test_other_content_types_are_refused(self):
        for content_type in ("text/plain", "application/x-www-form-urlencoded", None):
            with self.subTest(content_type=content_type):
                result = self.call(
                    "orders/create",
                    b'{"lines": []}',
                    headers={"Content-Type": content_type},
                )
                self.assertRefused(result, 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_charset_of_the_content_type_does_not_matter(self):
        result = self.call(
            "orders/create",
            {"lines": []},
            headers={"Content-Type": "application/json; charset=UTF-8"},
        )
        self.assertRefused(result, 422, "VALIDATION", path="pos_reference")

    def test_broken_json_is_refused(self):
        for body in (b"{", b"{'a': 1}", b'{"a": 1,}', b"\xff\xfe\x00", b"[" * 100_000):
            with self.subTest(body=body[:12]):
                self.assertRefused(self.call("orders/create", body), 400, "BAD_JSON")

    def test_scalar_is_no_body(self):
        for body in ("1", '"text"', "true", "null", "NaN"):
            with self.subTest(body=body):
                self.assertRefused(self.call("hub/finalize", body), 400, "BAD_JSON")

    def test_array_is_no_order(self):
        self.assertRefused(
            self.call("hub/finalize", [self.snapshot()]), 422, "VALIDATION"
        )

    def test_no_body_lacks_its_fields(self):
        result = self.call("hub/finalize")
        self.assertRefused(result, 422, "VALIDATION", path="pos_reference")

    # -- Fields -----------------------------------------------------------------------

    def test_unknown_field_of_a_draft_is_refused_with_its_path(self):
        body = self.draft(self.line(colour="red"), tipp=1)
        body = self.assertRefused(self.call("orders/create", body), 422, "VALIDATION")
        self.assertEqual(
            {entry["path"] for entry in body["errors"]}, {"tipp", "lines[0].colour"}
        )

    def test_unknown_field_of_a_paid_sale_is_a_warning_with_its_path(self):
        body = self.snapshot(self.line(colour="red"), tipp=1)
        body["payments"][0]["tender"] = "x"
        answer = self.assertDone(self.call("hub/finalize", body))
        self.assertEqual(
            {
                warning["path"]
                for warning in answer["warnings"]
                if warning["code"] == "UNKNOWN_FIELD"
            },
            {"tipp", "lines[0].colour", "payments[0].tender"},
        )

    def test_what_is_no_number_is_refused_with_its_path(self):
        for text in ("NaN", "Infinity", "-Infinity", '"NaN"', '"1e5"', '"450,00"'):
            with self.subTest(price=text):
                line = self.line()
                body = json.dumps(self.snapshot(line)).replace(
                    '"price_unit": 500.0', f'"price_unit": {text}'
                )
                self.assertRefused(
                    self.call("hub/finalize", body),
                    422,
                    "VALIDATION",
                    path="lines[0].price_unit",
                )

    def test_moments_beyond_the_calendar_are_refused_with_their_path(self):
        for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
            with self.subTest(moment):
                result = self.call("orders/create", self.draft(date_order=moment))
                self.assertRefused(result, 422, "VALIDATION", path="date_order")
                query = urlencode({"updated_since": moment})
                result = self.call(f"orders?{query}", method="GET")
                self.assertRefused(result, 422, "VALIDATION", path="updated_since")

    def test_nan_under_metadata_is_refused(self):
        body = json.dumps(self.draft(metadata={"weight": 1})).replace(
            '"weight": 1', '"weight": NaN'
        )
        with mute_logger(DISPATCHER, "odoo.http", "odoo.sql_db"):
            self.assertRefused(self.call("orders/create", body), 422, "VALIDATION")

    def test_text_the_database_cannot_hold_is_refused(self):
        for values in (
            {"metadata": {"a": "\x00"}},
            {"metadata": {"a": "\ud800"}},
            {"customer": {"name": "\x00"}},
            {"customer": {"name": "\ud800"}},
        ):
            with self.subTest(values=values):
                with mute_logger(DISPATCHER, "odoo.http", "odoo.sql_db"):
                    result = self.call("orders/create", self.draft(**values))
                self.assertRefused(result, 422, "VALIDATION")

    def test_superscript_digits_name_nothing(self):
        with mute_logger(DISPATCHER, "odoo.http"):
            table = self.call("orders/create", self.draft(table="²"))
            order = self.call("orders/%C2%B2", method="GET")
        self.assertRefused(table, 422, "UNKNOWN_REFERENCE", path="table")
        self.assertRefused(order, 404, "NOT_FOUND")

    def test_number_of_thousands_of_digits_names_nothing(self):
        """Python refuses to read it as a number at all."""
        long = "9" * 5000
        draft = self.call("orders/create", self.draft(config_id=long))
        sold = self.call("hub/finalize", self.snapshot(config_id=long))
        order = self.call(f"orders/{long}", method="GET")
        document = self.call(f"fiscal-documents/{long}", method="GET")
        for answer in (draft, sold):
            self.assertRefused(answer, 422, "VALIDATION", path="config_id")
        for answer in (order, document):
            self.assertRefused(answer, 404, "NOT_FOUND")

    def test_deep_metadata_is_no_crash(self):
        deep = {}
        for _level in range(700):
            deep = {"a": deep}
        with mute_logger(DISPATCHER, "odoo.http"):
            result = self.call(
                "orders/create",
                self.draft(metadata=deep),
                headers={"Idempotency-Key": "deep"},
            )
        self.assertRefused(result, 422, "VALIDATION")

    def test_long_input_is_not_echoed(self):
        line = self.line()
        line["price_unit"] = "9" * 10_000 + "x"
        result = self.call("orders/create", self.draft(line, total=1))
        self.assertRefused(result, 422, "VALIDATION", path="lines[0].price_unit")
        self.assertLess(len(result[2].text), 2000)

    def test_negative_quantity_is_refused(self):
        count = self.order_count()
        body = self.draft(self.line(), self.line(qty=-1), total=0)
        result = self.call("orders/create", body)
        self.assertRefused(result, 422, "VALIDATION", path="lines[1].qty")
        self.assertEqual(self.order_count(), count)

    def test_negative_price_is_refused(self):
        body = self.snapshot(self.line(price=-500.0), total=1)
        result = self.call("hub/finalize", body)
        self.assertRefused(result, 422, "VALIDATION", path="lines[0].price_unit")

    def test_all_wrong_fields_are_told_at_once(self):
        body = self.snapshot(self.line(), self.line(discount=101))
        body["lines"][0]["qty"] = "x"
        body["payments"][0]["amount"] = 1.234
        body = self.assertRefused(self.call("hub/finalize", body), 422, "VALIDATION")
        self.assertEqual(
            {entry["path"] for entry in body["errors"]},
            {"lines[0].qty", "lines[1].discount", "payments[0].amount"},
        )
