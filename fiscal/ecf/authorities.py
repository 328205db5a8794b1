"""Certificates of the authorities whose signers are believed.

INDOTEL accredits them (Ley 126-02); each publishes the certificate that it issues with,
in one of the usual forms. A signed document carries the certificate of its signer only,
so the one to load is that of the authority which issued it: often an intermediate one.
"""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

#: Whole chains of all authorities of a country have some tens of kilobytes.
MAX_BYTES = 1 << 20

#: Why a file does not do.
REASONS = {
    "unreadable": "The file holds no certificates (PEM, DER or PKCS#7).",
    "no_authority": "This is not the certificate of an authority.",
}
_FORMS = (
    x509.load_pem_x509_certificates,
    lambda data: [x509.load_der_x509_certificate(data)],
    pkcs7.load_pem_pkcs7_certificates,
    pkcs7.load_der_pkcs7_certificates,
)


class AuthorityError(ValueError):
    """``reason`` is a key of ``REASONS``; ``subject`` the certificate meant, if any."""

    def __init__(self, reason: str, subject: str = ""):
        super().__init__(REASONS[reason])
        self.reason, self.subject = reason, subject


def read_authorities(data: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a file: PEM with one or more, DER, or PKCS#7 (``.p7b``).

    :raise AuthorityError: no certificates, or one of somebody who may not issue any
    """
    if len(data) > MAX_BYTES:
        raise AuthorityError("unreadable")
    certificates = _read(data)
    if not certificates:
        raise AuthorityError("unreadable")
    for certificate in certificates:
        if not _may_issue(certificate):
            raise AuthorityError("no_authority", certificate.subject.rfc4514_string())
    return certificates


def _read(data):
    for form in _FORMS:
        try:
            return tuple(form(data))
        except (ValueError, UnsupportedAlgorithm):
            # it is of another form
            continue
    return ()


def _may_issue(certificate):
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return found.value.ca


def to_pem(certificates) -> str:
    """All of them as one text, each once.

    >>> to_pem([])
    ''
    """
    each = {one.public_bytes(Encoding.PEM).decode(): None for one in certificates}
    return "".join(each)
