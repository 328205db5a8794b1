"""Keys and certificates for the tests of e-CF, and documents in other people's hand."""

import base64
import hashlib
from datetime import datetime, timezone
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from odoo.addons.nu_restaurant_pos.fiscal.ecf import signature_parts
from odoo.addons.nu_restaurant_pos.fiscal.ecf.certificate import SigningIdentity

FILES = Path(__file__).parent / "files" / "ecf"
#: A moment at which every certificate made here is valid.
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=timezone.utc)


@cache
def signer() -> SigningIdentity:
    """The identity of the golden files; its key is for tests only."""
    return SigningIdentity(
        serialization.load_pem_private_key(
            (FILES / "signer_key.pem").read_bytes(), None
        ),
        x509.load_pem_x509_certificate((FILES / "signer_certificate.pem").read_bytes()),
    )


@cache
def new_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


def new_certificate(
    public_key,
    issuer_key,
    serial_number="131246796",
    issuer="Autoridad de prueba",
    years=(2026, 2028),
    number=77,
    uses=None,
):
    """:param uses: names of ``x509.KeyUsage``; None: no such extension"""

    def named(common_name, *more):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name), *more])

    builder = (
        x509.CertificateBuilder()
        .subject_name(
            named(
                "Otro Firmante",
                x509.NameAttribute(NameOID.SERIAL_NUMBER, serial_number),
            )
        )
        .issuer_name(named(issuer))
        .public_key(public_key)
        .serial_number(number)
        .not_valid_before(datetime(years[0], 1, 1))
        .not_valid_after(datetime(years[1], 1, 1))
    )
    if uses is not None:
        builder = builder.add_extension(key_usage(*uses), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def key_usage(*uses):
    names = (
        "digital_signature", "content_commitment", "key_encipherment",
        "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
        "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in uses for name in names})


def der_base64(certificate):
    der = certificate.public_bytes(serialization.Encoding.DER)
    return base64.b64encode(der).decode()


class OtherSoftware:
    """Signs as other people's software may: each habit is an argument.

    It shares no line with the module under test beyond the names of algorithms; the
    tests hold it against xmlsec.
    """

    def __init__(
        self,
        prefix="",
        c14n=signature_parts.C14N,
        transforms=(signature_parts.ENVELOPED,),
        uri='URI=""',
        references=1,
        digest_method=signature_parts.SHA256,
        signature_method=signature_parts.RSA_SHA256,
        fold=0,
        indent="",
        key=None,
        certificates=None,
    ):
        self.prefix, self.c14n, self.transforms = prefix, c14n, transforms
        self.uri, self.references, self.fold = uri, references, fold
        self.indent = indent
        self.digest_method, self.signature_method = digest_method, signature_method
        self.key = key or signer()._key
        self.certificates = certificates or [signer().certificate]

    def sign(self, xml: bytes) -> bytes:
        root = etree.fromstring(xml)
        name = f"{self.prefix}:" if self.prefix else ""
        exclusive = signature_parts.EXC_C14N in self.transforms
        digest = self._hash(
            self.digest_method,
            etree.tostring(
                etree.fromstring(xml),
                method="c14n",
                exclusive=exclusive,
                with_comments=False,
            ),
        )
        declared = f"xmlns:{self.prefix}" if self.prefix else "xmlns"
        reference = (
            f"<{name}Reference {self.uri}><{name}Transforms>"
            + "".join(f'<{name}Transform Algorithm="{t}"/>' for t in self.transforms)
            + f'</{name}Transforms><{name}DigestMethod Algorithm="'
            f'{self.digest_method}"/><{name}DigestValue>{digest}</{name}DigestValue>'
            f"</{name}Reference>"
        )
        signed_info = (
            f'<{name}SignedInfo><{name}CanonicalizationMethod Algorithm="{self.c14n}"/>'
            f'<{name}SignatureMethod Algorithm="{self.signature_method}"/>'
            + reference * self.references
            + f"</{name}SignedInfo>"
        )
        if self.indent:
            signed_info = signed_info.replace("><", f">\n{self.indent}<")
        inherited = {k: v for k, v in root.nsmap.items() if k}
        if self.c14n == signature_parts.EXC_C14N:
            inherited = {}
        spaces = "".join(f' xmlns:{k}="{v}"' for k, v in sorted(inherited.items()))
        spaces += f' {declared}="{signature_parts.DS}"'
        opening = f"<{name}SignedInfo"
        canonical = etree.tostring(
            etree.fromstring(signed_info.replace(opening, opening + spaces, 1)),
            method="c14n",
        )
        value = self.key.sign(canonical, padding.PKCS1v15(), self._algorithm())
        made = (
            f'<{name}Signature {declared}="{signature_parts.DS}">{signed_info}'
            f"<{name}SignatureValue>{self._fold(value)}</{name}SignatureValue>"
            f"<{name}KeyInfo><{name}X509Data>"
            + "".join(
                f"<{name}X509Certificate>{der_base64(c)}</{name}X509Certificate>"
                for c in self.certificates
            )
            + f"</{name}X509Data></{name}KeyInfo></{name}Signature>"
        )
        body, tag, rest = xml.rpartition(b"</")
        return body + made.encode() + tag + rest

    def _algorithm(self):
        sha1 = self.signature_method.endswith("sha1")
        return hashes.SHA1() if sha1 else hashes.SHA256()

    def _hash(self, method, data):
        made = hashlib.new("sha1" if method.endswith("sha1") else "sha256", data)
        return base64.b64encode(made.digest()).decode()

    def _fold(self, value):
        text = base64.b64encode(value).decode()
        if not self.fold:
            return text
        width = self.fold
        lines = [text[i : i + width] for i in range(0, len(text), width)]
        return "\n" + "\r\n".join(lines).replace("\r", "&#13;") + "\n"
