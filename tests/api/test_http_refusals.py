"""A refusal says which field is wrong and what would be right."""

from odoo.tests import tagged

from ..order_case import OrderCase

SALE_TYPES = "B01, B02, B14, B15, B16, E31, E32, E44, E45, E46"


@tagged("post_install", "-at_install")
class TestRefusals(OrderCase):
    def refused(self, body, code="VALIDATION", path="orders/create"):
        """``{path: finding}`` of a refused body."""
        problem = self.assertRefused(self.call(path, body), 422, code)
        self.detail = problem["detail"]
        return {entry["path"]: entry for entry in problem["errors"]}

    # -- What would be right ---------------------------------------------------------

    def test_fiscal_types_are_listed(self):
        for word in ("2", "B99", "factura", "B04"):
            with self.subTest(word):
                found = self.refused(self.draft(fiscal_type=word))
                self.assertEqual(found["fiscal_type"]["expected"], SALE_TYPES)
        reserved = self.assertRefused(
            self.reserve(self.reference(), fiscal_type="B99"), 422, "VALIDATION"
        )
        self.assertEqual(reserved["errors"][0]["expected"], SALE_TYPES)

    def test_payment_methods_of_the_register_are_listed(self):
        methods = self.config.payment_method_ids
        for name in ("efectivo", "cash"):
            with self.subTest(name):
                paid = [{"payment_method": name, "amount": 640}]
                found = self.refused(
                    self.snapshot(payments=paid), "UNKNOWN_REFERENCE", "hub/finalize"
                )
                self.assertEqual(
                    found["payments[0].payment_method"]["expected"],
                    ", ".join(methods.mapped("name")),
                )
        paid = [{"payment_method_id": 999_999, "amount": 640}]
        found = self.refused(
            self.snapshot(payments=paid), "UNKNOWN_REFERENCE", "hub/finalize"
        )
        self.assertIn(
            f"{self.cash.id} (Efectivo)",
            found["payments[0].payment_method_id"]["expected"],
        )

    def test_tables_of_the_register_are_listed(self):
        found = self.refused(self.draft(table="Mesa 4"), "UNKNOWN_REFERENCE")["table"]
        numbers = [int(number) for number in found["expected"].split(", ")]
        tables = self.env["restaurant.table"].search(
            [("floor_id", "in", self.config.floor_ids.ids)]
        )
        self.assertEqual(numbers, sorted(tables.mapped("table_number")))
        self.assertEqual(self.detail, "table: no such table")
        found = self.refused(self.draft(table_id=999_999), "UNKNOWN_REFERENCE")
        first = tables.sorted("table_number")[0]
        self.assertIn(
            f"{first.id} (table {first.table_number})", found["table_id"]["expected"]
        )

    def test_code_in_small_letters_finds_what_was_meant(self):
        self.dish.default_code = "MOF-1"
        for reference in ("mof-1", {"code": "mof-1"}):
            with self.subTest(reference):
                line = {"product": reference, "qty": 1, "price_unit": 500.0}
                found = self.refused(self.draft(line, total=640), "UNKNOWN_REFERENCE")
                self.assertEqual(found["lines[0].product"]["expected"], "MOF-1")

    def test_products_of_other_companies_are_not_suggested(self):
        self.make_other_company()
        line = {"product": "ajeno", "qty": 1, "price_unit": 500.0}
        found = self.refused(self.draft(line, total=640), "UNKNOWN_REFERENCE")
        self.assertNotIn("expected", found["lines[0].product"])

    def test_percent_sign_means_itself(self):
        line = {"product": "%", "qty": 1, "price_unit": 500.0}
        found = self.refused(self.draft(line, total=640), "UNKNOWN_REFERENCE")
        self.assertNotIn("expected", found["lines[0].product"])

    def test_customers_are_not_listed(self):
        found = self.refused(self.draft(customer="nadie"), "UNKNOWN_REFERENCE")
        self.assertNotIn("expected", found["customer"])
        self.assertEqual(self.detail, "customer: no such customer")

    def test_taxes_are_named_by_their_id(self):
        found = self.refused(self.draft(self.line(tax_ids=["ITBIS 18%"])))
        self.assertEqual(
            found["lines[0].tax_ids[0]"]["message"],
            "must be the id of a tax, of those that bootstrap lists",
        )
        found = self.refused(
            self.draft(self.line(tax_ids=[999_999])), "UNKNOWN_REFERENCE"
        )
        tax = self.dish.taxes_id._filter_taxes_by_company(self.company)[0]
        self.assertIn(
            f"{tax.id} ({tax.name})", found["lines[0].tax_ids[0]"]["expected"]
        )

    def test_second_line_with_an_id_is_named(self):
        lines = [self.line(id=name) for name in ("a", "b", "a")]
        found = self.refused(self.draft(*lines))
        self.assertEqual(list(found), ["lines[2].id"])
        self.assertEqual(
            found["lines[2].id"],
            {
                "path": "lines[2].id",
                "message": "two lines carry the same id: lines[0] has it, too",
                "given": "a",
            },
        )

    def test_negative_sale_hears_of_quantity_and_payment(self):
        paid = [{"payment_method_id": self.cash.id, "amount": -640}]
        body = self.snapshot(self.line(qty=-1), total=-640.0, payments=paid)
        found = self.refused(body, path="hub/finalize")
        self.assertEqual(list(found), ["lines[0].qty", "payments[0].amount"])
        self.assertIn("credit note", found["lines[0].qty"]["message"])
        self.assertIn("amount_return", found["payments[0].amount"]["message"])

    # -- Where it is -----------------------------------------------------------------

    def test_detail_names_each_field(self):
        self.refused({"pos_reference": "A-1", "orders": []})
        self.assertEqual(
            self.detail,
            "lines: Field required; orders: unknown field; free data belongs under "
            "metadata",
        )
        self.refused(self.snapshot(pay=10), "PAYMENT_INCOMPLETE", "hub/finalize")
        self.assertEqual(
            self.detail, "payments: the payments add up to 10.00, 640.00 are due"
        )

    def test_bare_array_is_not_an_order(self):
        found = self.refused([self.draft()])
        message = "must be an object, not an array"
        self.assertEqual(found, {"body": {"path": "body", "message": message}})

    def test_unknown_field_is_told_the_like(self):
        line = self.line(qyt=2)
        entry = self.refused(self.draft(line))["lines[0].qyt"]
        self.assertEqual(
            entry["message"], "unknown field; free data belongs under metadata"
        )
        self.assertTrue(entry["expected"].startswith("qty, id, product_id, product,"))
        entry = self.refused(self.draft(tableNo=4))["tableNo"]
        self.assertTrue(entry["expected"].startswith("table, table_id, "), entry)
        self.assertTrue(entry["expected"].endswith(", ..."))

    def test_log_in_that_lacks_its_login_hears_so(self):
        body = {"username": "hub@demo.do", "password": "hub-Demo-2026"}
        result = self.call("auth/login", body, token=None)
        problem = self.assertRefused(result, 422, "VALIDATION")
        self.assertEqual(
            problem["detail"],
            "login: required with a password: the login of an Odoo user; "
            "username: unknown field",
        )
        self.assertEqual(
            problem["errors"][1]["expected"],
            "password, login, employee_id, pin, badge, config_id, device_id",
        )
        self.assertNotIn(body["password"], result[2].text)

    def test_query_knows_no_metadata(self):
        result = self.call("orders?client_id=4", method="GET")
        [entry] = self.assertRefused(result, 422, "VALIDATION")["errors"]
        self.assertEqual(
            (entry["path"], entry["message"]), ("client_id", "unknown field")
        )
        self.assertIn("partner_id", entry["expected"].split(", "))

    def test_thousands_of_unknown_fields_cost_no_more_than_fifty(self):
        body = {**self.draft(), **{f"field_{number}": 1 for number in range(20_000)}}
        self.assertEqual(len(self.refused(body)), 50)

    # -- Other spellings ---------------------------------------------------------------

    def test_rnc_is_taken_with_dashes_in_any_form(self):
        self.buyer.vat = "130452182"
        for customer in (
            "1-30-45218-2",
            "130452182",
            {"vat": "1-30-45218-2"},
            {"vat": "130452182"},
            {"rnc": "1-30-45218-2"},
            {"rnc": 130452182},
        ):
            with self.subTest(customer):
                order = self.order_of(self.create_draft(customer=customer))
                self.assertEqual(order.partner_id, self.buyer)

    def test_keys_that_are_numbers_take_numbers_only(self):
        for field, reference, path in (
            ("customer", {"id": True}, "customer.id"),
            ("customer", {"id": "x"}, "customer.id"),
            ("customer", {"id": 2**40}, "customer.id"),
            ("table", {"table_number": "x"}, "table.table_number"),
            ("table", {"table_number": False}, "table.table_number"),
        ):
            with self.subTest(reference):
                found = self.refused(self.draft(**{field: reference}))
                self.assertEqual(found[path]["message"], "must be a whole number")
        table = self.ref("table_5")
        for number in (table.table_number, str(table.table_number)):
            answer = self.create_draft(table={"table_number": number})
            self.assertEqual(self.order_of(answer).table_id, table)

    def test_weighed_goods_have_three_decimals(self):
        body = self.draft(self.line(qty=0.345, price=1000.0), total=441.6)
        found = self.refused(body)
        self.assertEqual(found["lines[0].qty"]["message"], "has more than 2 decimals")
        self.dish.to_weight = True
        answer = self.create_draft(body)
        self.assertEqual(answer["amount_total"], 441.6)
        self.assertEqual(self.order_of(answer).lines.qty, 0.345)
        finer = self.draft(self.line(qty=0.3451, price=1000.0), total=0)
        found = self.refused(finer)
        self.assertEqual(found["lines[0].qty"]["message"], "has more than 3 decimals")
