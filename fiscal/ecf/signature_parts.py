"""Reading a document and the signature in it, strictly: what is odd is refused."""

import base64
import binascii
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree

from .certificate import describe

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_WEAK = {f"{DS}rsa-sha1", f"{DS}dsa-sha1", f"{DS}sha1", f"{DS}hmac-sha1"}
XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"

_MAX_CERTIFICATES = 5
# White space of XML; a no-break space is content.
_BLANKS = " \t\r\n"


class Refusal(Exception):
    """The document is not believed; ``reason`` is a key of ``signature.REASONS``."""

    def __init__(self, reason, certificate=None):
        super().__init__(reason)
        self.reason = reason
        self.certificate = certificate


@dataclass
class Parts:
    signed_info: etree._Element
    c14n: str
    c14n_prefixes: list
    transform: str
    transform_prefixes: list
    digest: bytes
    value: bytes
    certificates: list


def safe_parser(**options):
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, **options
    )


def parse(xml, **options):
    try:
        tree = etree.ElementTree(etree.fromstring(xml, safe_parser(**options)))
    except (etree.XMLSyntaxError, ValueError) as error:
        # libxml2 stops at the doctype's own errors before it can be seen
        doctype = b"<!DOCTYPE" in xml[:4096]
        raise Refusal("doctype" if doctype else "not_xml") from error
    info = tree.docinfo
    if info.doctype or info.internalDTD is not None:
        raise Refusal("doctype")
    if (info.encoding or "UTF-8").upper() not in ("UTF-8", "UTF8", "US-ASCII", "ASCII"):
        raise Refusal("encoding")
    return tree


#: Whether any text of a tree is nothing but white space.
has_blanks = etree.XPath("boolean(//text()[not(normalize-space())])")


def _is_blank(text):
    return not (text or "").strip(_BLANKS)


def strip_layout(root, leaves=False):
    """Drop white space that stands between elements, as .NET's XmlDocument does when
    ``PreserveWhitespace`` is false.

    Text beside elements (mixed content) is left alone: it is content.

    :param leaves: also what an element without children holds, if it is white space
    """
    for node in root.iter(etree.Element):
        has_elements = any(isinstance(child.tag, str) for child in node)
        if not (has_elements or leaves):
            continue
        if not (_is_blank(node.text) and all(_is_blank(c.tail) for c in node)):
            continue
        node.text = None
        for child in node:
            child.tail = None


def find_signature(root):
    found = list(root.iter(f"{{{DS}}}Signature"))
    if not found:
        raise Refusal("missing")
    if len(found) > 1:
        raise Refusal("several")
    signature = found[0]
    if signature.getparent() is not root or any(
        isinstance(node.tag, str) for node in signature.itersiblings()
    ):
        raise Refusal("misplaced")
    return signature


def _elements(parent):
    """Child elements by local name; one that is not of the signature refuses."""
    found = []
    for node in parent:
        if not isinstance(node.tag, str):
            continue
        name = etree.QName(node)
        if name.namespace != DS:
            raise Refusal("structure")
        found.append((name.localname, node))
    return found


def _exactly(parent, *names):
    found = _elements(parent)
    if [name for name, _node in found] != list(names):
        raise Refusal("structure")
    return [node for _name, node in found]


def read_signature(signature):
    signed_info, value, key_info = _exactly(
        signature, "SignedInfo", "SignatureValue", "KeyInfo"
    )
    children = _elements(signed_info)
    names = [name for name, _node in children]
    if names[:2] != ["CanonicalizationMethod", "SignatureMethod"]:
        raise Refusal("structure")
    if names[2:] != ["Reference"]:
        raise Refusal("references" if set(names[2:]) <= {"Reference"} else "structure")
    c14n, method, reference = (node for _name, node in children)
    if reference.get("URI") != "":
        raise Refusal("uri")
    transforms, digest_method, digest = _exactly(
        reference, "Transforms", "DigestMethod", "DigestValue"
    )
    _require(method, RSA_SHA256)
    _require(digest_method, SHA256)
    if c14n.get("Algorithm") not in (C14N, EXC_C14N):
        raise Refusal("algorithm")
    transform, transform_prefixes = _read_transforms(transforms)
    return Parts(
        signed_info=signed_info,
        c14n=c14n.get("Algorithm"),
        c14n_prefixes=_prefixes(c14n),
        transform=transform,
        transform_prefixes=transform_prefixes,
        digest=_base64(digest),
        value=_base64(value),
        certificates=_certificates(key_info),
    )


def _require(method, algorithm):
    given = method.get("Algorithm")
    if given in _WEAK:
        raise Refusal("weak_algorithm")
    if given != algorithm:
        raise Refusal("algorithm")


def _read_transforms(transforms):
    nodes = [node for _name, node in _elements(transforms)]
    algorithms = [node.get("Algorithm") for node in nodes]
    if algorithms == [ENVELOPED]:
        return C14N, []
    if algorithms in ([ENVELOPED, C14N], [ENVELOPED, EXC_C14N]):
        return algorithms[1], _prefixes(nodes[1])
    raise Refusal("transform")


def _prefixes(method):
    node = method.find(f"{{{EXC_C14N}}}InclusiveNamespaces")
    return (node.get("PrefixList") or "").split() if node is not None else []


def _base64(node):
    if len(node):
        raise Refusal("structure")
    try:
        return base64.b64decode("".join((node.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("structure") from error


def _certificates(key_info):
    nodes = list(key_info.iterfind(f"{{{DS}}}X509Data/{{{DS}}}X509Certificate"))
    if not 1 <= len(nodes) <= _MAX_CERTIFICATES:
        raise Refusal("no_certificate")
    try:
        found = [x509.load_der_x509_certificate(_base64(node)) for node in nodes]
        # read here, so that a strange name or key is refused in one place
        for certificate in found:
            describe(certificate)
            certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refusal("no_certificate") from error
    return found
