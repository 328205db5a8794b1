"""Whether a document may be signed: the table first, then the rules of the sale.

``validate`` is the door of what is written: all five documents, unsigned or signed,
ours or received. ``checked_ecf`` and ``checked_rfce`` write and judge at once. All
answer with every problem of the first kind found: what breaks the table is told alone,
as the sense of such a document is anybody's guess.
"""

from lxml import etree

from .build import summary_tree
from .description import Document
from .fields import ReadError, from_tree, to_tree
from .kinds import Fault
from .problems import Problem
from .rules import document_problems
from .rules_others import message_problems
from .table import TYPES, Element, grammar
from .xml import SIGNATURE, parse_root, written

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
# Of the signature's own elements nothing is asked.
_WITH_ATTRIBUTES = etree.XPath(
    "//*[@*][not(ancestor-or-self::s:Signature)]",
    namespaces={"s": "http://www.w3.org/2000/09/xmldsig#"},
)
_MESSAGES = ("RFCE", "ANECF", "ARECF", "ACECF")


def _named(element: Element, times: int) -> str:
    return f"{element.name}[{times}]" if element.most > 1 else element.name


class _Walk:
    """One walk over a document; ``trail`` is the path of the section at hand."""

    def __init__(self, document: str):
        self.document = document
        self.trail: list[str] = []
        self.problems: list[Problem] = []

    def tell(self, code: str, name: str, *values: str) -> None:
        path = "/".join((*self.trail, name) if name else self.trail)
        self.problems.append(Problem(code, path, values))

    def section(self, node, element: Element) -> dict:
        """Tree of a section; its children known, in order, not too many, all there."""
        index, last, times, tree = element.index, -1, 0, {}
        if node.text and not node.text.isspace():
            self.tell("stray_text", "")
        for child in node:
            name = child.tag
            if child.tail and not child.tail.isspace():
                self.tell("stray_text", "")
            if name == SIGNATURE and not self.trail:
                # It closes the root: ``signature`` looks at it.
                last = len(index)
                continue
            found = index.get(name)
            if found is None:
                self.stranger(name)
                continue
            place, known = found
            times = times + 1 if place == last else 1
            if place < last:
                self.tell("order", name)
            else:
                last = place
                if times == known.most + 1:
                    self.tell("repeated", name, str(known.most))
            if known.kind is None:
                value = self.below(child, known, times)
            else:
                value = child.text or ""
                fault = known.kind.fault(value)
                if fault or len(child):
                    self.misfit(child, known, times, fault)
            if known.most > 1:
                tree.setdefault(name, []).append(value)
            else:
                tree[name] = value
        if not tree:
            self.tell("empty", "")
        for needed in element.needed:
            if needed not in tree:
                self.tell("missing", needed)
        return tree

    def stranger(self, name) -> None:
        """Known to another type, or to none."""
        if not isinstance(name, str):
            return self.tell("unknown", "comment")
        path = [part.partition("[")[0] for part in self.trail]
        for kind in TYPES if self.document in TYPES else ():
            if grammar(kind).path("/".join((*path, name))):
                return self.tell("not_allowed", name, self.document)
        return self.tell("unknown", name)

    def below(self, node, known: Element, times: int) -> dict:
        self.trail.append(_named(known, times))
        tree = self.section(node, known)
        self.trail.pop()
        return tree

    def misfit(self, node, known: Element, times: int, fault: Fault | None) -> None:
        """An element of text that holds other elements, or a text that does not do."""
        name = _named(known, times)
        if len(node):
            self.tell("not_text", name)
        else:
            self.tell(fault.code, name, *((fault.detail,) if fault.detail else ()))

    def attributes(self, root) -> None:
        """None anywhere, but for the root's hint at a schema, which others write."""
        for node in _WITH_ATTRIBUTES(root):
            strange = any(not name.startswith(_XSI) for name in node.attrib)
            if strange or node is not root:
                self.tell("attribute", "" if node is root else str(node.tag))

    def signature(self, root, signed: bool) -> None:
        places = [i for i, child in enumerate(root) if child.tag == SIGNATURE]
        if not places and signed:
            self.tell("not_signed", "Signature")
        if len(places) > 1:
            self.tell("repeated", "Signature", "1")


def document_of(root) -> str | None:
    """Name of the table of a document: a type of e-CF, or the root's own name."""
    if root.tag in _MESSAGES:
        return root.tag
    kind = root.findtext("Encabezado/IdDoc/TipoeCF") if root.tag == "ECF" else None
    return kind if kind in TYPES else None


def _walk(root, signed: bool) -> tuple[list[Problem], dict]:
    document = document_of(root)
    if document is None:
        return [Problem("unknown_document", "", (str(root.tag),))], {}
    walk = _Walk(document)
    walk.attributes(root)
    tree = walk.section(root, grammar(document))
    walk.signature(root, signed)
    return walk.problems, tree


def structure_problems(xml, signed: bool = False) -> list[Problem]:
    """What breaks the table alone: order, presence, repetition and form."""
    try:
        return _walk(parse_root(xml), signed)[0]
    except ReadError as error:
        return [Problem("not_xml", "", (str(error),))]


def _rule_problems(document: str, tree: dict) -> list[Problem]:
    """What the rules have against a tree that the table has passed."""
    try:
        if document in _MESSAGES:
            return message_problems(document, tree)
        return document_problems(from_tree(Document, tree))
    except ReadError as error:
        return [Problem("unreadable", error.path)]


def validate(xml, signed: bool = False) -> list[Problem]:
    """What is wrong with a document: bytes, text or a parsed tree. Empty if nothing.

    ``signed`` demands the Signature, which is else optional; whether it verifies is
    not asked here. FechaHoraFirma is always part of an e-CF.
    """
    try:
        root = parse_root(xml)
    except ReadError as error:
        return [Problem("not_xml", "", (str(error),))]
    problems, tree = _walk(root, signed)
    return problems or _rule_problems(root.tag, tree)


def _written(document: str, tree: dict) -> tuple[bytes, list[Problem]]:
    """What is written with a doubt is read again, to tell what is wrong."""
    xml, right = written(grammar(document), tree)
    return xml, [] if right else structure_problems(xml)


def checked_ecf(document: Document) -> tuple[bytes, list[Problem]]:
    """The unsigned XML of a complete document, and what ``validate`` finds in it.

    The bytes are those of ``build.to_xml``.
    """
    xml, problems = _written(document.kind, to_tree(document))
    return xml, problems or document_problems(document)


def checked_rfce(document: Document, security_code: str) -> tuple[bytes, list[Problem]]:
    """The same of a summary: the bytes are those of ``build.build_rfce``."""
    tree = summary_tree(document, security_code)
    xml, problems = _written("RFCE", tree)
    return xml, problems or _rule_problems("RFCE", tree)
