"""Trees of text to the bytes of an e-CF, and back.

The bytes are what DGII wants signed: UTF-8, one line, no empty element, no attribute
on the root, elements in the order of the table.

>>> from .table import grammar
>>> write(grammar("ARECF"), {"DetalleAcusedeRecibo": {"Estado": "0", "eNCF": "<"}})
b'<?xml version="1.0" encoding="UTF-8"?>\\n<ARECF><DetalleAcusedeRecibo>\
<eNCF>&lt;</eNCF><Estado>0</Estado></DetalleAcusedeRecibo></ARECF>'
"""

import re

from lxml import etree

from .fields import ReadError
from .kinds import clean
from .table import Element

SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# What must be escaped, stripped or taken out: most texts have nothing of it.
_SPECIAL = re.compile(
    "[&<>\"'\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\ufffe\uffff]|^\\s|\\s$"
)
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
)


def _write_text(name: str, text: str, out: list[str]) -> None:
    if _SPECIAL.search(text):
        text = clean(text).translate(_ESCAPES)
    if text:
        out.append(f"<{name}>{text}</{name}>")


def _write_section(name: str, tree: dict, element: Element | None, out: list[str]):
    out.append(f"<{name}>")
    before = len(out)
    _write_children(element, tree, out)
    if len(out) == before:
        out.pop()
    else:
        out.append(f"</{name}>")


def _write_children(element: Element | None, tree: dict, out: list[str]) -> None:
    index = element.index if element else {}
    # What this type does not allow goes last, for the validator to name it.
    last = (len(index), None)
    for name in sorted(tree, key=lambda name: index.get(name, last)[0]):
        held = tree[name]
        below = index.get(name, last)[1]
        for value in held if isinstance(held, list | tuple) else (held,):
            if isinstance(value, dict):
                _write_section(name, value, below, out)
            else:
                _write_text(name, value, out)


def write(root: Element, tree: dict) -> bytes:
    """The document of a tree, in the order of its table. Empty values are left out."""
    out = [_DECLARATION, f"<{root.name}>"]
    _write_children(root, tree, out)
    out.append(f"</{root.name}>")
    return "".join(out).encode()


def prune(root: Element, tree: dict) -> dict:
    """The part of a tree that the table of another document knows."""
    kept = {}
    for name, (_place, child) in root.index.items():
        value = tree.get(name)
        if isinstance(value, list):
            kept[name] = [prune(child, v) if isinstance(v, dict) else v for v in value]
        elif value is not None:
            kept[name] = prune(child, value) if isinstance(value, dict) else value
    return kept


# Documents come from strangers: no entities, no network, no endless depth.
_PARSER_OPTIONS = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": False,
}


def parse_root(xml) -> etree._Element:
    """Root of a document: bytes or text are parsed safely, a tree is taken as is.

    ReadError where it is no XML, or brings a document type of its own.
    """
    if isinstance(xml, etree._ElementTree):
        return xml.getroot()
    if isinstance(xml, etree._Element):
        return xml
    parser = etree.XMLParser(**_PARSER_OPTIONS)
    try:
        root = etree.fromstring(xml.encode() if isinstance(xml, str) else xml, parser)
    except etree.XMLSyntaxError as error:
        raise ReadError("", f"is no XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise ReadError("", "a document type is not allowed")
    return root


def _read(element: etree._Element):
    tree: dict = {}
    for child in element.iterchildren("*"):
        if child.tag == SIGNATURE:
            continue
        value = _read(child)
        if child.tag not in tree:
            tree[child.tag] = value
        elif isinstance(tree[child.tag], list):
            tree[child.tag].append(value)
        else:
            tree[child.tag] = [tree[child.tag], value]
    return tree or (element.text or "")


def read(xml) -> tuple[str, dict]:
    """Name of the root and the tree of a document, without its signature."""
    root = parse_root(xml)
    tree = _read(root)
    return root.tag, tree if isinstance(tree, dict) else {}
