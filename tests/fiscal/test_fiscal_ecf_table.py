"""The table against DGII's schemas: what they demand and refuse, we do too."""

from functools import cache

from lxml import etree

from ...fiscal.ecf.kinds import kind
from ...fiscal.ecf.schema import _compiled, schema_problems
from ...fiscal.ecf.table import TYPES, Element, grammar
from ...fiscal.ecf.validate import structure_problems
from ...fiscal.ecf.xml import SIGNATURE, write
from ..fiscal_ecf import schema
from ..pure_case import PureCase

_X = "{http://www.w3.org/2001/XMLSchema}"
DOCUMENTS = (*TYPES, "RFCE", "ANECF", "ARECF", "ACECF")

# A text that does, for each kind of the table.
_SAMPLES = {
    "rnc": "131246796",
    "encf": "E310000000001",
    "ncf": "B0100000001",
    "security": "m7p++G",
    "phone": "809-555-0000",
    "email": "ventas@nu.com.do",
    "place": "010100",
    "tax": "001",
    "unit": "43",
    "currency": "USD",
    "date": "20-11-2026",
    "moment": "20-11-2026 21:15:03",
    "digits": "7",
    "from1": "1",
    "from2": "2",
    "text": "Texto",
    "letters": "Ana, Eva",
    "words": "30 días",
    "nodigits": "FOB",
    "percent": "10.00",
    "rate": "60.1234",
    "price": "10.1234",
    "weight": "1.125",
}
# Texts that do not do for one kind or another.
_BAD = (
    "",
    "x" * 1001,
    "-1.00",
    "0",
    "0.00",
    "1.234",
    "1.23456",
    "12345678901234567.00",
    "abc",
    "2026-11-20",
    "32-01-2026",
    "20-13-2026",
    "20-11-2026 25:00:00",
    "99",
    "00",
    "999999",
    "1,5",
    "12345678",
    "809-5555-000",
    "a@",
    "a_b@c.do",
    # a no-break space
    "30\u00a0d",
)
# What the schemas take and the table does not: an optional text that is empty, an NCF
# of no known length, no rate of exchange, and slips of the schemas' patterns.
_STRICTER = {
    ("text", ""),
    ("letters", ""),
    ("ncf", "809-5555-000"),
    ("ncf", "20-11-2026 25:00:00"),
    ("rate", "0"),
    ("rate", "00"),
    ("rate", "0.00"),
    ("rate", "999999"),
    ("int", "00"),
}


def sample(element: Element, document: str) -> str:
    if element.name == "TipoeCF" and document in TYPES:
        return document
    word, _colon, argument = element.kind.name.partition(":")
    if word in ("int", "code"):
        return argument.split(",")[-1]
    return _SAMPLES.get(word, "100.00")


def filled(element: Element, document: str) -> dict:
    """A tree with all that a section allows, twice what may repeat."""
    tree = {}
    for child in element.children:
        if child.kind is None:
            value = filled(child, document)
        else:
            value = sample(child, document)
        tree[child.name] = [value, value] if child.most > 1 else value
    return tree


@cache
def whole(document: str) -> bytes:
    """The longest document of a kind, with a stand-in for the signature."""
    root = etree.fromstring(
        write(grammar(document), filled(grammar(document), document))
    )
    etree.SubElement(root, SIGNATURE)
    return etree.tostring(root)


def places(node, element: Element):
    """Pairs of a node, the first of its name, and what the table says of it."""
    for child in element.children:
        found = node.find(child.name)
        yield found, child
        if child.kind is None:
            yield from places(found, child)


def declared(node, document: str):
    """(name, required, most, children) as a schema file declares an element."""
    sequence = node.find(f"{_X}complexType/{_X}sequence")
    inner = () if sequence is None else sequence.findall(f"{_X}element")
    most = int(node.get("maxOccurs", "1"))
    # A line of an annulment has one number, whatever the schema allows.
    most = 1 if (document, node.get("name")) == ("ANECF", "NoLinea") else most
    return (
        node.get("name"),
        node.get("minOccurs", "1") != "0",
        most,
        [declared(child, document) for child in inner],
    )


def tabled(element: Element):
    inner = [tabled(child) for child in element.children]
    return element.name, element.required, element.most, inner


class Mutations:
    """Each mutation that a schema refuses must be refused by the table too.

    ``check`` judges the document as it stands and counts the refusals.
    """

    def __init__(self, case: PureCase, document: str):
        self.case, self.document, self.refused = case, document, 0
        self.schema = _compiled(schema(document))
        self.root = etree.fromstring(whole(document))

    def check(self, what: str) -> None:
        if self.schema.validate(self.root):
            return
        self.refused += 1
        found = structure_problems(self.root)
        self.case.assertTrue(found, f"{self.document}: {what} passes the table")

    def places(self):
        return list(places(self.root, grammar(self.document)))


class TestFiscalEcfTable(PureCase):
    def each(self, mutate) -> int:
        """Refusals of a mutation over all documents."""
        refused = 0
        for document in DOCUMENTS:
            mutations = Mutations(self, document)
            for node, element in mutations.places():
                mutate(mutations, node, element)
            refused += mutations.refused
        return refused

    def test_order_duty_and_repetition_are_those_of_the_schemas(self):
        for document in DOCUMENTS:
            with self.subTest(document=document):
                root = etree.fromstring(schema(document)).find(f"{_X}element")
                self.assertEqual(tabled(grammar(document)), declared(root, document))

    def test_the_longest_document_of_each_kind_passes_both(self):
        for document in DOCUMENTS:
            with self.subTest(document=document):
                xml = whole(document)
                said = [p.message for p in schema_problems(xml, schema(document))]
                self.assertEqual(said, [])
                ours = structure_problems(xml, signed=True)
                self.assertEqual([p.message for p in ours], [])

    def test_an_element_dropped_is_missed(self):
        def drop(mutations, node, element):
            parent, place = node.getparent(), node.getparent().index(node)
            held = [n for n in parent if n.tag == node.tag]
            for twin in held:
                parent.remove(twin)
            mutations.check(f"without {element.name}")
            for offset, twin in enumerate(held):
                parent.insert(place + offset, twin)

        self.assertGreater(self.each(drop), 300)

    def test_an_element_out_of_order_is_refused(self):
        def swap(mutations, node, element):
            after = node.getnext()
            if after is None or after.tag in (node.tag, SIGNATURE):
                return
            parent, place = node.getparent(), node.getparent().index(node)
            parent.insert(place, after)
            mutations.check(f"{after.tag} before {element.name}")
            parent.insert(place, node)

        self.assertGreater(self.each(swap), 1000)

    def test_an_element_too_many_is_refused(self):
        def repeat(mutations, node, element):
            if element.most > 20:
                return
            parent, place = node.getparent(), node.getparent().index(node)
            text = etree.tostring(node)
            missing = element.most + 1 - len(parent.findall(element.name))
            added = [etree.fromstring(text) for _ in range(missing)]
            for twin in added:
                parent.insert(place, twin)
            mutations.check(f"{element.name} {element.most + 1} times")
            for twin in added:
                parent.remove(twin)

        self.assertGreater(self.each(repeat), 1500)

    def test_an_element_of_nobodys_is_refused(self):
        def add(mutations, node, element):
            stranger = etree.SubElement(node, "Nadie")
            mutations.check(f"a stranger in {element.name}")
            node.remove(stranger)

        self.assertGreater(self.each(add), 1500)

    def test_an_attribute_is_refused(self):
        def mark(mutations, node, element):
            node.set("nadie", "1")
            mutations.check(f"an attribute of {element.name}")
            del node.attrib["nadie"]

        self.assertGreater(self.each(mark), 1500)

    def test_a_text_that_the_schema_refuses_is_refused(self):
        def spoil(mutations, node, element):
            if element.kind is None:
                return
            right = node.text
            limit = element.kind.name.partition(":")[2]
            longer = ["x" * (int(limit) + 1)] if limit.isdigit() else []
            for wrong in (*_BAD, *longer):
                # By value first: the schema is asked about what the table takes.
                if element.kind.fault(wrong) is None:
                    node.text = wrong
                    mutations.case.assertTrue(
                        mutations.schema.validate(mutations.root)
                        or structure_problems(mutations.root),
                        f"{mutations.document}: {element.name} takes {wrong!r}",
                    )
                else:
                    mutations.refused += 1
            node.text = right

        self.assertGreater(self.each(spoil), 15000)

    def test_the_table_is_stricter_than_the_schemas_in_known_places_only(self):
        stricter = set()

        def spoil(mutations, node, element):
            right = node.text
            for wrong in _BAD if element.kind else ():
                node.text = wrong
                if element.kind.fault(wrong) and mutations.schema.validate(
                    mutations.root
                ):
                    stricter.add((element.kind.name.partition(":")[0], wrong))
            node.text = right

        for document in ("33", "41", "47", "RFCE"):
            mutations = Mutations(self, document)
            for node, element in mutations.places():
                spoil(mutations, node, element)
        self.assertEqual(stricter, _STRICTER)

    def test_more_lines_than_dgii_takes_are_refused(self):
        for document, most in (("31", 1000), ("34", 10000)):
            root = etree.fromstring(whole(document))
            details = root.find("DetallesItems")
            item = etree.tostring(details[0])
            while len(details) <= most:
                details.append(etree.fromstring(item))
            with self.subTest(document=document):
                self.assertFalse(_compiled(schema(document)).validate(root))
                codes = {p.code for p in structure_problems(root)}
                self.assertEqual(codes, {"repeated"})

    def test_an_unknown_kind_in_the_table_does_not_go_unseen(self):
        with self.assertRaises(KeyError):
            kind("amuont")
