from pathlib import Path

from lxml import etree

from ...fiscal.document_types import DOCUMENT_TYPES
from ..pure_case import PureCase

DATA = Path(__file__).resolve().parents[2] / "data" / "l10n_latam_document_type.xml"


def xml_id(prefix):
    return f"document_type_{prefix.lower()}"


def value_of(field):
    if field.get("ref"):
        return field.get("ref")
    if field.get("eval"):
        return {"True": True, "False": False}[field.get("eval")]
    return field.text


class TestFiscalDocumentTypeRecords(PureCase):
    def setUp(self):
        super().setUp()
        self.records = etree.parse(DATA).xpath("//record")

    def merged(self):
        """{xml id: {field: value}}, later passes over earlier ones."""
        merged = {}
        for record in self.records:
            self.assertEqual(record.get("model"), "l10n_latam.document.type")
            values = merged.setdefault(record.get("id"), {"active": True})
            values.update((field.get("name"), value_of(field)) for field in record)
        return merged

    def test_the_records_say_what_the_table_says(self):
        expected = {}
        for position, kind in enumerate(DOCUMENT_TYPES.values(), start=1):
            expected[xml_id(kind.prefix)] = values = {
                "sequence": str(position * 10),
                "code": kind.prefix,
                "doc_code_prefix": kind.prefix,
                "name": kind.name_en,
                "report_name": kind.title,
                "internal_type": kind.internal_type,
                "country_id": "base.do",
                "nu_series": kind.series.value,
                "nu_is_electronic": kind.electronic,
                "nu_expires": kind.expires,
                "nu_buyer_rule": kind.buyer,
                "nu_needs_reference": kind.needs_reference,
                "nu_direction": kind.direction,
                "nu_is_exempt": kind.exempt,
                "active": kind.active,
            }
            if kind.twin:
                values["nu_twin_id"] = xml_id(kind.twin)
        merged = self.merged()
        self.assertEqual(list(merged), list(expected))
        self.maxDiff = None
        for name, values in expected.items():
            with self.subTest(record=name):
                self.assertEqual(merged[name], values)

    def test_a_twin_exists_before_it_is_named(self):
        seen = set()
        for record in self.records:
            for ref in record.xpath("field[@name='nu_twin_id']/@ref"):
                self.assertIn(ref, seen)
            seen.add(record.get("id"))

    def test_an_update_keeps_what_a_company_switched_on(self):
        for record in self.records:
            own = [field.get("name") for field in record]
            locked = record.getparent().get("noupdate") == "1"
            self.assertEqual("active" in own, locked)

    def test_the_receipt_carries_the_spanish_title(self):
        titles = {key: values["report_name"] for key, values in self.merged().items()}
        self.assertEqual(titles["document_type_b01"], "FACTURA DE CRÉDITO FISCAL")
        self.assertEqual(titles["document_type_e32"], "FACTURA DE CONSUMO ELECTRÓNICA")
