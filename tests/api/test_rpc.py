"""Odoo's own RPC, by which hubs log in, look around and finalize."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import HUB_LOGIN, HUB_PASSWORD, ApiCase

HUB_GROUP = "nu_restaurant_pos.group_pos_hub_service"
CASHIER_GROUP = "point_of_sale.group_pos_user"
ADMIN_GROUP = "base.group_system"


@tagged("post_install", "-at_install")
class TestRpc(ApiCase):
    def jsonrpc(self, service, method, *args):
        """The whole answer; a fault is HTTP 200 with ``error``."""
        with mute_logger("odoo.addons.rpc", "odoo.http"):
            response = self.url_open(
                "/jsonrpc",
                json={
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {"service": service, "method": method, "args": args},
                    "id": 1,
                },
                timeout=60,
            )
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.headers["Content-Type"].startswith("application/json"))
        self.env.invalidate_all()
        return response.json()

    def execute(self, model, method, *args, user=None, password=HUB_PASSWORD):
        """``execute_kw`` as a hub calls it; the whole answer."""
        database = self.env.cr.dbname
        return self.jsonrpc(
            "object",
            "execute_kw",
            database,
            (user or self.hub).id,
            password,
            model,
            method,
            *args,
        )

    def result(self, *args, **kwargs):
        answer = self.execute(*args, **kwargs)
        self.assertNotIn("error", answer)
        return answer["result"]

    def fault(self, *args, **kwargs):
        """``data`` of the fault a call ends in."""
        answer = self.execute(*args, **kwargs)
        self.assertNotIn("result", answer)
        return answer["error"]["data"]

    # -- As the hub's installer looks at its user --------------------------------------

    def test_hub_logs_in_with_its_password(self):
        database = self.env.cr.dbname
        with mute_logger("odoo.addons.base.models.res_users"):
            for password, expected in ((HUB_PASSWORD, self.hub.id), ("wrong", False)):
                with self.subTest(expected=expected):
                    answer = self.jsonrpc(
                        "common", "login", database, HUB_LOGIN, password
                    )
                    self.assertEqual(answer.get("result"), expected)

    def test_groups_are_asked_without_ids(self):
        for group, expected in (
            (HUB_GROUP, True),
            (CASHIER_GROUP, True),
            (ADMIN_GROUP, False),
            ("nu_restaurant_pos.no_such_group", False),
        ):
            with self.subTest(group=group):
                answer = self.result("res.users", "has_group", [group])
                self.assertIs(answer, expected)

    def test_groups_without_ids_are_those_of_the_caller(self):
        cashier = self.ref("user_cashier")
        for group, expected in ((HUB_GROUP, False), (CASHIER_GROUP, True)):
            with self.subTest(group=group):
                answer = self.result(
                    "res.users",
                    "has_group",
                    [group],
                    user=cashier,
                    password="caja-Demo-2026",
                )
                self.assertIs(answer, expected)

    def test_groups_are_asked_with_ids_too(self):
        manager = self.ref("user_manager")
        manager_group = "point_of_sale.group_pos_manager"
        for user, group, expected in (
            (self.hub, HUB_GROUP, True),
            (self.hub, manager_group, False),
            (manager, HUB_GROUP, False),
            (manager, manager_group, True),
        ):
            with self.subTest(user=user.login, group=group):
                answer = self.result("res.users", "has_group", [[user.id], group])
                self.assertIs(answer, expected)
                answer = self.result("res.users", "has_group", [user.id, group])
                self.assertIs(answer, expected)

    def test_groups_are_asked_from_python_as_ever(self):
        users = self.env["res.users"].with_user(self.hub)
        for call, expected in (
            (lambda: self.hub.has_group(HUB_GROUP), True),
            (lambda: self.hub.has_group(group_ext_id=ADMIN_GROUP), False),
            (lambda: users.browse(self.hub.id).has_group(HUB_GROUP), True),
            (lambda: self.hub.has_groups(f"{ADMIN_GROUP},{HUB_GROUP}"), True),
            (lambda: self.hub.has_groups(f"!{HUB_GROUP}"), False),
        ):
            self.assertIs(call(), expected)
        # two users have no group in common to ask for
        with self.assertRaises(ValueError):
            (self.hub | self.ref("user_cashier")).has_group(HUB_GROUP)

    def test_archived_hub_is_cut_off(self):
        self.hub.active = False
        with mute_logger("odoo.addons.base.models.res_users"):
            fault = self.fault("res.users", "has_group", [HUB_GROUP])
        self.assertEqual(fault["name"], "odoo.exceptions.AccessDenied")

    # -- Finalizing -----------------------------------------------------------------

    def test_hub_finalizes_over_rpc(self):
        body = self.snapshot(self.line(id="a"))
        answer = self.result("pos.order", "hub_finalize_snapshot", [body])
        order = self.order_of(answer)
        self.assertEqual(
            {
                key: answer[key]
                for key in ("status", "pos_reference", "created", "line_id_map")
            },
            {
                "status": "ok",
                "pos_reference": body["pos_reference"],
                "created": True,
                "line_id_map": {"a": order.lines.id},
            },
        )
        self.assertEqual(answer["fiscal"]["reference"], order.nu_ncf)
        self.assertEqual((order.state, order.user_id), ("paid", self.hub))
        self.assertInvariant()

    def test_rpc_and_http_answer_alike(self):
        body = self.snapshot(self.line(id="a"))
        first = self.result("pos.order", "hub_finalize_snapshot", [body])
        status, over_http, response = self.call("hub/finalize", body)
        over_rpc = self.result("pos.order", "hub_finalize_snapshot", [body])
        self.assertEqual(status, 200)
        self.assertEqual(response.headers["Idempotent-Replayed"], "true")
        self.assertEqual(over_rpc, over_http)
        self.assertEqual(over_rpc, {**first, "created": False})

    def test_user_without_rights_is_refused(self):
        body = self.snapshot()
        fault = self.fault(
            "pos.order",
            "hub_finalize_snapshot",
            [body],
            user=self.ref("user_waiter"),
            password="mesero-Demo-2026",
        )
        self.assertIn("permission payment", fault["message"])
        self.assertFalse(
            self.env["pos.order"].search(
                [("pos_reference", "=", body["pos_reference"])]
            )
        )

    def test_refusal_shows_its_message(self):
        for name, body, words in (
            ("total", self.snapshot(total=700.0), "700.00, Odoo computes 640.00"),
            ("field", self.snapshot(order_type="drive_in"), "order_type"),
            ("no object", ["text"], "must be an object"),
        ):
            with self.subTest(name):
                fault = self.fault("pos.order", "hub_finalize_snapshot", [body])
                self.assertTrue(fault["name"].endswith(".ApiProblem"), fault["name"])
                self.assertIn(words, fault["message"])

    def test_refused_sale_says_where_it_is_kept(self):
        body = self.snapshot(total=700.0)
        fault = self.fault("pos.order", "hub_finalize_snapshot", [body])
        told = fault["context"]
        self.assertEqual(
            (told["code"], told["retryable"], told["quarantined"]),
            ("TOTALS_MISMATCH", False, True),
        )
        self.assertGreater(told["quarantine_id"], 0)
        self.assertEqual(told["errors"][0]["path"], "amount_total")
        fault = self.fault("pos.order", "hub_finalize_snapshot", [["text"]])
        self.assertNotIn("quarantined", fault["context"])

    def test_nothing_else_of_the_api_is_open(self):
        reference = self.reference()
        for model, method, args in (
            ("pos.order", "_nu_submit", [self.snapshot()]),
            ("pos.order", "_nu_reserve", [{"pos_reference": reference}]),
            ("nu.pos.ncf", "take", [None, None, None, reference]),
            ("nu.pos.batch", "sync", [[self.snapshot()]]),
            ("nu.pos.identity", "login", [HUB_LOGIN, HUB_PASSWORD]),
            ("nu.pos.approval", "grant", [{}]),
            ("nu.pos.permission", "resolve", []),
            ("nu.pos.token", "_issue", [self.hub.id, "access", None, 9]),
            ("nu.pos.token", "authenticate", ["x"]),
            ("nu.pos.api.request", "recall", ["x", "y"]),
            ("nu_restaurant_pos.order_audit", "_record", ["login"]),
            ("nu.pos.order.reader", "listing", [{}]),
        ):
            with self.subTest(model=model, method=method):
                fault = self.fault(model, method, args)
                self.assertEqual(fault["name"], AccessError.__module__ + ".AccessError")
