"""The digital certificate that signs for a company, and how its key is kept.

A certificate authority accredited by INDOTEL delivers a PKCS#12 file (``.p12`` or
``.pfx``) and a password. It names a person: its serial number is an RNC, a cedula or
a passport, and the company delegates that person as signer in the Oficina Virtual.

``load_p12`` opens the file once; what is stored afterwards is ``export()`` of the
identity, closed by ``seal`` with a secret that is kept apart from the table:

>>> sealed = seal(b"the key", b"a secret of 16 bytes or more", "company 1")
>>> unseal(sealed, b"a secret of 16 bytes or more", "company 1")
b'the key'
>>> unseal(sealed, b"a secret of 16 bytes or more", "company 2")
... # doctest: +IGNORE_EXCEPTION_DETAIL
Traceback (most recent call last):
SealError: The stored key does not open with this secret.

No text of this module, nor ``repr``, shows key material.
"""

import base64
import hashlib
import os
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from .pkcs12_keys import private_keys

#: Smallest RSA key, in bits, that signs or is believed.
MIN_KEY_BITS = 2048
# A file of a certificate authority has a few kilobytes.
_MAX_P12_BYTES = 1 << 20

# ETSI EN 319 412-1: kind of identity, country and a dash come before the number.
_ETSI_PREFIX = re.compile(r"(?:(?:IDC|PAS|TIN|PNO|NTR|VAT)[A-Z]{2}-|RNC|CEDULA|CED)")

# Names that RFC 4514 leaves as numbers, and certificates of persons carry.
_SHORT_NAMES = {
    NameOID.SERIAL_NUMBER: "SERIALNUMBER",
    NameOID.SURNAME: "SN",
    NameOID.GIVEN_NAME: "GN",
    NameOID.DN_QUALIFIER: "DNQUALIFIER",
}

_SEAL_VERSION = b"nuk1"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_MIN_SECRET_BYTES = 16

#: Why a certificate does not do.
REASONS = {
    "not_p12": "The file is no certificate file (.p12 or .pfx).",
    "wrong_password": "The password does not open the certificate file.",
    "no_key": "The file holds no private key; export the certificate with its key.",
    "no_certificate": "The file holds no certificate for its private key.",
    "several_certificates": "The file holds several certificates that may sign.",
    "not_for_signing": "The certificate is not for signatures (keyUsage); ask the "
    "authority for the one that signs.",
    "not_rsa": "The key is not an RSA key; DGII takes signatures RSA with SHA-256.",
    "weak_key": f"The RSA key has fewer than {MIN_KEY_BITS} bits.",
    "expired": "The certificate has expired.",
    "not_yet_valid": "The certificate is not valid yet.",
}


class CertificateError(ValueError):
    """A certificate cannot be used; ``reason`` is a key of ``REASONS``."""

    def __init__(self, reason: str):
        super().__init__(REASONS[reason])
        self.reason = reason


class SealError(ValueError):
    """What is stored cannot be opened, or the secret is too short to close it."""


@dataclass(frozen=True)
class CertificateInfo:
    """What a certificate says.

    ``holder_id`` is the serial number of the subject, without prefix and dashes, or
    an empty text; ``holder_kind`` is ``rnc``, ``cedula``, ``passport`` or ``""``.
    ``organization_id`` is the RNC of the company that the authority says the holder
    belongs to (organizationIdentifier, ETSI EN 319 412-1), if it says so.
    ``name`` is the common name, ``serial`` the number of the certificate itself in
    hexadecimal, ``key`` the SHA-256 of its public key. The moments have a zone, UTC.
    """

    subject: str
    name: str
    holder_id: str
    holder_kind: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    key: str = ""
    organization_id: str = ""

    def problem(self, moment: datetime) -> str | None:
        """``expired``, ``not_yet_valid`` or None; a moment without zone is UTC."""
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        if moment > self.not_after:
            return "expired"
        if moment < self.not_before:
            return "not_yet_valid"
        return None


def read_certificate(der: bytes) -> CertificateInfo:
    """What an X.509 certificate says.

    :raise ValueError: the bytes are no certificate
    """
    return describe(x509.load_der_x509_certificate(der))


def describe(certificate: x509.Certificate) -> CertificateInfo:
    """What a certificate already read says."""
    subject = certificate.subject
    holder_id, holder_kind = holder_of(_attribute(subject, NameOID.SERIAL_NUMBER))
    return CertificateInfo(
        subject=subject.rfc4514_string(_SHORT_NAMES),
        name=_attribute(subject, NameOID.COMMON_NAME),
        holder_id=holder_id,
        holder_kind=holder_kind,
        issuer=certificate.issuer.rfc4514_string(_SHORT_NAMES),
        serial=format(certificate.serial_number, "x"),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key=_key_digest(certificate),
        organization_id=holder_of(_attribute(subject, NameOID.ORGANIZATION_IDENTIFIER))[
            0
        ],
    )


def _key_digest(certificate):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key = certificate.public_key().public_bytes(serialization.Encoding.DER, form)
    return hashlib.sha256(key).hexdigest()


def holder_of(serial_number: str) -> tuple[str, str]:
    """Identity and its kind, from the serial number of a subject.

    >>> holder_of("IDCDO-001-1391820-5"), holder_of("131246796")
    (('00113918205', 'cedula'), ('131246796', 'rnc'))
    >>> holder_of("PASUS-A1234567"), holder_of("")
    (('A1234567', 'passport'), ('', ''))
    """
    text = _ETSI_PREFIX.sub("", serial_number.strip().upper(), count=1)
    text = re.sub("[ -]", "", text)
    if not text:
        return "", ""
    if re.fullmatch("[0-9]{9}|[0-9]{11}", text):
        return text, "rnc" if len(text) == 9 else "cedula"
    return text, "passport"


def _attribute(name, oid):
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


class SigningIdentity:
    """A private key and its certificate: what ``signature.sign`` signs with.

    Made by ``load_p12`` or ``restore``; safe to share between threads.
    """

    def __init__(self, key: rsa.RSAPrivateKey, certificate: x509.Certificate):
        """:raise CertificateError: not RSA, too small, or not a pair"""
        if not isinstance(key, rsa.RSAPrivateKey):
            raise CertificateError("not_rsa")
        if key.key_size < MIN_KEY_BITS:
            raise CertificateError("weak_key")
        if certificate.public_key() != key.public_key():
            raise CertificateError("no_certificate")
        self._key = key
        self.certificate = certificate

    def __repr__(self):
        return f"<{type(self).__name__} {self.info.name or self.info.serial}>"

    def __reduce__(self):
        raise TypeError("A signing identity is not pickled: it holds a private key.")

    @cached_property
    def info(self) -> CertificateInfo:
        return describe(self.certificate)

    @cached_property
    def certificate_base64(self) -> str:
        """The certificate as ``X509Certificate`` carries it: base64 of DER."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return base64.b64encode(der).decode()

    def sign(self, data: bytes) -> bytes:
        """RSA PKCS#1 v1.5 with SHA-256: same data, same signature."""
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def check(self, moment: datetime) -> None:
        """:raise CertificateError: expired or not yet valid at the moment"""
        problem = self.info.problem(moment)
        if problem:
            raise CertificateError(problem)

    def export(self) -> bytes:
        """Key and certificate **in the clear** (PEM), to be given to ``seal``."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ) + self.certificate.public_bytes(serialization.Encoding.PEM)

    @classmethod
    def restore(cls, exported: bytes) -> "SigningIdentity":
        """The identity that ``export`` wrote. The expiry is not judged here.

        :raise CertificateError: it is not such an export
        """
        try:
            # It was checked when it was loaded, and the seal vouches for it since.
            key = serialization.load_pem_private_key(
                exported, None, unsafe_skip_rsa_key_validation=True
            )
            certificate = x509.load_pem_x509_certificate(exported)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise CertificateError("no_key") from error
        return cls(key, certificate)


def load_p12(data: bytes, password: str, moment: datetime | None) -> SigningIdentity:
    """Open a PKCS#12 file, also one with the old encryptions (RC2, 3DES).

    The certificates of authorities that lie beside are left out. Of several keys the
    one whose certificate may sign is taken (keyUsage, RFC 5280 section 4.2.1.3), and of
    several certificates the one valid at the moment.

    :param moment: when it must be valid; None does not ask
    :raise CertificateError: the file, the password, the key or the dates do not do
    """
    keys, certificates = _open_p12(data, password)
    if not keys:
        raise CertificateError("no_key")
    keys = [key for key in keys if isinstance(key, rsa.RSAPrivateKey)]
    if not keys:
        raise CertificateError("not_rsa")
    key, certificate = _choose(keys, certificates, moment)
    identity = SigningIdentity(key, certificate)
    if moment is not None:
        identity.check(moment)
    return identity


def _choose(keys, certificates, moment):
    """``(key, certificate)``: the one pair that may sign."""
    pairs = [
        (key, certificate)
        for key in keys
        for certificate in certificates
        if certificate.public_key() == key.public_key()
    ]
    if not pairs:
        raise CertificateError("no_certificate")
    uses = [(pair, _signing_use(pair[1])) for pair in pairs]
    if not any(use for _pair, use in uses):
        raise CertificateError("not_for_signing")
    # where one is for signatures and one for logging in, the first is meant
    best = max(use for _pair, use in uses)
    pairs = [pair for pair, use in uses if use == best]
    if len(pairs) > 1 and moment is not None:
        pairs = [
            pair for pair in pairs if not describe(pair[1]).problem(moment)
        ] or pairs
    if len(pairs) > 1:
        raise CertificateError("several_certificates")
    return pairs[0]


def _signing_use(certificate):
    """How far a certificate is for signatures: 0 not at all, 2 with nonRepudiation."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        # it is restricted to nothing
        return 1
    except ValueError:
        return 0
    if found.value.content_commitment:
        return 2
    return int(found.value.digital_signature)


def _open_p12(data, password):
    # The outer form is a DER sequence; anything else is another kind of file.
    if not data.startswith(b"\x30") or len(data) > _MAX_P12_BYTES:
        raise CertificateError("not_p12")
    try:
        parsed = pkcs12.load_pkcs12(data, password.encode())
    except UnsupportedAlgorithm as error:
        raise CertificateError("not_p12") from error
    except ValueError as error:
        wrong = "password" in str(error).lower() or "mac" in str(error).lower()
        raise CertificateError("wrong_password" if wrong else "not_p12") from error
    found = [parsed.cert, *parsed.additional_certs]
    distinct = {}
    for entry in filter(None, found):
        distinct.setdefault(
            entry.certificate.fingerprint(hashes.SHA256()), entry.certificate
        )
    return _keys(parsed.key, data, password), list(distinct.values())


def _keys(first, data, password):
    """The key that is read in any case, and the others of the file, each once."""
    if first is None:
        return []
    found = [first]
    for key in private_keys(data, password):
        if all(key.public_key() != other.public_key() for other in found):
            found.append(key)
    return found


# -- The key at rest -------------------------------------------------------------------


def seal(data: bytes, secret: bytes, associated: str) -> bytes:
    """Close data with AES-256-GCM under a key derived from the secret.

    The result begins with its version and opens only with the same secret and the
    same ``associated`` text (the company), so that a row copied to another company
    is of no use there.

    :param secret: at least 16 bytes, kept outside the database
    :raise SealError: the secret is too short
    """
    if len(secret) < _MIN_SECRET_BYTES:
        raise SealError(f"The secret has fewer than {_MIN_SECRET_BYTES} bytes.")
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    cipher = AESGCM(_derive(secret, salt))
    closed = cipher.encrypt(nonce, data, _bound(associated))
    return _SEAL_VERSION + salt + nonce + closed


def unseal(sealed: bytes, secret: bytes, associated: str) -> bytes:
    """Open what ``seal`` closed.

    :raise SealError: another secret or company, another version, or altered bytes
    """
    version, rest = sealed[: len(_SEAL_VERSION)], sealed[len(_SEAL_VERSION) :]
    if version != _SEAL_VERSION:
        raise SealError("The stored key is of a form that this version cannot open.")
    salt, rest = rest[:_SALT_BYTES], rest[_SALT_BYTES:]
    nonce, closed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    try:
        return AESGCM(_derive(secret, salt)).decrypt(nonce, closed, _bound(associated))
    except (InvalidTag, ValueError) as error:
        raise SealError("The stored key does not open with this secret.") from error


def _derive(secret, salt):
    info = b"nu_restaurant_pos signing key"
    return HKDF(hashes.SHA256(), length=32, salt=salt, info=info).derive(secret)


def _bound(associated):
    return _SEAL_VERSION + associated.encode()
