"""What a terminal is told when it starts."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...schemas.permissions import PERMISSIONS
from ..common import FiscalCase
from ..gateway_case import GatewayCase
from ..succeeds import succeeds


@tagged("post_install", "-at_install")
class TestBootstrap(FiscalCase):
    def start(self, **wire):
        wire.setdefault("config_id", self.config.id)
        return self.env["nu.pos.bootstrap"].answer(wire)

    def one(self, rows, record):
        [found] = [row for row in rows if row["id"] == record.id]
        return found

    def test_every_documented_key_is_there(self):
        found = self.start()
        self.assertLessEqual(
            {
                "user",
                "pos_core_data",
                "taxes",
                "fiscal_positions",
                "fiscal_position_taxes",
                "products",
                "partners",
                "payment_methods",
                "printers",
                "discount_presets",
                "nu_hub_enabled",
                "nu_hub_url",
                "nu_hub_fallback_ip",
                "nu_terminal_mode",
                "nu_login_method",
            },
            set(found),
        )
        enforced = {key for key, one in PERMISSIONS.items() if one.enforced}
        self.assertEqual(set(found["user"]["permissions"]), enforced)
        self.assertTrue(found["user"]["permissions"]["payment"])

    def test_hub_turned_on_is_told_at_the_next_start(self):
        self.assertFalse(self.start(sections=["taxes"])["nu_hub_enabled"])
        self.config.write(
            {
                "nu_hub_enabled": True,
                "nu_hub_url": False,
                "nu_hub_fallback_ip": "192.168.1.20",
            }
        )
        found = self.start(sections=["taxes"])
        self.assertTrue(found["nu_hub_enabled"])
        self.assertIsNone(found["nu_hub_url"], "blank: looked for on the network")
        self.assertEqual(found["nu_hub_fallback_ip"], "192.168.1.20")
        self.assertTrue(found["config"]["nu_hub_enabled"])

    def test_staff_come_with_role_cap_and_permissions(self):
        staff = self.env["hr.employee"]._nu_staff_of(self.config)
        staff[0].nu_max_discount = 15
        override = self.env["nu.pos.permission.user.override"].create(
            {
                "company_id": self.company.id,
                "employee_id": staff[0].id,
                "permission": "refund",
                "allowed": True,
            }
        )
        users = self.start()["pos_core_data"]["pos_users"]
        self.assertEqual({user["id"] for user in users}, set(staff.ids))
        user = self.one(users, staff[0])
        self.assertEqual(user["max_discount"], 15)
        self.assertTrue(user["permissions"]["refund"])
        override.allowed = False
        user = self.one(self.start()["pos_core_data"]["pos_users"], staff[0])
        self.assertFalse(user["permissions"]["refund"])
        self.assertFalse({"pin", "barcode", "badge"} & set(user), "no secret")

    def test_table_with_an_open_check_is_occupied(self):
        table = self.ref("table_5")
        answer = self.Order._nu_submit(self.draft(table_id=table.id)).body
        floors = self.start(sections=["floor_plan"])["config"]["floor_plan"]
        tables = [table for floor in floors for table in floor["tables"]]
        found = self.one(tables, table)
        self.assertEqual(found["state"], "occupied")
        self.assertEqual(found["orders"][0]["order_id"], answer["order_id"])
        others = {row["state"] for row in tables if row["id"] != table.id}
        self.assertEqual(others, {"available"})

    def test_open_checks_are_found_by_their_index(self):
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        # with a handful of orders the planner is content with core's own index
        self.env.cr.execute("DROP INDEX pos_order__table_id_index")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM pos_order WHERE state = 'draft' "
            "AND table_id IN (1, 2, 3)"
        )
        plan = "\n".join(row for (row,) in self.env.cr.fetchall())
        self.assertIn("nu_open_check", plan)

    def test_takeout_position_takes_the_tip_off(self):
        found = self.start(sections=["taxes"])
        takeout = [row["id"] for row in found["fiscal_positions"] if row["takeout"]]
        self.assertTrue(takeout)
        taxes = {row["id"]: row for row in found["taxes"]}
        for row in found["fiscal_position_taxes"]:
            self.assertIn(row["tax_src_id"], taxes)
            self.assertIn(row["tax_dest_id"], {*taxes, False})
        rows = [
            row
            for row in found["fiscal_position_taxes"]
            if row["position_id"] in takeout
        ]
        bearing = [
            taxes[row["tax_src_id"]]
            for row in rows
            if any(
                taxes[child]["is_tip"]
                for child in taxes[row["tax_src_id"]]["children_tax_ids"]
            )
        ]
        self.assertTrue(bearing, "a group with the tip becomes plain ITBIS")

    def test_product_tells_what_a_sale_of_it_costs(self):
        found = self.start(sections=["catalogue", "taxes"])
        product = self.one(found["products"], self.dish)
        self.assertEqual(product["price"], self.dish.lst_price)
        self.assertEqual(product["code"], self.dish.default_code)
        self.assertEqual(
            product["tax_ids"],
            self.dish.taxes_id._filter_taxes_by_company(self.company).ids,
        )
        self.assertLessEqual(
            set(product["category_ids"]), {row["id"] for row in found["categories"]}
        )
        self.assertNotIn("partners", found)

    def test_since_tells_only_what_changed(self):
        whole = self.start(sections=["catalogue", "partners"])
        self.env.cr.execute(
            "UPDATE product_template SET write_date = now() - interval '1 day'"
        )
        self.env.cr.execute(
            "UPDATE product_product SET write_date = now() - interval '1 day'"
        )
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = now() - interval '1 day'"
        )
        self.env.cr.execute(
            "UPDATE pos_config SET write_date = now() - interval '1 day'"
        )
        self.env.invalidate_all()
        with patch.object(
            self.env.cr, "now", lambda: fields.Datetime.now() + timedelta(hours=1)
        ):
            self.dish.list_price += 5
            self.env.flush_all()
        delta = self.start(
            sections=["catalogue", "partners"], since=whole["generated_at"]
        )
        self.assertEqual([row["id"] for row in delta["products"]], [self.dish.id])
        self.assertEqual(delta["products"][0]["price"], self.dish.list_price)
        self.assertEqual(delta["product_ids"], whole["product_ids"])
        self.assertEqual(delta["partners"], [])
        self.assertEqual(delta["partner_ids"], whole["partner_ids"])

    def test_customer_comes_with_credit_limit(self):
        customer = self.ref("partner_company")
        customer.with_company(self.company).write(
            {"use_partner_credit_limit": True, "credit_limit": 5000, "vat": "131246796"}
        )
        found = self.one(self.start()["partners"], customer)
        self.assertEqual(found["credit_limit"], 5000)
        self.assertEqual(found["rnc"], "131246796")

    def test_customer_of_sales_without_one_is_always_among_the_others(self):
        """On a fresh database nobody has bought anything yet."""
        usual = self.env["res.partner"].create({"name": "Mostrador"})
        self.assertEqual((usual.customer_rank, usual.vat), (0, False))
        self.config.nu_default_partner_id = usual
        self.env["ir.config_parameter"].set_param("nu_pos.bootstrap_partners", "1")
        found = self.start(sections=["partners"])
        self.assertEqual(found["config"]["default_partner_id"], usual.id)
        self.assertEqual(self.one(found["partners"], usual)["name"], "Mostrador")
        self.assertIn(usual.id, found["partner_ids"])
        self.assertEqual(len(found["partner_ids"]), 2)

    def test_register_that_takes_another_usual_customer_tells_of_it(self):
        usual = self.env["res.partner"].create({"name": "Mostrador"})
        self.env.flush_all()
        yesterday = fields.Datetime.now() - timedelta(days=1)
        for table in ("res_partner", "pos_config"):
            self.env.cr.execute(f"UPDATE {table} SET write_date = %s", [yesterday])
        self.env.invalidate_all()
        since = f"{(fields.Datetime.now() - timedelta(hours=1)).isoformat()}Z"
        delta = self.start(sections=["partners"], since=since)
        self.assertEqual(delta["partners"], [])
        self.config.nu_default_partner_id = usual
        self.env.flush_all()
        delta = self.start(sections=["partners"], since=since)
        self.assertEqual([row["id"] for row in delta["partners"]], [usual.id])

    def test_group_says_what_its_taxes_add_up_to(self):
        taxes = self.start(sections=["taxes"])["taxes"]
        by_id = {row["id"]: row for row in taxes}
        groups = {
            row["name"]: row["amount"] for row in taxes if row["amount_type"] == "group"
        }
        self.assertEqual((groups["Restaurant"], groups["Restaurant 16%"]), (28.0, 26.0))
        for row in taxes:
            if row["amount_type"] == "group":
                children = [by_id[tax]["amount"] for tax in row["children_tax_ids"]]
                self.assertEqual(row["amount"], sum(children), row["name"])

    def test_waiter_sees_customers_where_a_line_lets_him_only(self):
        """Debts of customers are nothing a waiter needs."""
        start = self.env["nu.pos.bootstrap"].with_user(self.ref("user_waiter")).answer
        wire = {"config_id": self.config.id, "sections": ["partners"]}
        self.assertEqual(start(wire)["partners"], [])
        self.env["nu.pos.permission.config"].create(
            {
                "company_id": self.company.id,
                "role": "waiter",
                "permission": "customers_view",
                "allowed": True,
            }
        )
        self.assertIn(self.buyer.id, [row["id"] for row in start(wire)["partners"]])

    def test_who_may_not_see_customers_gets_none(self):
        self.env["nu.pos.permission.config"].create(
            [
                {
                    "company_id": self.company.id,
                    "role": role,
                    "permission": "customers_view",
                    "allowed": False,
                }
                for role in ("manager", "cashier", "waiter")
            ]
        )
        found = self.start(sections=["partners"])
        self.assertEqual((found["partners"], found["partner_ids"]), ([], []))

    def test_numbers_left_of_each_type(self):
        types = {row["code"]: row for row in self.start()["fiscal_types"]}
        ranges = self.env["nu.pos.ncf.range"].search(
            [
                ("company_id", "=", self.company.id),
                ("document_type_id", "=", self.type("B02").id),
                ("state", "in", ("active", "queued")),
            ]
        )
        self.assertEqual(types["B02"]["remaining"], sum(ranges.mapped("remaining")))
        self.assertNotIn("B04", types, "notes are not asked for by a sale")
        ranges.action_close()
        types = {row["code"]: row for row in self.start()["fiscal_types"]}
        self.assertEqual(types["B02"]["remaining"], 0)

    def test_presets_of_other_registers_are_not_told(self):
        other = self.second_register()
        Preset = self.env["nu.pos.discount.preset"]
        shared, own, foreign = Preset.create(
            [
                {
                    "name": name,
                    "type": "fixed_percent",
                    "value": 10,
                    "company_id": self.company.id,
                    "config_ids": configs.ids,
                }
                for name, configs in (
                    ("all", self.env["pos.config"]),
                    ("own", self.config),
                    ("foreign", other),
                )
            ]
        )
        told = {row["id"] for row in self.start()["discount_presets"]}
        self.assertLessEqual({shared.id, own.id}, told)
        self.assertNotIn(foreign.id, told)

    def test_other_addons_add_keys(self):
        Config = self.env.registry["pos.config"]
        with patch.object(
            Config, "_get_bootstrap_extra", lambda config, user: {"theme": user.login}
        ):
            self.assertEqual(
                self.start(sections=["taxes"])["theme"], self.env.user.login
            )

    def test_register_of_another_company_is_unknown(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        config = self.env["pos.config"].search(
            [("company_id", "!=", self.company.id)], limit=1
        )
        config_id = config.id or 2_000_000_000
        self.env.user.company_ids -= company
        self.assertProblem("UNKNOWN_REFERENCE", self.start, config_id=config_id)

    def test_unknown_section_is_refused_with_its_path(self):
        problem = self.assertProblem("VALIDATION", self.start, sections=["taxes", "x"])
        self.assertEqual(problem.errors[0]["path"], "sections[1]")


@tagged("post_install", "-at_install")
class TestBootstrapOverHttp(GatewayCase):
    @succeeds("POST bootstrap")
    def test_a_terminal_starts_with_no_body_but_its_token(self):
        status, body, _response = self.call("bootstrap", {"config_id": self.config.id})
        self.assertEqual(status, 200, body)
        self.assertEqual(body["config"]["id"], self.config.id)
        self.assertTrue(body["config"]["floor_plan"])

    def test_a_terminal_can_compute_what_the_server_will(self):
        """How taxes are rounded, and for whom a sale without a customer is."""
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            _status, body, _response = self.call(
                "bootstrap", {"config_id": self.config.id}
            )
            self.assertEqual(body["company"]["tax_calculation_rounding_method"], method)
        default = body["config"]["default_partner_id"]
        self.assertEqual(default, self.ref("partner_consumer").id)
        self.assertIn(default, [row["id"] for row in body["partners"]])

    def test_without_a_token_nothing_is_told(self):
        status, body, _response = self.call("bootstrap", {}, token=None)
        self.assertEqual((status, body["code"]), (401, "UNAUTHENTICATED"))
