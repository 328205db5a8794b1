import copy
import pickle
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ...fiscal.ecf import certificate, signature
from ...fiscal.ecf.pkcs12_keys import private_keys
from ..ecf_p12 import one_key, several_keys
from ..ecf_signers import FILES, NOW, new_certificate, new_key, signer
from ..pure_case import PureCase

PASSWORD = "Clave-ñ1"
SECRET = b"sixteen bytes or more"


def p12(*arguments, password=PASSWORD):
    return one_key(*arguments, password=password)


class TestLoad(PureCase):
    def assertRefused(self, data, reason, password=PASSWORD, moment=NOW):
        with self.assertRaises(certificate.CertificateError) as caught:
            certificate.load_p12(data, password, moment)
        self.assertEqual(caught.exception.reason, reason)
        self.assertNotIn(PASSWORD, str(caught.exception))

    def test_files_of_authorities_old_and_new_open(self):
        old = [(FILES / f"legacy_{n}.p12").read_bytes() for n in ("rc2", "3des")]
        new = p12(signer()._key, signer().certificate)
        for data in (*old, new):
            identity = certificate.load_p12(data, PASSWORD, NOW)
            self.assertEqual(identity.info.holder_id, "00113918205")
            self.assertEqual(identity.info.holder_kind, "cedula")
            self.assertEqual(identity.info.name, "JUANA PEÑA (PRUEBA)")
            self.assertEqual(identity.info.not_after.year, 2028)
            signed = signature.sign(b"<a></a>", identity)
            self.assertTrue(signature.verify(signed).ok)

    def test_a_file_without_password_opens(self):
        data = p12(signer()._key, signer().certificate, password="")
        self.assertTrue(certificate.load_p12(data, "", NOW))

    def test_the_certificates_of_authorities_lie_beside(self):
        authority = new_certificate(new_key().public_key(), new_key())
        data = p12(signer()._key, signer().certificate, authority)
        identity = certificate.load_p12(data, PASSWORD, NOW)
        self.assertEqual(identity.certificate, signer().certificate)

    def test_a_wrong_password(self):
        for name in ("legacy_rc2.p12", "legacy_3des.p12"):
            data = (FILES / name).read_bytes()
            self.assertRefused(data, "wrong_password", password="clave-ñ1")
            self.assertRefused(data, "wrong_password", password="")

    def test_another_kind_of_file(self):
        whole = (FILES / "legacy_3des.p12").read_bytes()
        pem = (FILES / "signer_key.pem").read_bytes()
        der = signer().certificate.public_bytes(serialization.Encoding.DER)
        for data in (b"", pem, der, whole[:100], whole[:-10], b"0" * (1 << 21)):
            self.assertRefused(data, "not_p12")

    def test_a_file_without_key_or_without_its_certificate(self):
        self.assertRefused(p12(None, None, signer().certificate), "no_key")
        other = new_certificate(new_key().public_key(), new_key())
        self.assertRefused(p12(signer()._key, None, other), "no_certificate")

    def test_keys_that_dgii_does_not_take(self):
        curve = ec.generate_private_key(ec.SECP256R1())
        made = new_certificate(curve.public_key(), curve)
        self.assertRefused(p12(curve, made), "not_rsa")
        small = new_key(1024)
        made = new_certificate(small.public_key(), small)
        self.assertRefused(p12(small, made), "weak_key")

    def test_a_certificate_out_of_its_time(self):
        key = new_key()
        for years, reason in (
            ((2020, 2022), "expired"),
            ((2030, 2032), "not_yet_valid"),
        ):
            data = p12(key, new_certificate(key.public_key(), key, years=years))
            self.assertRefused(data, reason)
            self.assertTrue(certificate.load_p12(data, PASSWORD, None))

    def test_of_several_certificates_of_the_key_the_valid_one_is_taken(self):
        key = new_key()
        old = new_certificate(key.public_key(), key, years=(2020, 2022), number=1)
        new = new_certificate(key.public_key(), key, number=2)
        twin = new_certificate(key.public_key(), key, number=3)
        data = p12(key, old, new)
        self.assertEqual(certificate.load_p12(data, PASSWORD, NOW).certificate, new)
        self.assertRefused(data, "several_certificates", moment=None)
        self.assertRefused(p12(key, old, new, twin), "several_certificates")

    def test_of_two_keys_the_one_that_may_sign_is_taken(self):
        signing, other = new_key(), signer()._key
        signs = new_certificate(
            signing.public_key(), signing, uses=["digital_signature"]
        )
        approves = new_certificate(
            signing.public_key(), signing, uses=["content_commitment"], number=5
        )
        for uses in (
            ["key_encipherment"], ["data_encipherment", "key_agreement"], [],
        ):  # fmt: skip
            wrong = new_certificate(other.public_key(), other, uses=uses, number=6)
            for right in (signs, approves):
                for pairs in (
                    [(other, wrong), (signing, right)],
                    [(signing, right), (other, wrong)],
                ):
                    data = several_keys(*pairs, password=PASSWORD)
                    identity = certificate.load_p12(data, PASSWORD, NOW)
                    self.assertEqual(identity.certificate, right)
                    signed = signature.sign(b"<a></a>", identity)
                    self.assertTrue(signature.verify(signed).ok)

    def test_certificate_of_signatures_goes_before_the_one_to_log_in(self):
        key, other = new_key(), signer()._key
        signs = new_certificate(key.public_key(), key, uses=["content_commitment"])
        logs_in = new_certificate(
            other.public_key(), other, uses=["digital_signature"], number=6
        )
        data = several_keys((other, logs_in), (key, signs), password=PASSWORD)
        self.assertEqual(certificate.load_p12(data, PASSWORD, NOW).certificate, signs)

    def test_file_whose_only_certificate_may_not_sign(self):
        key = new_key()
        made = new_certificate(key.public_key(), key, uses=["key_encipherment"])
        self.assertRefused(p12(key, made), "not_for_signing")
        other = signer()._key
        also = new_certificate(other.public_key(), other, uses=["crl_sign"])
        data = several_keys((key, made), (other, also), password=PASSWORD)
        self.assertRefused(data, "not_for_signing")

    def test_two_keys_that_may_sign_are_a_question_for_a_person(self):
        key, other = new_key(), signer()._key
        uses = ["digital_signature"]
        one = new_certificate(key.public_key(), key, uses=uses)
        two = new_certificate(other.public_key(), other, uses=uses, number=6)
        data = several_keys((key, one), (other, two), password=PASSWORD)
        self.assertRefused(data, "several_certificates")
        old = new_certificate(key.public_key(), key, uses=uses, years=(2020, 2022))
        data = several_keys((key, old), (other, two), password=PASSWORD)
        self.assertEqual(certificate.load_p12(data, PASSWORD, NOW).certificate, two)

    def test_keys_of_files_of_every_encryption_are_found(self):
        for name in ("legacy_rc2.p12", "legacy_3des.p12"):
            keys = private_keys((FILES / name).read_bytes(), PASSWORD)
            self.assertEqual(
                [key.public_key() for key in keys], [signer()._key.public_key()]
            )
        plain = p12(signer()._key, signer().certificate, password="")
        self.assertEqual(len(private_keys(plain, "")), 1)

    def test_file_that_is_cut_off_holds_no_further_key(self):
        data = p12(signer()._key, signer().certificate)
        for length in range(0, len(data), 7):
            self.assertLessEqual(len(private_keys(data[:length], PASSWORD)), 1)

    def test_a_moment_without_zone_is_utc(self):
        info = signer().info
        self.assertIsNone(info.problem(datetime(2026, 1, 1, 0, 0)))
        self.assertEqual(info.problem(datetime(2025, 12, 31, 23, 59)), "not_yet_valid")
        self.assertEqual(info.problem(datetime(2028, 1, 1, 0, 1)), "expired")

    def test_the_identity_shows_nothing_of_its_key(self):
        identity = signer()
        shown = f"{identity!r} {identity} {vars(identity.info)}"
        self.assertNotIn("PRIVATE", shown)
        self.assertIn("JUANA", shown)
        for escape in (pickle.dumps, copy.deepcopy):
            with self.assertRaises(TypeError):
                escape(identity)

    def test_a_key_with_the_certificate_of_another_is_no_identity(self):
        other = new_certificate(new_key().public_key(), new_key())
        with self.assertRaises(certificate.CertificateError):
            certificate.SigningIdentity(signer()._key, other)

    def test_what_a_certificate_says_is_read_from_its_bytes(self):
        der = signer().certificate.public_bytes(serialization.Encoding.DER)
        self.assertEqual(certificate.read_certificate(der), signer().info)
        nameless = x509.CertificateBuilder().subject_name(x509.Name([]))
        key = new_key()
        made = (
            nameless.issuer_name(x509.Name([]))
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(datetime(2026, 1, 1))
            .not_valid_after(datetime(2027, 1, 1, tzinfo=timezone.utc))
            .sign(key, signer().certificate.signature_hash_algorithm)
        )
        self.assertEqual(certificate.describe(made).holder_id, "")


class TestSeal(PureCase):
    def test_what_is_sealed_opens_and_signs_the_same(self):
        sealed = certificate.seal(signer().export(), SECRET, "company 1")
        opened = certificate.unseal(sealed, SECRET, "company 1")
        identity = certificate.SigningIdentity.restore(opened)
        self.assertEqual(identity.sign(b"x"), signer().sign(b"x"))

    def test_nothing_of_the_key_is_seen_and_no_two_seals_are_alike(self):
        one, two = (certificate.seal(b"the key" * 9, SECRET, "1") for _ in range(2))
        self.assertNotIn(b"the key", one)
        self.assertNotEqual(one, two)
        self.assertTrue(one.startswith(b"nuk1"))

    def test_another_secret_or_company_or_byte_does_not_open(self):
        sealed = certificate.seal(b"the key", SECRET, "company 1")
        changed = bytearray(sealed)
        changed[-1] ^= 1
        for args in (
            (sealed, b"another secret, as long", "company 1"),
            (sealed, SECRET, "company 2"),
            (bytes(changed), SECRET, "company 1"),
            (sealed[:20], SECRET, "company 1"),
            (sealed[:4], SECRET, "company 1"),
            (b"nuk2" + sealed[4:], SECRET, "company 1"),
            (b"", SECRET, "company 1"),
        ):
            with self.assertRaises(certificate.SealError):
                certificate.unseal(*args)

    def test_a_short_secret_closes_nothing(self):
        with self.assertRaises(certificate.SealError):
            certificate.seal(b"the key", b"short", "company 1")

    def test_what_is_no_export_is_no_identity(self):
        for exported in (b"", b"x", (FILES / "signer_key.pem").read_bytes()):
            with self.assertRaises(certificate.CertificateError):
                certificate.SigningIdentity.restore(exported)
