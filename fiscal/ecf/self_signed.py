"""A certificate that nobody trusts, for demonstrations and tests."""

from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from .certificate import MIN_KEY_BITS, SigningIdentity


def self_signed(
    name: str, holder_id: str, moment: datetime, days: int = 730
) -> SigningIdentity:
    """A new key and its certificate, valid from a day before the moment (UTC).

    ``holder_id`` is the RNC, cedula or passport of the subject.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=MIN_KEY_BITS)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DO"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, holder_id),
        ]
    )
    moment = moment.replace(tzinfo=moment.tzinfo or timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return SigningIdentity(key, certificate)
