"""Trees of text to the bytes of an e-CF, and back.

The bytes are what DGII wants signed: UTF-8, one line, no empty element, no attribute
on the root, elements in the order of the table; signs other than letters and figures
as references (Descripción Técnica, table of special characters, since 03-04-2025):

>>> escape("Coca-Cola® & Cía. 5 €")
'Coca-Cola&#174; &amp; Cía. 5 &#8364;'

>>> from .table import grammar
>>> write(grammar("ARECF"), {"DetalleAcusedeRecibo": {"Estado": "0", "eNCF": "<"}})
b'<?xml version="1.0" encoding="UTF-8"?>\\n<ARECF><DetalleAcusedeRecibo>\
<eNCF>&lt;</eNCF><Estado>0</Estado></DetalleAcusedeRecibo></ARECF>'
"""

import re
from functools import lru_cache

from lxml import etree

from .fields import ReadError
from .table import Element

SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
)

# Beyond ASCII a letter or figure stands as it is; the value, and with it the canonical
# form that is signed, is the same either way.
_SIGN = re.compile(r"[^\x00-\x7f\w]")


def escape(text: str) -> str:
    """A value as an element may hold it."""
    text = text.translate(_ESCAPES)
    if text.isascii():
        return text
    return _SIGN.sub(lambda found: f"&#{ord(found[0])};", text)


@lru_cache(maxsize=4096)
def _leaf(name: str, known: Element, text: str) -> tuple[str, bool]:
    """An element of text, and whether it does: a menu says the same all day."""
    right = known.kind is not None and known.kind.fault(text) is None
    return f"<{name}>{escape(text)}</{name}>", right


def _write(name: str, held, known: Element, parts: list[str], doubts: list[str]):
    """``parts`` takes the text, ``doubts`` the elements that may not do."""
    if isinstance(held, str):
        part, right = _leaf(name, known, held)
        parts.append(part)
        if not right:
            doubts.append(name)
    elif isinstance(held, list):
        if len(held) > known.most:
            doubts.append(name)
        for item in held:
            _write(name, item, known, parts, doubts)
    else:
        start, index, last = len(parts), known.index, -1
        parts.append(f"<{name}>")
        for child, inside in held.items():
            place, element = index[child]
            if place < last:
                # Rare: fields are declared in the order of the table.
                del parts[start:]
                names = sorted(held, key=index.__getitem__)
                ordered = {child: held[child] for child in names}
                return _write(name, ordered, known, parts, doubts)
            _write(child, inside, element, parts, doubts)
            last = place
        parts.append(f"</{name}>")
        for needed in known.needed:
            if needed not in held:
                doubts.append(needed)


def written(root: Element, tree: dict) -> tuple[bytes, bool]:
    """The document of a tree, and whether the table has nothing against it.

    The tree is as ``fields.to_tree`` and ``fields.tidy`` make it: without anything
    empty. What the table does not allow comes last in its section.
    """
    parts: list[str] = [_DECLARATION]
    doubts: list[str] = []
    _write(root.name, tree, root, parts, doubts)
    return "".join(parts).encode(), not doubts


def write(root: Element, tree: dict) -> bytes:
    """The document of a tree, right or wrong."""
    return written(root, tree)[0]


def prune(root: Element, tree: dict) -> dict:
    """The part of a tree that the table of another document knows."""
    kept = {}
    for name, (_place, child) in root.index.items():
        value = tree.get(name)
        if isinstance(value, list):
            value = [prune(child, v) if isinstance(v, dict) else v for v in value]
            value = [item for item in value if item]
        elif isinstance(value, dict):
            value = prune(child, value)
        if value:
            kept[name] = value
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
