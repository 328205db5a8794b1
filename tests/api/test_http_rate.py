"""How often a caller may ask, and what the log says of it."""

import json
import logging
import re
import time
from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import patch

import jwt
import psycopg2

from odoo import fields
from odoo.tests import tagged

from ...models.access.nu_pos_rate_limit import SESSIONS
from ...models.runtime.autocommit_pool import CONTROLS
from ...models.runtime.problem import ApiProblem
from ..common import HUB_PASSWORD
from .test_http_limits import GateCase

ACCESS = "odoo.addons.nu_restaurant_pos.access"


@tagged("post_install", "-at_install")
class TestRate(GateCase):
    """Counters outlive the test: each uses callers of its own."""

    def setUp(self):
        super().setUp()
        self.token = self.login()
        self.device = f"rate-{time.time_ns()}"
        self.end_minute()

    def end_minute(self):
        """All that was counted of sessions becomes that of the minute before."""
        with CONTROLS.lease(self.env.cr.dbname) as control:
            control._execute(
                "UPDATE nu_pos_rate_limit SET minute = minute - 1"
                " WHERE caller LIKE 'session %%' RETURNING 1",
                [],
            )

    @property
    def key(self):
        """What the session of the token is counted under."""
        claims = jwt.decode(self.token, options={"verify_signature": False})
        session = self.env["nu.pos.refresh.token"].search(
            [("family", "=", claims["fam"])]
        )
        return f"session {session.id}"

    def poll(self, times=1, device=None):
        """Statuses of so many requests."""
        found = []
        for _time in range(times):
            status, body, response = self.call(
                "auth/me",
                None,
                "GET",
                self.token,
                {"X-Device-Id": device or self.device},
            )
            found.append(status)
        return found, body, response

    def within_a_minute(self):
        """Wait for the next minute when this one is about to end."""
        rest = 60 - time.time() % 60
        if rest < 15:
            time.sleep(rest + 0.1)

    def test_a_caller_beyond_the_limit_has_to_wait(self):
        self.setting("rate_limit_per_minute", "3")
        self.within_a_minute()
        statuses, body, response = self.poll(5)
        self.assertEqual(statuses, [200, 200, 200, 429, 429])
        self.assertEqual((body["code"], body["retryable"]), ("RATE_LIMITED", True))
        self.assertTrue(1 <= int(response.headers["Retry-After"]) <= 60)
        self.assertEqual(
            self.poll(1, f"{self.device}-b")[0], [429], "another word in a header"
        )
        self.token = self.login()
        self.assertEqual(self.poll()[0], [200], "another session")

    def test_more_sessions_are_no_way_around_the_limit(self):
        self.setting("rate_limit_per_minute", "3")
        self.within_a_minute()
        Rate = self.env["nu.pos.rate.limit"]
        user_id = 2**30 + time.time_ns() % 2**29  # nobody's, so that nobody else counts
        passed = 0
        with self.assertRaises(ApiProblem) as caught:
            for session in range(SESSIONS + 1):
                for _time in range(3):
                    Rate.check(f"{self.device} {session}", user_id)
                    passed += 1
        self.assertEqual((caught.exception.code, passed), ("RATE_LIMITED", 30))
        Rate.check(f"{self.device} other", user_id + 1)

    def test_a_flood_is_not_written_to_the_audit(self):
        self.setting("rate_limit_per_minute", "1")
        self.within_a_minute()
        Audit = type(self.env["nu_restaurant_pos.order_audit"])
        with patch.object(Audit, "_record_refusal") as record:
            codes = [
                self.call(
                    "hub/finalize",
                    {},
                    token=self.token,
                    headers={"X-Device-Id": self.device},
                )[1]["code"]
                for _time in range(3)
            ]
        self.assertEqual(codes, ["VALIDATION", "RATE_LIMITED", "RATE_LIMITED"])
        self.assertEqual(record.call_count, 1)

    def test_the_next_minute_is_a_new_one(self):
        self.setting("rate_limit_per_minute", "1")
        self.within_a_minute()
        self.assertEqual(self.poll(2)[0], [200, 429])
        self.end_minute()
        self.assertEqual(self.poll(2)[0], [200, 429])

    def test_public_routes_count_by_address_and_route(self):
        self.setting("rate_limit_per_minute", "1000000")
        self.call("health", None, "GET", None)
        with CONTROLS.lease(self.env.cr.dbname) as control:
            row = control._execute(
                "SELECT requests FROM nu_pos_rate_limit WHERE caller = %s",
                ["127.0.0.1 health"],
            )
        self.assertGreaterEqual(row["requests"], 1)

    def test_bad_tokens_of_an_address_are_limited_and_good_ones_pass(self):
        self.setting("rate_limit_per_minute", "2")
        self.within_a_minute()
        with CONTROLS.lease(self.env.cr.dbname) as control:
            control._execute(
                "UPDATE nu_pos_rate_limit SET minute = minute - 1"
                " WHERE caller = '127.0.0.1 unauthenticated' RETURNING 1",
                [],
            )
        head, _dot, _rest = self.token.partition(".")
        bad = [f"{head}.x.y", "not-a-key", None, f"{head}.x.y"]
        codes = [self.call("auth/me", None, "GET", token)[1]["code"] for token in bad]
        self.assertEqual(codes, ["UNAUTHENTICATED"] * 2 + ["RATE_LIMITED"] * 2)
        # the hub at the same address is not locked out
        self.assertEqual(self.poll()[0], [200])

    def test_zero_is_no_limit(self):
        self.setting("rate_limit_per_minute", "0")
        self.poll()
        with CONTROLS.lease(self.env.cr.dbname) as control:
            row = control._execute(
                "SELECT count(*) AS n FROM nu_pos_rate_limit WHERE caller = %s",
                [self.key],
            )
        self.assertFalse(row["n"])

    def test_the_default_lets_a_hub_drain_and_tills_poll(self):
        """20 snapshots every 5 seconds are 240 a minute; nobody is near the limit."""
        Rate = self.env["nu.pos.rate.limit"]
        self.env["ir.config_parameter"].search(
            [("key", "=", "nu_pos.rate_limit_per_minute")]
        ).unlink()
        self.assertEqual(Rate._limit(), 600)
        for _time in range(240):
            Rate.check(f"hub {self.device}")

    def test_a_setting_that_is_no_number_is_the_default(self):
        self.setting("rate_limit_per_minute", "many")
        self.assertEqual(self.env["nu.pos.rate.limit"]._limit(), 600)

    def test_where_counting_fails_the_request_passes(self):
        self.setting("rate_limit_per_minute", "1")
        Rate = type(self.env["nu.pos.rate.limit"])
        with (
            patch.object(Rate, "_count", side_effect=psycopg2.OperationalError),
            self.assertLogs("odoo.addons.nu_restaurant_pos", "WARNING"),
        ):
            self.assertEqual(self.poll(2)[0], [200, 200])

    def test_idle_counters_go(self):
        Rate = self.env["nu.pos.rate.limit"]
        now = int(time.time() // 60)
        rows = Rate.create(
            [
                {"caller": f"{self.device} {age}", "minute": now - age, "requests": 1}
                for age in (0, 30, 90)
            ]
        )
        self.env.flush_all()
        Rate._gc_idle()
        self.env.invalidate_all()
        self.assertEqual(len(rows.exists()), 2)

    def test_counting_is_cheap(self):
        Rate = self.env["nu.pos.rate.limit"]
        Rate._count(self.device)
        costs = []
        for _batch in range(10):
            begun = time.perf_counter()
            for _time in range(20):
                Rate._count(self.device)
            costs.append((time.perf_counter() - begun) / 20)
        cost = min(costs)  # the machine may do something else meanwhile
        self.assertLess(cost, 0.005)
        logging.getLogger(__name__).info("counting a request: %.3f ms", cost * 1000)


@tagged("post_install", "-at_install")
class TestAccessLog(GateCase):
    KEYS = (
        "request_id",
        "method",
        "route",
        "status",
        "code",
        "duration_ms",
        "user_id",
        "company_id",
        "device",
        "app_version",
        "bytes_in",
    )

    def logged(self, function):
        """``(entries, all that was logged)`` while the function runs."""
        records = []
        handler = logging.Handler()
        handler.emit = records.append
        loggers = [logging.getLogger(name) for name in ("odoo", "werkzeug", ACCESS)]
        # a line is written when the answer has left
        self._wait_remaining_requests()
        with ExitStack() as stack:
            for logger in loggers:
                stack.enter_context(patch.object(logger, "level", logging.INFO))
                stack.enter_context(patch.object(logger, "handlers", [handler]))
                stack.enter_context(patch.object(logger, "propagate", False))
                logger._cache.clear()
            function()
            self._wait_remaining_requests()
        for logger in loggers:
            logger._cache.clear()
        entries = [
            json.loads(record.getMessage())
            for record in records
            if record.name == ACCESS
        ]
        return entries, "\n".join(record.getMessage() for record in records)

    def test_one_line_a_request(self):
        token = self.login()
        body = self.draft()
        sent = json.dumps(body)
        entries, _text = self.logged(
            lambda: self.call(
                "orders/create", sent, token=token, headers={"X-Request-Id": "till-7"}
            )
        )
        self.assertEqual(len(entries), 1)
        entry = entries[0]
        self.assertEqual(tuple(entry), self.KEYS)
        self.assertGreater(entry.pop("duration_ms"), 0)
        self.assertEqual(
            entry,
            {
                "request_id": "till-7",
                "method": "POST",
                "route": "orders.create",
                "status": 201,
                "code": None,
                "user_id": self.hub.id,
                "company_id": self.company.id,
                "device": "test-hub",
                "app_version": "1.0.0+1",
                "bytes_in": len(sent),
            },
        )

    def test_a_refusal_tells_its_code(self):
        for expected, arguments in (
            ((401, "UNAUTHENTICATED", "auth.me"), ("auth/me", None, "GET", None)),
            ((404, "NOT_FOUND", "unknown"), ("nowhere", None, "GET", None)),
            ((422, "VALIDATION", "hub.finalize"), ("hub/finalize", {})),
            (
                (405, "METHOD_NOT_ALLOWED", "hub.finalize"),
                ("hub/finalize", None, "GET", None),
            ),
        ):
            self._hub_token = self.login()
            entries, _text = self.logged(lambda call=arguments: self.call(*call))
            self.assertEqual(len(entries), 1)
            entry = entries[0]
            self.assertEqual((entry["status"], entry["code"], entry["route"]), expected)

    def test_a_defect_is_one_line_too(self):
        token = self.login()
        Reader = type(self.env["nu.pos.order.reader"])
        with patch.object(Reader, "listing", side_effect=ZeroDivisionError):
            entries, _text = self.logged(
                lambda: self.call("orders", None, "GET", token)
            )
        self.assertEqual([entry["code"] for entry in entries], ["INTERNAL"])
        self.assertEqual(entries[0]["user_id"], self.hub.id)

    def test_head_options_and_304_are_logged(self):
        etag = self.call("docs", None, "GET", None)[2].headers["ETag"]
        for method, path, headers, status in (
            ("HEAD", "health", {}, 200),
            ("OPTIONS", "orders", {}, 204),
            ("GET", "docs", {"If-None-Match": etag}, 304),
        ):
            entries, _text = self.logged(
                lambda m=method, p=path, h=headers: self.url_open(
                    f"/pos-api/v1/{p}", method=m, headers=h
                )
            )
            self.assertEqual([entry["status"] for entry in entries], [status])

    def test_no_secret_is_logged(self):
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.hub)
            ._generate("rpc", "k", fields.Datetime.now() + timedelta(hours=1))
        )
        token = self.login()
        wrong = {"login": "hub@demo.do", "password": "Wrong-Secret-77"}
        right = {**wrong, "password": HUB_PASSWORD}
        note = {**self.draft(), "note": "a-guest-so-secret"}
        calls = {
            "Wrong-Secret-77": lambda: self.call("auth/login", wrong, token=None),
            HUB_PASSWORD: lambda: self.call("auth/login", right, token=None),
            token: lambda: self.call("auth/me", None, "GET", token),
            key: lambda: self.call(
                "auth/me", None, "GET", None, headers={"X-Api-Key": key}
            ),
            "a-guest-so-secret": lambda: self.call("orders/create", note, token=token),
            "cookie-secret": lambda: self.call(
                "auth/me", None, "GET", token, headers={"x-api-token": "cookie-secret"}
            ),
        }
        for secret, call in calls.items():
            entries, text = self.logged(call)
            self.assertTrue(entries)
            self.assertNotIn(secret, text)

    def test_a_query_is_not_logged(self):
        token = self.login()
        entries, _text = self.logged(
            lambda: self.call("orders?pos_reference=a-secret", None, "GET", token)
        )
        self.assertNotIn("a-secret", json.dumps(entries))

    def test_headers_cannot_forge_a_line(self):
        for name in ("X-Device-Id", "X-App-Version"):
            forged = 'x"} {"status": 200'
            entries, _text = self.logged(
                lambda n=name, v=forged: self.call(
                    "health", None, "GET", None, headers={n: v}
                )
            )
            self.assertEqual(len(entries), 1)
        for value in ("\x1b[31mred", "línea", "\u2028"):
            with self.assertLogs(ACCESS) as caught:
                self.url_open(
                    "/pos-api/v1/health",
                    headers={"X-Device-Id": value.encode(), "X-Request-Id": "a b"},
                )
                self._wait_remaining_requests()
            line = caught.records[0].getMessage()
            self.assertTrue(line.isascii() and line.isprintable(), line)
            self.assertTrue(
                re.fullmatch("[0-9a-f]{32}", json.loads(line)["request_id"])
            )

    def test_long_headers_are_cut(self):
        entries, _text = self.logged(
            lambda: self.url_open(
                "/pos-api/v1/health", headers={"X-Device-Id": "x" * 5000}
            )
        )
        self.assertEqual(len(entries[0]["device"]), 128)
