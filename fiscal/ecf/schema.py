"""A second opinion: the schema files that DGII publishes, if somebody loads them.

They are not part of this program. They are written for the reader of .NET, so some
need a correction, in memory, before libxml2 reads them as DGII does:

>>> _mended(b'name=" X" value="(?:a)" value="^b*$"')
b'name="X" value="(a)" value="b*"'
"""

import re
from copy import deepcopy
from functools import lru_cache

from lxml import etree

from .fields import ReadError
from .problems import Problem
from .xml import SIGNATURE, parse_root

_FAULTS = (
    (rb'name=" ', rb'name="'),
    (rb"\(\?:", rb"("),
    # Anchors are plain characters in the patterns of XML Schema.
    (rb'value="\^([^"]*)\$"', rb'value="\1"'),
)


class SchemaError(ValueError):
    """The file is no XML schema."""


def _mended(xsd: bytes) -> bytes:
    for fault, right in _FAULTS:
        xsd = re.sub(fault, right, xsd)
    return xsd


def _parser():
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


@lru_cache(maxsize=16)
def _compiled(xsd: bytes) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(etree.fromstring(_mended(xsd), _parser()))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise SchemaError(str(error)) from error


def root_name(xsd: bytes) -> str | None:
    """Name of the element that the schema describes.

    :raise SchemaError: it cannot be read
    """
    _compiled(xsd)
    tree = etree.fromstring(_mended(xsd), _parser())
    named = tree.find("{http://www.w3.org/2001/XMLSchema}element")
    return None if named is None else named.get("name")


def schema_problems(xml, xsd: bytes) -> list[Problem]:
    """What a schema file has against a document: bytes, text or a parsed tree.

    The schemas demand the signature: an unsigned document is judged with a stand-in.
    SchemaError where ``xsd`` is no schema.
    """
    schema = _compiled(xsd)
    try:
        root = parse_root(xml)
    except ReadError as error:
        return [Problem("not_xml", "", (str(error),))]
    if root.find(SIGNATURE) is None:
        root = deepcopy(root)
        etree.SubElement(root, SIGNATURE)
    if schema.validate(root):
        return []
    problems = [Problem("schema", e.path or "", (e.message,)) for e in schema.error_log]
    # the log belongs to the schema: another thread may have begun it anew
    return problems or [Problem("schema", "", ("",))]
