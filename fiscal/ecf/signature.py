"""XMLDSig as DGII wants it: signing our documents, judging those of others.

One enveloped signature is the last child of the root: inclusive C14N, RSA with
SHA-256, one Reference to the whole document ("Firmado de e-CF", DGII 2023).

``sign`` canonicalises with libxml2 and fills a template. Measured on a document of
sixty lines it costs 1.2 times the RSA operation alone; signxml and xmlsec cost 1.8
times, and the tests hold this module against both.

``verify`` demands that form, and beyond it takes what other people's software does
within the standard: prefixes, namespaces declared above, exclusive C14N, folded
base64, a chain of certificates. White space between elements does not count: DGII's
samples load with ``preserveWhitespace = false`` before they sign and before they
verify, so a document indented on its way holds. What ``verify`` returns as ``content``
is what was signed and nothing else: read that, never the bytes that came in.
"""

import base64
import codecs
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from .certificate import MIN_KEY_BITS, CertificateInfo, SigningIdentity, describe
from .signature_parts import (
    C14N,
    DS,
    ENVELOPED,
    RSA_SHA256,
    SHA256,
    XML_NAMESPACE,
    Refusal,
    find_signature,
    has_blanks,
    parse,
    read_signature,
    safe_parser,
    strip_layout,
)

#: A document of ten thousand lines has about seven million bytes.
MAX_BYTES = 16 << 20
_MAX_SIGNED_INFO = 20_000
#: Bytes beside what is signed (the signature, comments, white space); as much again as
#: is signed may come on top.
_MAX_UNSIGNED = 64 << 10

_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'
_SIGNED_INFO = (
    "<SignedInfo>"
    f'<CanonicalizationMethod Algorithm="{C14N}"/>'
    f'<SignatureMethod Algorithm="{RSA_SHA256}"/>'
    '<Reference URI="">'
    f'<Transforms><Transform Algorithm="{ENVELOPED}"/></Transforms>'
    f'<DigestMethod Algorithm="{SHA256}"/>'
    "<DigestValue>%s</DigestValue>"
    "</Reference></SignedInfo>"
)
# The same in canonical form; the first hole is for namespaces declared on the root.
_CANONICAL_INFO = re.sub(r"<(\w+)([^<>]*)/>", r"<\1\2></\1>", _SIGNED_INFO).replace(
    "<SignedInfo>", f'<SignedInfo xmlns="{DS}"%s>'
)
_SIGNATURE = (
    f'<Signature xmlns="{DS}">'
    "%s<SignatureValue>%s</SignatureValue>"
    "<KeyInfo><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo>"
    "</Signature>"
)

#: Why a document is not believed.
REASONS = {
    "too_large": "The document is too large.",
    "not_xml": "The document is not well-formed XML.",
    "doctype": "The document has a DOCTYPE.",
    "encoding": "The document is not in UTF-8.",
    "missing": "The document has no signature.",
    "several": "The document has more than one signature.",
    "misplaced": "The signature is not the last element of the root.",
    "structure": "The signature has not the form of an XML signature.",
    "references": "The signature must have exactly one reference.",
    "uri": "The signature does not refer to the whole document.",
    "transform": "The signature has a transform that is not allowed.",
    "weak_algorithm": "The signature uses SHA-1, which is not safe.",
    "algorithm": "The signature uses an algorithm that DGII does not take.",
    "no_certificate": "The signature carries no certificate that can be read.",
    "not_rsa": "The key of the certificate is not an RSA key.",
    "weak_key": f"The key of the certificate has fewer than {MIN_KEY_BITS} bits.",
    "padded": "The document holds too much beside what is signed.",
    "digest": "The document was changed after it was signed.",
    "signature": "The signature was not made with the key of the certificate.",
    "expired": "The certificate had expired.",
    "not_yet_valid": "The certificate was not valid yet.",
    "untrusted": "The certificate is not of an authority that is trusted.",
}


class SignatureError(ValueError):
    """The document cannot be signed; the message says why."""


@dataclass(frozen=True)
class Verdict:
    """What ``verify`` found; ``reason`` is None or a key of ``REASONS``.

    ``certificate`` is set as soon as it was read; ``vouched``: one of the authorities
    that were given issued it. ``content`` is what was signed, in canonical form and
    without the signature, only of a document that holds.
    """

    reason: str | None
    certificate: CertificateInfo | None = None
    signature_value: str = ""
    content: bytes = b""
    vouched: bool = False

    @property
    def ok(self) -> bool:
        return self.reason is None

    @property
    def message(self) -> str:
        return REASONS[self.reason] if self.reason else ""

    @property
    def root(self):
        """The signed content as an lxml element, free of comments."""
        return etree.fromstring(self.content, safe_parser()) if self.ok else None


# -- Signing ---------------------------------------------------------------------------


def sign(xml: bytes, identity: SigningIdentity) -> bytes:
    """The document with its signature; its own bytes stay as they are.

    :param xml: UTF-8, without signature; send and store the result byte for byte
    :raise SignatureError: not XML of that kind, or signed already
    """
    xml = xml.removeprefix(codecs.BOM_UTF8).strip()
    tree = _tree_to_sign(xml)
    root = tree.getroot()
    canonical = etree.tostring(tree, method="c14n", with_comments=False)
    digest = base64.b64encode(hashlib.sha256(canonical).digest()).decode()
    # Inclusive C14N renders in SignedInfo what is declared above it.
    inherited = "".join(
        f' xmlns:{prefix}="{_attribute_text(uri)}"'
        for prefix, uri in sorted(
            (prefix, uri) for prefix, uri in root.nsmap.items() if prefix
        )
    )
    value = identity.sign((_CANONICAL_INFO % (inherited, digest)).encode())
    signature = _SIGNATURE % (
        _SIGNED_INFO % digest,
        base64.b64encode(value).decode(),
        identity.certificate_base64,
    )
    body, close = _split_at_end(xml)
    prolog = b"" if xml.startswith(b"<?xml") else _DECLARATION
    return prolog + body + signature.encode() + close


def _tree_to_sign(xml):
    if len(xml) > MAX_BYTES:
        raise SignatureError(REASONS["too_large"])
    try:
        tree = parse(xml)
    except Refusal as refusal:
        raise SignatureError(REASONS[refusal.reason]) from refusal
    root = tree.getroot()
    if next(root.iter(f"{{{DS}}}Signature"), None) is not None:
        raise SignatureError("The document is signed already.")
    if any(name.startswith(XML_NAMESPACE) for name in root.attrib):
        # It would have to be rendered in SignedInfo; no document of DGII has one.
        raise SignatureError("The root has an attribute of the xml: namespace.")
    return tree


def _split_at_end(xml):
    place = xml.rfind(b"</")
    if place < 0 or not xml.endswith(b">") or b">" in xml[place:-1]:
        raise SignatureError("Nothing may stand after the end of the root.")
    return xml[:place], xml[place:]


def _attribute_text(value):
    for char, escaped in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;")):
        value = value.replace(char, escaped)
    return value


# -- Verifying -------------------------------------------------------------------------


def verify(
    xml: bytes,
    *,
    moment: datetime | None = None,
    authorities: tuple[x509.Certificate, ...] = (),
    anybody: bool = False,
    max_bytes: int = MAX_BYTES,
) -> Verdict:
    """Judge a signed document; never raises for what the bytes hold.

    :param moment: when the certificate must be valid; None does not ask
    :param authorities: certificates of which one must have issued the signer's;
        none given, the issuer is not asked
    :param anybody: a signer whom none of them vouches for is told (``vouched``), and
        not refused
    """
    try:
        return _verify(xml, moment, authorities, anybody, max_bytes)
    except Refusal as refusal:
        return Verdict(refusal.reason, refusal.certificate)


def _verify(xml, moment, authorities, anybody, max_bytes):
    if len(xml) > max_bytes:
        raise Refusal("too_large")
    tree = parse(xml)
    signature = find_signature(tree.getroot())
    parts = read_signature(signature)
    signed_info = _standalone(parts.signed_info, parts.c14n == C14N)
    _remove(signature)
    content = _signed_content(tree, parts)
    if content is None:
        raise Refusal("digest", describe(parts.certificates[0]))
    if len(xml) - len(content) > _MAX_UNSIGNED + len(content):
        raise Refusal("padded", describe(parts.certificates[0]))
    signer = _signer_of(signed_info, parts)
    if signer is None:
        raise Refusal("signature", describe(parts.certificates[0]))
    info = describe(signer)
    problem = info.problem(moment) if moment is not None else None
    vouched = _issued_by(signer, authorities)
    if not problem and authorities and not vouched and not anybody:
        problem = "untrusted"
    if problem:
        raise Refusal(problem, info)
    value = base64.b64encode(parts.value).decode()
    return Verdict(None, info, value, content, vouched)


def _standalone(element, inclusive):
    """The element as a document of its own, with what it inherits from above.

    Canonicalising it in place would give ``xmlns=""`` to grandchildren.
    """
    text = etree.tostring(element, with_tail=False)
    if len(text) > _MAX_SIGNED_INFO:
        raise Refusal("structure")
    alone = etree.fromstring(text, safe_parser())
    if inclusive:
        root = element.getroottree().getroot()
        for name, value in root.attrib.items():
            if name.startswith(XML_NAMESPACE) and name not in alone.attrib:
                alone.set(name, value)
    return etree.ElementTree(alone)


def _canonical(tree, algorithm, prefixes):
    if algorithm == C14N:
        return etree.tostring(tree, method="c14n", with_comments=False)
    return etree.tostring(
        tree,
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=prefixes or None,
    )


def _remove(signature):
    """Take the signature out, and leave the white space after it where it is."""
    parent, before = signature.getparent(), signature.getprevious()
    if signature.tail:
        if before is None:
            parent.text = (parent.text or "") + signature.tail
        else:
            before.tail = (before.tail or "") + signature.tail
    parent.remove(signature)


def _same(a, b):
    return hmac.compare_digest(a, b)


def _layouts(tree):
    """The tree as it came, then without white space between elements, then without
    elements that hold nothing else: the three readings of what a signer may have had
    before him. Each time the same tree, changed."""
    yield tree
    if not has_blanks(tree):
        return
    for leaves in (False, True):
        strip_layout(tree.getroot(), leaves)
        yield tree


def _signed_content(tree, parts):
    """The canonical form that the digest vouches for, or None."""
    for layout in _layouts(tree):
        content = _canonical(layout, parts.transform, parts.transform_prefixes)
        if _same(hashlib.sha256(content).digest(), parts.digest):
            return content
    return None


def _signer_of(signed_info, parts):
    """The certificate whose key signed SignedInfo, in any layout of it."""
    for layout in _layouts(signed_info):
        data = _canonical(layout, parts.c14n, parts.c14n_prefixes)
        if signer := _signer(parts, data):
            return signer
    return None


def _signer(parts, data):
    """The certificate whose key made the signature, or None."""
    problem = None
    for certificate in parts.certificates:
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            problem = problem or "not_rsa"
        elif key.key_size < MIN_KEY_BITS:
            problem = problem or "weak_key"
        else:
            try:
                key.verify(parts.value, data, padding.PKCS1v15(), hashes.SHA256())
            except InvalidSignature:
                continue
            return certificate
    if problem:
        raise Refusal(problem, describe(parts.certificates[0]))
    return None


def _issued_by(certificate, authorities):
    for authority in authorities:
        try:
            certificate.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return True
    return False
