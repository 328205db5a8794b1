"""What DGII reads, byte by byte: one file for each kind of document.

``NU_GOLDEN_WRITE=1`` writes the files anew; look at the difference before keeping it.
"""

import os
from decimal import Decimal as D

from ...fiscal.ecf.build import (
    build_ecf,
    build_rfce,
    parse_ecf,
    to_xml,
)
from ...fiscal.ecf.messages import (
    NOT_FOR_US,
    NOT_RECEIVED,
    REFUSED,
    Annulment,
    Approval,
    Receipt,
    build_acecf,
    build_anecf,
    build_arecf,
    parse_acecf,
    parse_arecf,
)
from ...fiscal.ecf.schema import schema_problems
from ...fiscal.ecf.validate import validate
from ..fiscal_ecf import FILES, SIGNED_AT, TODAY, of_every_type, ready, schema
from ..pure_case import PureCase

_RECEIPT = Receipt(
    issuer="131246796",
    buyer="101672919",
    encf="E310000000001",
    status=NOT_RECEIVED,
    reason=NOT_FOR_US,
    moment=SIGNED_AT,
)
_APPROVAL = Approval(
    issuer="131246796",
    encf="E310000000001",
    issue_date=TODAY,
    total=D("1408"),
    buyer="101672919",
    status=REFUSED,
    reason="No pedimos esto",
    moment=SIGNED_AT,
)
_ANNULMENT = Annulment(
    issuer="131246796",
    ranges=(
        ("E320000000011", "E320000000020"),
        ("E310000000005", "E310000000005"),
        ("E320000000031", "E320000000032"),
    ),
    moment=SIGNED_AT,
)


def documents() -> dict[str, tuple[str, bytes]]:
    """{file: (schema, bytes)} of all golden documents."""
    built = {
        name: (sale.kind, build_ecf(sale, SIGNED_AT))
        for name, sale in of_every_type().items()
    }
    dinner = parse_ecf(built["32"][1])
    return {
        **built,
        "RFCE": ("RFCE", build_rfce(dinner, "m7p++G")),
        "ANECF": ("ANECF", build_anecf(_ANNULMENT)),
        "ARECF": ("ARECF", build_arecf(_RECEIPT)),
        "ACECF": ("ACECF", build_acecf(_APPROVAL)),
    }


class TestFiscalEcfGolden(PureCase):
    maxDiff = None

    def test_every_document_is_its_golden_file(self):
        for name, (_schema, xml) in documents().items():
            path = FILES / f"{name}.xml"
            if os.environ.get("NU_GOLDEN_WRITE"):
                path.write_bytes(xml)
            with self.subTest(document=name):
                self.assertEqual(xml.decode(), path.read_text("utf-8"))

    def test_every_document_passes_our_validator(self):
        for name, (_schema, xml) in documents().items():
            with self.subTest(document=name):
                self.assertEqual([p.message for p in validate(xml)], [])

    def test_every_document_passes_the_schema_of_dgii(self):
        for name, (which, xml) in documents().items():
            with self.subTest(document=name):
                found = schema_problems(xml, schema(which))
                self.assertEqual([p.message for p in found], [])

    def test_what_is_written_is_read_and_written_the_same(self):
        for name in of_every_type():
            xml = documents()[name][1]
            with self.subTest(document=name):
                self.assertEqual(to_xml(parse_ecf(xml)), xml)

    def test_receipt_and_approval_are_read_as_they_were_described(self):
        receipt = parse_arecf(build_arecf(_RECEIPT))
        self.assertEqual(build_arecf(receipt), build_arecf(_RECEIPT))
        self.assertEqual(receipt.reason, NOT_FOR_US)
        approval = parse_acecf(build_acecf(_APPROVAL))
        self.assertEqual(build_acecf(approval), build_acecf(_APPROVAL))
        self.assertEqual(approval.total, D("1408.00"))

    def test_the_form_of_the_file_is_what_dgii_asks_for(self):
        xml = build_ecf(of_every_type()["31"], SIGNED_AT).decode()
        body = xml.split("\n", 1)[1]
        self.assertTrue(body.startswith("<ECF><Encabezado><Version>1.0</Version>"))
        self.assertNotIn("\n", body)
        self.assertNotIn("/>", body)
        self.assertIn("Bandeja &lt;mixta&gt; &quot;Doña Ana&quot; &amp; Cía", body)

    def test_the_annulment_groups_the_ranges_of_a_type(self):
        xml = build_anecf(_ANNULMENT).decode()
        self.assertEqual(xml.count("<Anulacion>"), 2)
        self.assertIn("<TipoeCF>32</TipoeCF>", xml)
        self.assertIn("<CantidadeNCFAnulados>13</CantidadeNCFAnulados>", xml)
        self.assertIn("<CantidadeNCFAnulados>12</CantidadeNCFAnulados>", xml)

    def test_a_weight_of_three_decimals_keeps_the_amount_of_the_line(self):
        water = ready(lines=of_every_type()["31"].lines).lines[2]
        self.assertEqual((water.quantity, water.price), (D("0.38"), D("197.3684")))
        self.assertEqual(water.amount, D("75.00"))
