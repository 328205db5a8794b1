"""Documents of signers whom nobody vouches for: they take nothing from anybody."""

import base64
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from ...fiscal.ecf import messages, signature
from ...fiscal.ecf.description import Buyer
from ...fiscal.ecf.self_signed import self_signed
from ...models.reception import nu_pos_ecf_receiver
from ..ecf_reception import SUPPLIER, ReceptionCase, line
from ..ecf_signers import OtherSoftware, new_key, signer

MIGRATION = "nu_restaurant_pos/migrations/19.0.1.1.0/post-confirmed_signers.py"


def issued(authority, serial="IDCDO-00100000017", key=None, organization=None):
    """A certificate that the authority issued for a person."""
    names = [
        x509.NameAttribute(NameOID.COMMON_NAME, "Persona Acreditada"),
        x509.NameAttribute(NameOID.SERIAL_NUMBER, serial),
    ]
    if organization:
        names.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, organization))
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(authority.certificate.subject)
        .public_key((key or new_key()).public_key())
        .serial_number(9)
        .not_valid_before(datetime(2026, 1, 1))
        .not_valid_after(datetime(2028, 1, 1))
        .sign(authority._key, hashes.SHA256())
    )


def made_up(name="Quien sea", serial="001-0000001-7"):
    """A certificate that anybody can make for himself."""
    made = self_signed(name, serial, datetime(2026, 11, 1))
    return OtherSoftware(key=made._key, certificates=[made.certificate])


class StrangerCase(ReceptionCase):
    def accountant(self, record):
        return record.with_user(self.ref("user_accountant")).sudo(False)

    def load_authority(self):
        authority = self_signed("Autoridad", "1", datetime(2026, 1, 2))
        pem = authority.certificate.public_bytes(Encoding.PEM).decode()
        self.env["ir.config_parameter"].set_param("nu_pos.ecf_authorities", pem)
        return authority

    def rows(self, state):
        return self.received.search([("state", "=", state)])


@tagged("post_install", "-at_install")
class TestStrangers(StrangerCase):
    def test_stranger_does_not_take_the_number_of_a_supplier(self):
        claims = [
            self.assertUnverified(self.file(by=made_up(), lines=[line(price=price)]))
            for price in ("1.00", "2.00", "3.00")
        ]
        receipt, record = self.take(self.file())
        self.assertEqual((receipt.status, receipt.reason), (messages.RECEIVED, None))
        self.assertEqual(record.state, "received")
        self.assertEqual(len({claim.id for claim in claims} - {record.id}), 3)
        self.assertEqual(record.amount_total, 236.0)

    def test_stranger_after_the_supplier_is_sent_twice(self):
        self.take(self.file())
        self.assertRefused(self.file(by=made_up(), lines=[line(price="1.00")]), 3)

    def test_stranger_who_names_the_supplier_in_his_certificate_is_one(self):
        own = self_signed("Distribuidora", SUPPLIER, datetime(2026, 11, 1))
        by = OtherSoftware(key=own._key, certificates=[own.certificate])
        record = self.assertUnverified(self.file(by=by))
        self.assertEqual(record.signer_number, SUPPLIER)

    def test_known_signer_of_one_supplier_is_a_stranger_for_another(self):
        issuer = type(self.document().issuer)(
            rnc="101672919", name="OTRA", address="CALLE 2"
        )
        self.assertUnverified(self.file(issuer=issuer))

    def test_known_signer_of_another_company_is_a_stranger(self):
        other = self.env["res.company"].create({"name": "Otra", "vat": "1-01-67291-9"})
        self.certificates._make_demo(other.id)
        buyer = Buyer(rnc="101672919", name="OTRA")
        record = self.assertUnverified(self.file(buyer=buyer))
        self.assertEqual(record.company_id, other)

    def test_same_bytes_of_a_stranger_are_one_row(self):
        xml = self.file(by=made_up())
        answers = {self.receiver.receive(xml) for _time in range(3)}
        self.assertEqual(len(answers), 1)
        record = self.rows("unverified")
        self.assertEqual((len(record), record.deliveries), (1, 3))

    def test_strangers_have_a_small_quota_of_their_own(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("nu_pos.ecf_unverified_per_day", "3")
        for number in range(1, 4):
            self.assertUnverified(self.file(number, by=made_up()))
        problem = self.assertProblem(
            "RATE_LIMITED", self.receiver.receive, self.file(4, by=made_up())
        )
        self.assertEqual(problem.retry_after, 3600)
        receipt, record = self.take(self.file(5))
        self.assertEqual(
            (receipt.status, record.state), (messages.RECEIVED, "received")
        )
        self.assertEqual(len(self.rows("unverified")), 3)

    def test_strangers_have_few_bytes(self):
        parameters = self.env["ir.config_parameter"]
        size = len(self.file(by=made_up()))
        parameters.set_param("nu_pos.ecf_unverified_bytes_per_day", str(size + 100))
        self.assertUnverified(self.file(1, by=made_up()))
        self.assertProblem(
            "RATE_LIMITED", self.receiver.receive, self.file(2, by=made_up())
        )
        self.assertEqual(self.take(self.file(3))[1].state, "received")

    def test_defaults_of_the_quotas(self):
        self.assertEqual(nu_pos_ecf_receiver.UNVERIFIED_DAILY, 200)
        self.assertEqual(nu_pos_ecf_receiver.UNVERIFIED_DAILY_BYTES, 20 << 20)
        self.assertEqual(nu_pos_ecf_receiver.ISSUER_DAILY, 500)

    def test_one_supplier_does_not_use_up_the_day_of_the_others(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("nu_pos.ecf_received_per_day_issuer", "1")
        self.confirm("101672919")
        self.take(self.file(1))
        problem = self.assertProblem(
            "RATE_LIMITED", self.receiver.receive, self.file(2)
        )
        self.assertIn("this issuer", problem.detail)
        issuer = type(self.document().issuer)(
            rnc="101672919", name="OTRA", address="CALLE 2"
        )
        self.assertEqual(self.take(self.file(3, issuer=issuer))[1].state, "received")

    def test_nothing_follows_from_a_document_of_a_stranger(self):
        record = self.assertUnverified(self.file(by=made_up()))
        self.env.flush_all()
        self.received._cron_make_bills()
        self.env.invalidate_all()
        self.assertFalse(record.bill_id)
        self.assertFalse(self.env["res.partner"].search([("vat", "=", SUPPLIER)]))
        for name in ("action_make_bill", "action_approve"):
            with self.assertRaisesRegex(UserError, "Confirm the signer first"):
                getattr(self.accountant(record), name)()

    def test_issuer_may_not_be_the_receiver_itself(self):
        issuer = type(self.document().issuer)(
            rnc=self.company.vat, name="NOSOTROS", address="CALLE 2"
        )
        self.confirm(self.company.vat)
        self.assertRefused(self.file(issuer=issuer), 1, "itself")

    def test_bytes_beside_what_is_signed_are_bounded(self):
        filler = b"<!--" + b"x" * (200 << 10) + b"-->"
        for place in (b"%s<ECF>", b"<ECF>%s"):
            xml = self.file().replace(b"<ECF>", place % filler)
            record = self.assertRefused(xml, 2, "beside what is signed")
            self.assertFalse(record.xml, "nor are they kept")

    def test_old_claims_are_dropped_and_receipts_never(self):
        claim = self.assertUnverified(self.file(1, by=made_up()))
        _receipt, kept = self.take(self.file(2))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ecf_received SET date_received = '2020-01-01'"
        )
        self.env.invalidate_all()
        self.received._gc_refused()
        self.assertFalse(claim.exists())
        self.assertTrue(kept.exists())

    def test_nobody_makes_a_receipt_of_a_claim_by_writing(self):
        claim = self.assertUnverified(self.file(by=made_up()))
        with self.assertRaises(AccessError):
            self.accountant(claim).write({"state": "received"})
        with self.assertRaises(AccessError):
            claim.sudo().write({"state": "received", "amount_total": 1})
        with self.assertRaises(AccessError):
            claim.sudo().write({"state": "refused"})
        refused = self.assertRefused(self.file(2).replace(b"Arroz", b"Arena"), 2)
        with self.assertRaises(AccessError):
            refused.sudo().write({"state": "received"})


@tagged("post_install", "-at_install")
class TestConfirmedSigners(StrangerCase):
    def test_person_confirms_a_signer_and_its_documents_are_received(self):
        by = made_up()
        first = self.assertUnverified(self.file(1, by=by))
        second = self.assertUnverified(self.file(2, by=by))
        other = self.assertUnverified(self.file(3, by=made_up()))
        self.accountant(first).action_confirm_signer()
        self.assertEqual(
            (first | second | other).mapped("state"),
            ["received", "received", "unverified"],
        )
        self.assertEqual(first.bill_state, "to_make")
        self.assertFalse(first.signer_trusted, "no authority vouches for it")
        _receipt, later = self.take(self.file(4, by=by))
        self.assertEqual(later.state, "received")
        row = self.env["nu.pos.ecf.signer"].search([("key", "=", first.signer_key)])
        self.assertEqual(
            (row.taxpayer_rnc, row.create_uid),
            (SUPPLIER, self.ref("user_accountant")),
        )

    def test_of_two_claims_of_a_number_the_one_that_was_clicked_is_received(self):
        by = made_up()
        first = self.assertUnverified(self.file(1, by=by, lines=[line(price="1.00")]))
        second = self.assertUnverified(self.file(1, by=by))
        self.accountant(second).action_confirm_signer()
        self.assertEqual(second.state, "received")
        self.assertEqual(first.state, "unverified", "the number is taken")

    def test_trust_is_taken_back_and_given_again(self):
        row = self.env["nu.pos.ecf.signer"].search([("taxpayer_rnc", "=", SUPPLIER)])
        self.accountant(row).active = False
        record = self.assertUnverified(self.file())
        self.accountant(record).action_confirm_signer()
        self.assertEqual(record.state, "received")
        self.assertTrue(row.active)

    def test_confirmed_signers_are_written_by_nobody(self):
        row = self.env["nu.pos.ecf.signer"].search([("taxpayer_rnc", "=", SUPPLIER)])
        mine = self.accountant(row)
        for values in ({"taxpayer_rnc": "101672919"}, {"key": "x"}):
            with self.assertRaises(AccessError):
                mine.write(values)
        with self.assertRaises(AccessError):
            mine.create(
                {"company_id": self.company.id, "taxpayer_rnc": "1", "key": "x"}
            )
        with self.assertRaises(AccessError):
            mine.unlink()
        cashier = row.with_user(self.ref("user_cashier")).sudo(False)
        with self.assertRaises(AccessError):
            cashier.read(["key"])

    def test_upgrade_confirms_whoever_signed_what_a_person_has_posted(self):
        signers = self.env["nu.pos.ecf.signer"]
        _receipt, posted = self.take(self.file(1))
        other = made_up()
        claim = self.assertUnverified(self.file(2, by=other))
        self.accountant(claim).action_confirm_signer()
        posted._make_bill()
        posted.bill_id.action_post()
        signers.search([]).sudo().unlink()
        script = load_script(file_path(MIGRATION), "confirmed_signers")
        for _time in range(2):
            script.migrate(self.env.cr, "19.0.1.0.0")
        row = signers.search([])
        self.assertEqual(
            (row.company_id, row.taxpayer_rnc, row.key),
            (self.company, SUPPLIER, signer().info.key),
        )
        self.assertEqual(self.take(self.file(3))[1].state, "received")

    def test_only_accounting_confirms(self):
        record = self.assertUnverified(self.file(by=made_up()))
        for name in ("user_cashier", "user_waiter", "user_hub"):
            mine = record.with_user(self.ref(name)).sudo(False)
            self.assertRaises(AccessError, mine.action_confirm_signer)
        _receipt, known = self.take(self.file(2))
        with self.assertRaisesRegex(UserError, "confirmed already"):
            self.accountant(known).action_confirm_signer()
        refused = self.assertRefused(self.file(3).replace(b"Arroz", b"Arena"), 2)
        with self.assertRaises(UserError):
            self.accountant(refused).action_confirm_signer()


@tagged("post_install", "-at_install")
class TestAuthorities(StrangerCase):
    def setUp(self):
        super().setUp()
        self.authority = self.load_authority()
        self.company.sudo().nu_ecf_environment = "ecf"

    def by(self, serial="IDCDO-00100000017", organization=None):
        key = new_key()
        made = issued(self.authority, serial, key, organization)
        return OtherSoftware(key=key, certificates=[made])

    def test_production_refuses_whom_no_authority_vouches_for(self):
        self.assertRefused(self.file(), 2, "not of an authority")

    def test_certificate_of_the_taxpayer_itself_is_received(self):
        for number, (serial, organization) in enumerate(
            ((SUPPLIER, None), ("IDCDO-00100000017", f"VATDO-{SUPPLIER}")), 1
        ):
            by = self.by(serial, organization)
            _receipt, record = self.take(self.file(number, by=by))
            self.assertEqual(record.state, "received", record.reason_detail)
            self.assertTrue(record.signer_trusted)

    def test_accredited_person_is_confirmed_once_and_known_with_a_new_certificate(self):
        first = self.assertUnverified(self.file(1, by=self.by()))
        self.assertTrue(first.signer_trusted)
        self.accountant(first).action_confirm_signer()
        self.assertEqual(first.state, "received")
        key = signer()._key
        renewed = issued(self.authority, key=key)
        by = OtherSoftware(key=key, certificates=[renewed])
        _receipt, record = self.take(self.file(2, by=by))
        self.assertEqual(record.state, "received")
        key = self_signed("x", "1", datetime(2026, 1, 1))._key
        made = issued(self.authority, "IDCDO-00200000025", key)
        stranger = OtherSoftware(key=key, certificates=[made])
        self.assertUnverified(self.file(3, by=stranger))

    def test_passport_or_no_identity_needs_an_authority(self):
        by = self.by(serial="PASUS-A1234567")
        self.assertUnverified(self.file(1, by=by))
        self.env["ir.config_parameter"].set_param("nu_pos.ecf_authorities", "")
        for number, serial in enumerate(("PASUS-A1234567", "?"), 2):
            self.assertRefused(
                self.file(number, by=made_up(serial=serial)), 2, "names no taxpayer"
            )
        self.assertUnverified(self.file(9, by=made_up()))

    def test_authorities_loaded_later_verify_what_came_before(self):
        self.env["ir.config_parameter"].set_param("nu_pos.ecf_authorities", "")
        own = self.assertUnverified(self.file(1, by=self.by(SUPPLIER)))
        person = self.assertUnverified(self.file(2, by=self.by()))
        stranger = self.assertUnverified(self.file(3, by=made_up()))
        records = self.accountant(own | person | stranger)
        with self.assertRaisesRegex(UserError, "No authority is trusted"):
            records.action_check_signer()
        pem = self.authority.certificate.public_bytes(Encoding.PEM).decode()
        self.env["ir.config_parameter"].set_param("nu_pos.ecf_authorities", pem)
        records.action_check_signer()
        self.assertEqual(
            [(one.state, one.signer_trusted) for one in own | person | stranger],
            [("received", True), ("unverified", True), ("unverified", False)],
        )
        cashier = own.with_user(self.ref("user_cashier")).sudo(False)
        self.assertRaises(AccessError, cashier.action_check_signer)

    def test_same_bytes_again_are_judged_by_the_authorities_of_today(self):
        self.env["ir.config_parameter"].set_param("nu_pos.ecf_authorities", "")
        xml = self.file(1, by=self.by(SUPPLIER))
        record = self.assertUnverified(xml)
        pem = self.authority.certificate.public_bytes(Encoding.PEM).decode()
        self.env["ir.config_parameter"].set_param("nu_pos.ecf_authorities", pem)
        receipt, again = self.take(xml)
        self.assertEqual((receipt.status, again.id), (messages.RECEIVED, record.id))
        self.assertEqual(record.state, "received")


@tagged("post_install", "-at_install")
class TestTestEnvironments(StrangerCase):
    """DGII's simulators sign with test certificates of persons (steps 8 to 11)."""

    def test_test_certificate_is_acknowledged_whatever_authorities_are_loaded(self):
        self.load_authority()
        for number, environment in enumerate(("testecf", "certecf"), 1):
            self.company.sudo().nu_ecf_environment = environment
            for place, serial in enumerate(("IDCDO-00100000017", "PASUS-A12", "?")):
                xml = self.file(10 * number + place, by=made_up(serial=serial))
                self.assertUnverified(xml)

    def test_certificate_of_another_company_is_refused_there_too(self):
        by = made_up(serial="RNC 1-01-67291-9")
        self.assertRefused(self.file(by=by), 2, "another taxpayer")


@tagged("post_install", "-at_install")
class TestUnknownBuyers(StrangerCase):
    def setUp(self):
        super().setUp()
        self.buyer = Buyer(rnc="130000001", name="NADIE AQUI")

    def test_one_company_says_itself_that_it_is_not_meant(self):
        record = self.assertRefused(self.file(buyer=self.buyer), 4)
        self.assertTrue(signature.verify(record.arecf.encode()).ok)

    def test_of_several_companies_none_signs_for_the_others(self):
        other = self.env["res.company"].create({"name": "Otra", "vat": "1-01-67291-9"})
        self.certificates._make_demo(other.id)
        with mute_logger(
            "odoo.addons.nu_restaurant_pos.models.reception.nu_pos_ecf_receiver"
        ):
            arecf = self.receiver.receive(self.file(buyer=self.buyer))
            self.assertProblem(
                "BAD_REQUEST", self.receiver.receive, self.file(kind="32", buyer=None)
            )
        receipt = messages.parse_arecf(arecf)
        self.assertEqual(
            (receipt.status, receipt.reason, receipt.buyer),
            (messages.NOT_RECEIVED, 4, "130000001"),
        )
        self.assertIsNone(etree.fromstring(arecf).find("{*}Signature"))
        self.assertFalse(self.received.search([]), "it concerns none of them")


@tagged("post_install", "-at_install")
class TestSetUp(StrangerCase):
    def wizard(self, user="base.user_admin", **values):
        wizard = self.env["nu.pos.ecf.setup"].with_user(
            self.env.ref(user) if "." in user else self.ref(user)
        )
        return wizard.sudo(False).create(
            {"company_id": self.company.id, "environment": "ecf", **values}
        )

    def test_wizard_warns_until_authorities_are_loaded_and_loads_them(self):
        arch = etree.fromstring(
            self.env["nu.pos.ecf.setup"].get_view(
                self.env.ref("nu_restaurant_pos.nu_pos_ecf_setup_view_form").id
            )["arch"]
        )
        [warning] = arch.xpath("//div[@role='alert'][@invisible='authorities']")
        self.assertIn(
            "No certification authority is trusted", warning.xpath("string()")
        )
        wizard = self.wizard()
        self.assertFalse(wizard.authorities)
        self.assertTrue(wizard.may_load_authorities)
        authority = self_signed("Autoridad", "1", datetime(2026, 1, 2))
        builder = (
            x509.CertificateBuilder()
            .subject_name(authority.certificate.subject)
            .issuer_name(authority.certificate.subject)
            .public_key(authority._key.public_key())
            .serial_number(1)
            .not_valid_before(datetime(2026, 1, 1))
            .not_valid_after(datetime(2036, 1, 1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        )
        made = builder.sign(authority._key, hashes.SHA256())
        data = base64.b64encode(made.public_bytes(Encoding.DER))
        loaded = self.wizard(authority_file=data, authority_name="ca.cer")
        self.assertIn("Autoridad", loaded.authorities)
        manager = self.wizard("user_manager")
        self.assertFalse(manager.may_load_authorities)
        self.assertIn("Autoridad", manager.authorities)
        with self.assertRaises(UserError):
            self.wizard("user_manager", authority_file=data)
