"""Who an RNC belongs to: on contacts, in the list, over the API."""

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import ApiCase
from ..rnc import CONUCO, KNOWN, OLD, PENA, RncCase, line, listing
from ..succeeds import succeeds

#: Breaks the rule of the check digit.
ODD = "131246791"


@tagged("post_install", "-at_install")
class TestLookUp(RncCase):
    def setUp(self):
        super().setUp()
        self.load(KNOWN + line(ODD, "RARA SRL") + listing(40))

    def found(self, text, **options):
        rows = self.Rnc.with_user(self.ref("user_accountant")).name_search(
            text, **options
        )
        return [self.Rnc.browse(row_id).rnc for row_id, _name in rows]

    def test_by_number_in_any_spelling_whole_or_begun(self):
        for text in (CONUCO, "1-31-24679-6", "131246796 ", "13124679"):
            self.assertIn(CONUCO, self.found(text))
        self.assertEqual(self.found("001-1391820-5"), [OLD])
        self.assertEqual(self.found("999"), [])

    def test_by_how_a_name_begins_accents_or_not(self):
        for text in ("peña", "PENA & N", "Pena Nunez"):
            self.assertEqual(self.found(text), [PENA])
        self.assertEqual(self.found("el con"), [CONUCO])
        self.assertEqual(self.found("conuco"), [])
        self.assertEqual(self.found("%"), [])

    def test_as_many_as_are_asked_for(self):
        self.assertEqual(len(self.found("comercial", limit=8)), 8)

    def test_names_tell_the_number(self):
        [(_id, name)] = self.Rnc.name_search("juan")
        self.assertEqual(name, "JUAN PÉREZ (001-1391820-5)")

    def test_the_index_is_used(self):
        cr = self.env.cr
        cr.execute("SET LOCAL enable_seqscan = off")
        for column, index in (
            ("search_name", "nu_pos_rnc_search_name_idx"),
            ("search_trade", "nu_pos_rnc_search_trade_idx"),
            ("rnc", "nu_pos_rnc_rnc_uniq"),
        ):
            cr.execute(
                f"EXPLAIN SELECT id FROM nu_pos_rnc WHERE {column} LIKE 'ABC%'"
                f" ORDER BY {column} USING ~<~ LIMIT 8"
            )
            plan = "\n".join(row for (row,) in cr.fetchall())
            self.assertIn(f"Index Scan using {index}", plan)
            self.assertNotIn("Sort", plan)

    def test_the_contact_of_a_taxpayer_is_opened_or_begun(self):
        manager = self.ref("user_manager")
        taxpayer = self.Rnc.search([("rnc", "=", CONUCO)]).with_user(manager)
        action = taxpayer.action_open_partner()
        self.assertFalse(action["res_id"])
        self.assertEqual(action["context"]["default_vat"], CONUCO)
        partners = self.env["res.partner"].with_context(**action["context"])
        partner = partners.create({})
        self.assertEqual(partner.name, "RESTAURANTE EL CONUCO SRL")
        self.assertTrue(partner.is_company)
        self.assertEqual(taxpayer.action_open_partner()["res_id"], partner.id)


@tagged("post_install", "-at_install")
class TestContacts(RncCase):
    def setUp(self):
        super().setUp()
        self.load(KNOWN + line(ODD, "RARA SRL"))
        self.partners = self.env["res.partner"].with_user(
            self.env.ref("base.user_admin")
        )

    def warnings(self, values):
        answer = self.partners.onchange(values, ["vat"], {"vat": {}, "name": {}})
        return answer.get("warning", {}).get("message", ""), answer["value"]

    def test_the_number_fills_in_the_name(self):
        with Form(self.partners) as form:
            form.vat = "1-31-24679-6"
            self.assertEqual(form.name, "RESTAURANTE EL CONUCO SRL")
            self.assertEqual(form.nu_rnc_state, "ACTIVO")
        self.assertTrue(form.record.is_company)

    def test_a_name_that_is_there_stays(self):
        message, value = self.warnings({"vat": CONUCO, "name": "Mi Conuco"})
        self.assertEqual(message, "")
        self.assertNotIn("name", value)

    def test_a_state_other_than_active_warns_and_saves(self):
        message, _value = self.warnings({"vat": PENA, "name": "Peña"})
        self.assertIn("SUSPENDIDO", message)
        partner = self.partners.create({"name": "Peña", "vat": PENA})
        self.assertIn("SUSPENDIDO", partner.nu_rnc_warning)
        self.assertEqual(partner.nu_rnc_name, "PEÑA & NÚÑEZ, S.R.L.")

    def test_one_that_is_not_listed_any_more_warns(self):
        self.load(listing(1) + KNOWN.partition("\n")[2] + line(ODD, "RARA SRL"))
        partner = self.partners.create({"name": "Conuco", "vat": CONUCO})
        self.assertIn("not in DGII's list since", partner.nu_rnc_warning)

    def test_a_taxpayer_is_chosen_by_name(self):
        with Form(self.partners) as form:
            form.nu_rnc_id = self.env["nu.pos.rnc"].search([("rnc", "=", PENA)])
            self.assertEqual(form.name, "PEÑA & NÚÑEZ, S.R.L.")
            self.assertEqual(form.vat, PENA)
        self.assertEqual(form.record.nu_rnc_id.rnc, PENA)
        self.assertEqual(form.record.country_id.code, "DO")

    def test_a_contact_takes_the_registered_name(self):
        partner = self.partners.create({"name": "Otra cosa", "vat": CONUCO})
        partner.action_nu_use_registered_name()
        self.assertEqual(partner.name, "RESTAURANTE EL CONUCO SRL")

    def test_two_contacts_of_one_taxpayer_are_told(self):
        first = self.partners.create({"name": "Conuco", "vat": "1-31-24679-6"})
        with Form(self.partners) as form:
            form.vat = "131246796"
            self.assertEqual(form.same_vat_partner_id, first)
        branch = self.partners.create(
            {"name": "Sucursal", "vat": "131246796", "parent_id": first.id}
        )
        self.assertFalse(branch.same_vat_partner_id, "a branch of it is no other")
        alone = self.partners.create({"name": "Peña", "vat": PENA})
        self.assertFalse(alone.same_vat_partner_id)

    def test_foreigners_are_not_looked_up(self):
        abroad = {"name": "X", "vat": CONUCO, "country_id": self.env.ref("base.us").id}
        # where base_vat is installed it would know the number for none of theirs
        partner = self.partners.with_context(no_vat_validation=True).create(abroad)
        self.assertFalse(partner.nu_rnc_state)

    def test_who_may_not_search_the_list_still_sees_the_state(self):
        partner = self.partners.create({"name": "Peña", "vat": PENA})
        mine = partner.with_user(self.ref("user_cashier"))
        self.assertEqual(mine.nu_rnc_state, "SUSPENDIDO")
        with self.assertRaises(AccessError):
            mine.read(["nu_rnc_id"])
        self.assertTrue(mine.read(["nu_rnc_state"]))


@tagged("post_install", "-at_install")
class TestApi(ApiCase):
    PATHS = ("customers/validate-rnc", "/pos-react/api/customers/validate-rnc")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(
            """
            INSERT INTO nu_pos_rnc (rnc, name, search_name, state, start_date)
            VALUES (%s, 'EL CONUCO SRL', 'EL CONUCO SRL', 'ACTIVO', '2015-02-01'),
                   (%s, 'PEÑA', 'PENA', 'SUSPENDIDO', NULL)
            """,
            [CONUCO, PENA],
        )

    def ask(self, rnc, path="customers/validate-rnc", **options):
        status, body, _response = self.call(path, {"rnc": rnc}, **options)
        self.assertEqual(status, 200, body)
        return body, [entry["code"] for entry in body["warnings"]]

    @succeeds(*(f"POST {path}" for path in PATHS))
    def test_whose_it_is(self):
        for path in self.PATHS:
            body, warnings = self.ask("1-31-24679-6", path)
            self.assertEqual(
                (body["rnc"], body["name"], body["active"], body["valid"]),
                (CONUCO, "EL CONUCO SRL", True, True),
            )
            self.assertEqual((body["start_date"], body["kind"]), ("2015-02-01", "rnc"))
            self.assertEqual(warnings, [])

    def test_the_customer_who_has_it_is_named(self):
        self.assertIsNone(self.ask(PENA)[0]["partner_id"])
        partner = self.env["res.partner"].create({"name": "Peña", "vat": PENA})
        self.assertEqual(self.ask(PENA)[0]["partner_id"], partner.id)

    def test_what_is_not_in_order_warns(self):
        body, warnings = self.ask(PENA)
        self.assertEqual((body["active"], body["state"]), (False, "SUSPENDIDO"))
        self.assertEqual(warnings, ["RNC_NOT_ACTIVE"])
        body, warnings = self.ask(OLD)
        self.assertEqual((body["found"], body["active"]), (False, None))
        self.assertEqual(warnings, ["RNC_NOT_LISTED"])
        _body, warnings = self.ask(ODD)
        self.assertEqual(warnings, ["RNC_NOT_LISTED", "CHECK_DIGIT"])

    def test_what_is_no_number_is_an_answer_too(self):
        body, warnings = self.ask("12-34")
        self.assertEqual((body["valid"], body["rnc"]), (False, "12-34"))
        self.assertEqual(warnings, ["RNC_INVALID"])

    def test_what_is_no_question_is_refused(self):
        for body in ({}, {"rnc": ""}, {"rnc": 5}, {"rnc": CONUCO, "x": 1}):
            status, answer, _response = self.call(self.PATHS[0], body)
            self.assertEqual((status, answer["code"]), (422, "VALIDATION"))

    def test_without_a_token_nothing_is_told(self):
        status, _body, _response = self.call(self.PATHS[0], {"rnc": PENA}, token=None)
        self.assertEqual(status, 401)
