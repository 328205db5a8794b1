"""Waits, limits and authorities of e-CF, as an administrator sets them."""

import base64
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ...fiscal.ecf.self_signed import self_signed
from ...models.ecf import certificate_authorities as authorities
from ...models.ecf.nu_pos_ecf_link import Settings
from ...models.ecf.res_config_settings import NUMBERS
from ..common import FiscalCase
from ..ecf_signers import new_key


def authority(name="Autoridad", ca=True):
    """``(key, certificate)`` of one who may issue certificates, or not."""
    key = new_key()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=timezone.utc))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=timezone.utc))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


@tagged("post_install", "-at_install")
class TestEcfSettings(FiscalCase):
    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"].sudo()
        self.parameters.search([("key", "like", "nu_pos.ecf_")]).unlink()
        self.admin = self.env.ref("base.user_admin")

    def settings(self, **values):
        return self.env["res.config.settings"].with_user(self.admin).create(values)

    def save(self, **values):
        self.settings(**values).execute()

    def kept(self):
        found = self.parameters.search([("key", "like", "nu_pos.ecf_")])
        return {one.key.removeprefix("nu_pos.ecf_"): one.value for one in found}

    # -- Numbers -----------------------------------------------------------------------

    def test_every_wait_and_limit_of_the_transmission_has_a_field(self):
        told = {parameter for parameter, _default, _least in NUMBERS.values()}
        for name in Settings.__dataclass_fields__:
            self.assertIn(f"nu_pos.ecf_{name}", told)
        view = self.env["res.config.settings"].get_view(
            self.env.ref("nu_restaurant_pos.res_config_settings_view_form").id
        )
        for name in (*NUMBERS, "nu_ecf_base_url", "nu_ecf_authority_file"):
            self.assertIn(f'name="{name}"', view["arch"])

    def test_what_is_not_touched_leaves_no_parameter(self):
        shown = self.settings()
        self.assertEqual(shown.nu_ecf_lease, Settings.lease)
        self.assertEqual(shown.nu_ecf_received_per_day, 5000)
        shown.execute()
        self.assertEqual(self.kept(), {})

    def test_what_is_set_rules_the_queue(self):
        self.save(nu_ecf_read=12.5, nu_ecf_receiver_tries=3, nu_ecf_lost_after=300)
        self.assertEqual(
            self.kept(), {"read": "12.5", "receiver_tries": "3", "lost_after": "300"}
        )
        ruling = Settings.of(self.env)
        self.assertEqual(ruling.timeouts.read, 12.5)
        self.assertEqual(ruling.receiver_tries, 3)
        self.assertEqual(ruling.rule.seconds, 300)
        self.assertEqual(self.settings().nu_ecf_read, 12.5)

    def test_zero_calls_and_zero_receipts_are_no_limit(self):
        self.save(nu_ecf_calls_per_minute=30, nu_ecf_received_per_day=10)
        self.save(nu_ecf_calls_per_minute=0, nu_ecf_received_per_day=0)
        self.assertEqual(self.settings().nu_ecf_received_per_day, 0)
        self.assertEqual(Settings.of(self.env).calls_per_minute, 0)
        self.env["nu.pos.ecf.receiver"].sudo()._check_day(self.company, "131246796")

    def test_waits_that_make_no_sense_are_refused(self):
        for values in (
            {"nu_ecf_connect": 0},
            {"nu_ecf_retry": -1},
            {"nu_ecf_receiver_tries": 0},
            {"nu_ecf_received_per_day": -1},
            {"nu_ecf_read": 100},
            {"nu_ecf_whole": 700},
            {"nu_ecf_lease": 60},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.save(**values)
        self.assertEqual(self.kept(), {})

    def test_waits_of_a_trial_do_not_stand_in_the_way_of_other_settings(self):
        self.parameters.set_param("nu_pos.ecf_lease", "4")
        self.save(nu_ecf_retry=60)
        self.assertEqual(self.kept(), {"lease": "4", "retry": "60"})

    def test_parameter_that_is_no_number_does_not_stop_the_queue(self):
        self.parameters.set_param("nu_pos.ecf_retry", "pronto")
        self.parameters.set_param("nu_pos.ecf_lease", "-5")
        ruling = Settings.of(self.env)
        self.assertEqual((ruling.retry, ruling.lease), (30, 600))
        self.assertEqual(self.settings().nu_ecf_retry, 30)

    def test_only_administrators_set_them(self):
        manager = self.ref("user_manager")
        with self.assertRaises(AccessError):
            self.env["res.config.settings"].with_user(manager).sudo(False).create(
                {"nu_ecf_lease": 900}
            ).execute()
        self.assertEqual(self.kept(), {})

    # -- Another server ----------------------------------------------------------------

    def test_simulator_takes_the_place_of_dgii(self):
        self.save(nu_ecf_base_url="http://127.0.0.1:8099/")
        self.assertEqual(self.company._nu_ecf_host("testecf"), "http://127.0.0.1:8099")
        self.save(nu_ecf_base_url=False)
        self.assertIsNone(self.company._nu_ecf_host("testecf"))

    def test_addresses_in_the_clear_or_of_nobody_are_refused(self):
        for url in (
            "http://simulador.example.do",
            "ftp://127.0.0.1",
            "dgii",
            "https://",
        ):
            with self.subTest(url=url), self.assertRaises(ValidationError):
                self.save(nu_ecf_base_url=url)
        self.save(nu_ecf_base_url="https://simulador.example.do")

    def test_company_in_production_sends_to_dgii_only(self):
        self.company.sudo().nu_ecf_environment = "ecf"
        with self.assertRaisesRegex(ValidationError, self.company.name):
            self.save(nu_ecf_base_url="http://127.0.0.1:8099")

    # -- Authorities -------------------------------------------------------------------

    def load(self, data):
        self.save(nu_ecf_authority_file=base64.b64encode(data))

    def test_authorities_are_loaded_from_every_usual_form(self):
        pems = []
        forms = {
            "pem": lambda one: one.public_bytes(Encoding.PEM),
            "der": lambda one: one.public_bytes(Encoding.DER),
            "p7b": lambda one: pkcs7.serialize_certificates([one], Encoding.DER),
            "p7b in text": lambda one: pkcs7.serialize_certificates(
                [one], Encoding.PEM
            ),
        }
        for name, form in forms.items():
            _key, certificate = authority(name)
            self.load(form(certificate))
            pems.append(certificate)
        self.assertEqual(list(authorities.trusted(self.env)), pems)
        self.assertIn("der (2036-01-01)", self.settings().nu_ecf_authorities)
        # again changes nothing
        self.load(forms["pem"](pems[0]))
        self.assertEqual(len(authorities.trusted(self.env)), len(pems))

    def test_what_is_no_authority_is_refused(self):
        person = self_signed("Persona", "00113918205", datetime(2026, 1, 2))
        _key, leaf = authority("Hoja", ca=False)
        for data, words in (
            (b"no certificate", "holds no certificates"),
            (b"", None),
            (person.certificate.public_bytes(Encoding.PEM), "Persona"),
            (leaf.public_bytes(Encoding.DER), "Hoja"),
            (b"x" * (1 << 20) + b"x", "holds no certificates"),
        ):
            if words is None:
                self.load(data)
                continue
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                self.load(data)
        self.assertEqual(authorities.trusted(self.env), ())

    def test_all_are_forgotten_by_administrators_only(self):
        _key, certificate = authority()
        self.load(certificate.public_bytes(Encoding.PEM))
        settings = self.settings()
        cashier = settings.with_user(self.ref("user_manager")).sudo(False)
        self.assertRaises(UserError, cashier.action_nu_forget_authorities)
        settings.action_nu_forget_authorities()
        self.assertEqual(authorities.trusted(self.env), ())

    def test_damaged_list_is_told_and_believes_nobody(self):
        self.parameters.set_param(authorities.PARAMETER, "not a certificate")
        self.assertIn("forget all", self.settings().nu_ecf_authorities)
        self.assertRaises(ValueError, authorities.trusted, self.env)
