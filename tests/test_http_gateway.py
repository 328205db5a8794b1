"""What every request passes before its route, and how every refusal looks."""

import http.client
import json
from unittest.mock import patch

import psycopg2.errors

from odoo.tests import tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME
from odoo.tools import mute_logger

from .common import DEVICE_HEADERS, ApiCase

LIMIT = 5 * 1024 * 1024
DISPATCHER = "odoo.addons.nu_restaurant_pos.controllers.dispatcher"
INSIDES = ("Traceback", 'File "', "psycopg2", "SELECT ", "INSERT ", "odoo.addons")


class DatabaseConflict(psycopg2.errors.SerializationFailure):
    """As the database raises it: with its code."""

    pgcode = "40001"


class GatewayCase(ApiCase):
    """How a refusal looks, and what belongs to a company the hub does not work in."""

    def assertRefused(self, result, status, code, path=None):
        """Status, headers and body of a problem; the body, for a closer look."""
        got, body, response = result
        self.assertEqual((got, (body or {}).get("code")), (status, code), body)
        headers = response.headers
        self.assertEqual(
            headers["Content-Type"], "application/problem+json; charset=utf-8"
        )
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertTrue(body["request_id"])
        self.assertEqual(headers["X-Request-Id"], body["request_id"])
        self.assertEqual(body["status"], status)
        self.assertTrue(body["title"])
        self.assertTrue(body["detail"])
        self.assertEqual(body["error"], body["detail"])
        self.assertIsInstance(body["retryable"], bool)
        self.assertTrue(body["type"].endswith(code.lower().replace("_", "-")))
        if status == 503:
            self.assertGreater(int(headers["Retry-After"]), 0)
        if path is not None:
            self.assertIn(path, [entry["path"] for entry in body["errors"]], body)
        for inside in INSIDES:
            self.assertNotIn(inside, response.text)
        return body

    def assertDone(self, result, status=200):
        """Status and headers of a success; the body."""
        got, body, response = result
        self.assertEqual(got, status, body)
        self.assertEqual(
            response.headers["Content-Type"], "application/json; charset=utf-8"
        )
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertTrue(response.headers["X-Request-Id"])
        return body

    @classmethod
    def make_other_company(cls):
        """A register, product, customer and payment method out of the hub's reach."""
        cls.other_company = cls.env.ref("base.main_company")
        env = cls.env(context={"allowed_company_ids": cls.other_company.ids})
        values = {"company_id": cls.other_company.id}
        cls.other_config = env["pos.config"].create({"name": "Ajena", **values})
        cls.other_product = env["product.product"].create(
            {"name": "Ajeno", "default_code": "AJENO", **values}
        )
        cls.other_partner = env["res.partner"].create(
            {"name": "Cliente ajeno", **values}
        )
        cls.other_method = cls.other_config.payment_method_ids[:1]

    def order_count(self):
        return self.env["pos.order"].search_count([])


class TestGateway(GatewayCase):
    # -- Before the route -----------------------------------------------------------

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

    # DEFECT: a chunked body is cut at the limit and judged as if that were all.
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

    def test_unknown_field_is_refused_with_its_path(self):
        body = self.snapshot(self.line(colour="red"), tipp=1)
        body["payments"][0]["tender"] = "x"
        body = self.assertRefused(self.call("hub/finalize", body), 422, "VALIDATION")
        self.assertEqual(
            {entry["path"] for entry in body["errors"]},
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


class TestForeignRecords(GatewayCase):
    """Records of a company the hub does not work in do not exist for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_other_company()

    def assertUnknown(self, path, **values):
        """Refused with this path, in the words used for what does not exist."""
        answers = []
        for choice in (0, 1):
            body = self.snapshot(
                **{name: pair[choice] for name, pair in values.items()}
            )
            refusal = self.assertRefused(
                self.call("hub/finalize", body), 422, "UNKNOWN_REFERENCE", path=path
            )
            del refusal["request_id"]
            [entry] = refusal["errors"]
            del entry["given"]
            answers.append(refusal)
        self.assertEqual(*answers)

    def absent(self, model):
        return self.env[model].search([], order="id desc", limit=1).id + 10_000

    def test_register_of_another_company_does_not_exist(self):
        absent = self.absent("pos.config")
        self.assertUnknown("config_id", config_id=(self.other_config.id, absent))

    def test_session_of_another_company_does_not_exist(self):
        session = self.env["pos.session"].create(
            {"config_id": self.other_config.id, "user_id": self.env.uid}
        )
        absent = self.absent("pos.session")
        self.assertUnknown("session_id", session_id=(session.id, absent))

    def test_product_of_another_company_does_not_exist(self):
        absent = self.absent("product.product")
        self.assertUnknown(
            "lines[0].product_id",
            lines=(
                [{"product_id": self.other_product.id, "qty": 1, "price_unit": 500}],
                [{"product_id": absent, "qty": 1, "price_unit": 500}],
            ),
            total=(640, 640),
        )

    def test_product_code_of_another_company_does_not_exist(self):
        self.assertUnknown(
            "lines[0].product",
            lines=(
                [{"product": "AJENO", "qty": 1, "price_unit": 500}],
                [{"product": "NINGUNO", "qty": 1, "price_unit": 500}],
            ),
            total=(640, 640),
        )

    def test_customer_of_another_company_does_not_exist(self):
        absent = self.absent("res.partner")
        self.assertUnknown("partner_id", partner_id=(self.other_partner.id, absent))

    def test_payment_method_of_another_company_does_not_exist(self):
        absent = self.absent("pos.payment.method")
        self.assertUnknown(
            "payments[0].payment_method_id",
            payments=(
                [{"payment_method_id": self.other_method.id, "amount": 640}],
                [{"payment_method_id": absent, "amount": 640}],
            ),
        )

    def test_tax_of_another_company_does_not_exist(self):
        foreign = self.env["account.tax"].search(
            [
                ("company_id", "=", self.other_company.id),
                ("type_tax_use", "=", "sale"),
            ],
            limit=1,
        )
        absent = self.absent("account.tax")
        self.assertUnknown(
            "lines[0].tax_ids[0]",
            lines=(
                [self.line(id="a", tax_ids=foreign.ids)],
                [self.line(id="a", tax_ids=[absent])],
            ),
            total=(640, 640),
        )

    def test_reservation_for_a_foreign_register_takes_no_number(self):
        ledger = self.Ncf.search_count([])
        result = self.call(
            "orders/reserve-ncf",
            {
                "pos_reference": self.reference(),
                "config_id": self.other_config.id,
                "fiscal_type": "B02",
            },
        )
        self.assertRefused(result, 422, "UNKNOWN_REFERENCE", path="config_id")
        self.assertEqual(self.Ncf.search_count([]), ledger)

    def test_payment_methods_of_a_foreign_register_are_not_told(self):
        result = self.call("payments/methods", {"config_id": self.other_config.id})
        self.assertRefused(result, 422, "UNKNOWN_REFERENCE", path="config_id")


@tagged("post_install", "-at_install")
class TestFailures(GatewayCase):
    """What is nobody's fault, or ours."""

    def failing(self, error, model="nu.pos.sale", method="prepare"):
        return patch.object(type(self.env[model]), method, side_effect=error)

    def test_unexpected_error_tells_nothing_but_its_request(self):
        count = self.order_count()
        with (
            self.failing(RuntimeError("secret")),
            mute_logger("odoo.http"),
            self.assertLogs(DISPATCHER, "ERROR") as log,
        ):
            result = self.call("orders/create", self.draft())
        body = self.assertRefused(result, 500, "INTERNAL")
        self.assertTrue(body["retryable"])
        self.assertNotIn("secret", result[2].text)
        # whoever reads the log finds the request by its id
        self.assertIn(body["request_id"], log.output[0])
        self.assertEqual(self.order_count(), count)

    def test_unexpected_error_of_a_sale_leaves_no_order(self):
        body = self.snapshot()
        with (
            self.failing(RuntimeError("secret"), "nu.pos.order.writer", "evidence"),
            mute_logger("odoo.http", DISPATCHER),
        ):
            self.assertRefused(self.call("hub/finalize", body), 500, "INTERNAL")
        orders = self.env["pos.order"].search(
            [("pos_reference", "=", body["pos_reference"])]
        )
        self.assertFalse(orders)
        self.assertInvariant()
        # the same request succeeds once the cause is gone
        answer = self.assertDone(self.call("hub/finalize", body))
        self.assertTrue(answer["created"])

    def test_database_error_tells_no_sql(self):
        def broken(model, *args):
            model.env.cr.execute("SELECT no_such_column FROM res_users")

        name = type(self.env["nu.pos.sale"])
        with (
            patch.object(name, "prepare", broken),
            mute_logger("odoo.http", "odoo.sql_db", DISPATCHER),
        ):
            result = self.call("orders/create", self.draft())
        self.assertRefused(result, 500, "INTERNAL")
        self.assertNotIn("no_such_column", result[2].text)

    def test_database_conflict_asks_to_try_again(self):
        with (
            self.failing(DatabaseConflict()),
            patch("odoo.service.model.time.sleep"),
            mute_logger("odoo.http"),
        ):
            result = self.call("orders/create", self.draft())
        body = self.assertRefused(result, 503, "BUSY")
        self.assertTrue(body["retryable"])

    def test_database_away_asks_to_try_again(self):
        with (
            self.failing(psycopg2.OperationalError("server closed secret")),
            mute_logger("odoo.http"),
        ):
            result = self.call("orders/create", self.draft())
        body = self.assertRefused(result, 503, "UNAVAILABLE")
        self.assertTrue(body["retryable"])
        self.assertNotIn("secret", result[2].text)

    def test_conflict_that_passes_is_not_seen_by_the_caller(self):
        Sale = type(self.env["nu.pos.sale"])
        prepare, calls = Sale.prepare, []

        def once_broken(model, *args):
            calls.append(1)
            if len(calls) == 1:
                raise DatabaseConflict()
            return prepare(model, *args)

        body = self.draft()
        with (
            patch.object(Sale, "prepare", once_broken),
            patch("odoo.service.model.time.sleep"),
        ):
            answer = self.assertDone(self.call("orders/create", body), 201)
        self.assertEqual(answer["pos_reference"], body["pos_reference"])
        self.assertEqual(len(calls), 2)
