"""What the back office shows, and the set-up of a company."""

import base64
from datetime import timedelta

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .. import dgii_sim
from ..dgii_loopback import LoopbackMixin
from ..ecf_case import EcfCase
from ..ecf_signers import signer

PASSWORD = "clave-Secreta-1"


def p12(password=PASSWORD):
    return pkcs12.serialize_key_and_certificates(
        b"firma",
        signer()._key,
        signer().certificate,
        None,
        BestAvailableEncryption(password.encode()),
    )


@tagged("post_install", "-at_install")
class TestReceiptViews(EcfCase):
    def test_every_reader_opens_list_and_form(self):
        _answer, ecf, _document = self.sell()
        for user in ("user_manager", "user_cashier", "user_accountant"):
            mine = ecf.with_user(self.ref(user))
            with self.subTest(user=user):
                for kind in ("list", "form", "search", "graph", "pivot"):
                    mine.get_view(view_type=kind)
                names = list(mine.get_views([(False, "form")])["models"][mine._name])
                self.assertTrue(mine.read(["name", "explanation", "file_name"]))
                self.assertIn("fields", names)

    def test_manager_has_a_button_for_each_act(self):
        for model, name in (
            ("nu.pos.ncf", "action_annul_at_dgii"),
            ("nu.pos.ncf.range", "action_annul_unused"),
            ("pos.order", "action_nu_print_a4"),
        ):
            with self.subTest(name):
                mine = self.env[model].with_user(self.ref("user_manager"))
                arch = etree.fromstring(mine.get_view(view_type="form")["arch"])
                self.assertEqual(len(arch.xpath(f"//button[@name='{name}']")), 1)

    def test_only_annulled_numbers_of_series_e_are_annulled_at_dgii(self):
        mine = self.env["nu.pos.ncf"].with_user(self.ref("user_manager"))
        arch = etree.fromstring(mine.get_view(view_type="form")["arch"])
        [button] = arch.xpath("//button[@name='action_annul_at_dgii']")
        shown = [
            (number, state)
            for number in ("B0100000001", "E310000000001")
            for state in ("issued", "voided")
            if not safe_eval(button.get("invisible"), {"name": number, "state": state})
        ]
        self.assertEqual(shown, [("E310000000001", "voided")])

    def test_button_says_whether_the_number_changes(self):
        _answer, ecf, _document = self.sell()
        manager = ecf.with_user(self.ref("user_manager"))
        arch = etree.fromstring(manager.get_view(view_type="form")["arch"])
        said = {}
        for lives in (True, False):
            ecf.sudo().write({"state": "rejected", "number_lives": lives})
            [said[lives]] = [
                button.get("confirm")
                for button in arch.iter("button")
                if button.get("name") == "action_correct"
                and not safe_eval(
                    button.get("invisible"),
                    {"state": ecf.state, "number_lives": ecf.number_lives},
                )
            ]
        self.assertIn("under the same number", said[True])
        self.assertIn("under a NEW number", said[False])

    def test_rejection_is_explained_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("es_DO")
        _answer, ecf, _document = self.sell()
        ecf.sudo().write(
            {
                "state": "rejected",
                "messages": [{"code": "614", "text": "<b>no emitido</b>"}],
            }
        )
        english = ecf.with_context(lang="en_US").explanation
        self.assertIn("DGII has not accepted yet the receipt", english)
        spanish = ecf.with_context(lang="es_DO").explanation
        self.assertIn("todavía no ha aceptado", spanish)
        self.assertIn("614", ecf.message_text)

    def test_unknown_message_explains_nothing(self):
        _answer, ecf, _document = self.sell()
        ecf.sudo().messages = [{"code": "9", "text": "algo nuevo"}]
        self.assertFalse(ecf.explanation)

    def test_order_and_invoice_lead_to_the_receipt(self):
        answer, ecf, _document = self.sell(fiscal_type="E31", partner_id=self.buyer.id)
        order = self.order_of(answer).with_user(self.ref("user_manager"))
        self.assertEqual(order.nu_ecf_count, 1)
        self.assertEqual(order.action_nu_open_ecf()["res_id"], ecf.id)
        move = order.sudo().account_move
        self.assertEqual(move.nu_ecf_count, 1)
        self.assertEqual(move.action_nu_open_ecf()["res_id"], ecf.id)
        report = move.action_nu_print_ecf()
        self.assertEqual(report["report_name"], "nu_restaurant_pos.ecf_a4")

    def test_paper_sale_has_no_electronic_receipt(self):
        order = self.order_of(self.finalize())
        self.assertEqual(order.nu_ecf_count, 0)
        action = order.action_nu_print_ticket()
        self.assertEqual(action["report_name"], "nu_restaurant_pos.ecf_order_ticket")

    def test_card_of_the_register_counts_in_one_query(self):
        other = self.second_register()
        names = ("waiting", "stuck", "rejected")
        before = [self.config[f"nu_ecf_{name}_count"] for name in names]
        ecfs = [self.sell()[1].sudo() for _n in range(4)]
        ecfs[0].state = "queued"
        ecfs[1].write(
            {"state": "sent", "attempts": 1},
        )
        ecfs[2].state = "rejected"
        ecfs[3].state = "accepted"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ecf SET date_signed = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(hours=2), ecfs[1].id],
        )
        self.env.invalidate_all()
        configs = self.config | other
        with self.assertQueryCount(1):
            configs.mapped("nu_ecf_waiting_count")
        after = [self.config[f"nu_ecf_{name}_count"] for name in names]
        self.assertEqual([b - a for a, b in zip(before, after)], [2, 1, 1])
        self.assertEqual(other.nu_ecf_waiting_count, 0)
        self.assertEqual(
            self.config.action_nu_open_ecf()["domain"],
            [("config_id", "=", self.config.id)],
        )


@tagged("post_install", "-at_install")
class TestSetUp(LoopbackMixin, EcfCase):
    def setUp(self):
        super().setUp()
        self.Setup = (
            self.env["nu.pos.ecf.setup"]
            .with_user(self.ref("user_manager"))
            .with_company(self.company)
        )
        self.Certificate = self.env["nu.pos.ecf.certificate"].sudo()

    def test_settings_are_read_and_kept(self):
        with Form(self.Setup) as form:
            form.trade_name = "El Conuco"
            form.place_code = "010101"
            form.environment = "certecf"
            form.send = True
        form.record.action_save()
        company = self.company
        self.assertEqual(
            (company.nu_trade_name, company.nu_place_code, company.nu_ecf_environment),
            ("El Conuco", "010101", "certecf"),
        )
        self.assertTrue(company.nu_ecf_send)
        self.assertEqual(Form(self.Setup).trade_name, "El Conuco")

    def test_certificate_is_loaded_and_its_password_is_kept_nowhere(self):
        everything = self.Certificate.with_context(active_test=False)
        before = everything.search_count([])
        file = base64.b64encode(p12())
        record = self.Setup.create(
            {"environment": "testecf", "p12_file": file, "p12_password": PASSWORD}
        )
        self.assertEqual(everything.search_count([]), before + 1)
        loaded = everything.search([], order="id desc", limit=1)
        self.assertEqual(record.certificate_id, loaded, "what was loaded signs")
        self.assertFalse(record.p12_password)
        self.assertFalse(record.p12_file)
        record.write({"p12_file": file, "p12_password": PASSWORD})
        self.assertEqual(everything.search_count([]), before + 2)
        self.env.invalidate_all()
        self.env.cr.execute("SELECT to_jsonb(s)::text FROM nu_pos_ecf_setup s")
        stored = "".join(row[0] for row in self.env.cr.fetchall())
        self.assertNotIn(PASSWORD, stored)
        self.assertNotIn("p12", stored)

    def test_wrong_password_and_other_files_are_told_in_plain_words(self):
        for file, password, words in (
            (p12(), "otra", "password does not open"),
            (b"hola", PASSWORD, "no certificate file"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self.Setup.create(
                    {
                        "environment": "testecf",
                        "p12_file": base64.b64encode(file),
                        "p12_password": password,
                    }
                )

    def test_day_of_the_switch_needs_a_certificate(self):
        self.Certificate.search([]).active = False
        record = self.Setup.create(
            {"environment": "testecf", "date_start": "2027-01-01"}
        )
        with self.assertRaisesRegex(UserError, "Load a certificate first"):
            record.action_save()

    def test_test_logs_in_at_dgii(self):
        with dgii_sim.start(environment="testecf") as sim:
            self.env["ir.config_parameter"].sudo().set_param(
                "nu_pos.ecf_base_url", sim.url
            )
            record = self.Setup.create({"environment": "testecf"})
            record.action_test()
            self.assertIn("the signature verifies", record.result)
            self.assertIn("let this certificate in", record.result)
            self.assertNotIn("text-danger", record.result)
        record.action_test()
        self.assertIn("cannot be reached", record.result)

    def test_test_without_certificate_asks_nobody(self):
        self.Certificate.search([]).active = False
        record = self.Setup.create({"environment": "testecf"})
        record.action_test()
        self.assertIn("No valid certificate", record.result)

    def test_cashier_sets_up_nothing(self):
        cashier = self.Setup.with_user(self.ref("user_cashier"))
        with self.assertRaises(AccessError):
            cashier.create({"environment": "ecf"})
        with self.assertRaises(AccessError):
            cashier.default_get(["environment"])

    def test_company_of_others_is_not_set_up(self):
        other = self.env["res.company"].create({"name": "Otra casa"})
        record = self.Setup.sudo().create(
            {"environment": "testecf", "company_id": other.id}
        )
        mine = record.with_user(self.ref("user_manager"))
        for method in (mine.action_save, mine.action_test):
            with self.assertRaises(UserError):
                method()
        self.assertEqual(other.nu_ecf_environment, "testecf")
