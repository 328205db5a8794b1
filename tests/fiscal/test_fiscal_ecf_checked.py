"""What is judged while it is written is judged as if it were read again."""

from dataclasses import replace
from decimal import Decimal as D

from ...fiscal.ecf.build import (
    build_rfce,
    complete,
    to_xml,
)
from ...fiscal.ecf.description import (
    ItemCode,
    LineDiscount,
    Payment,
    Reference,
    Totals,
)
from ...fiscal.ecf.fields import changed
from ...fiscal.ecf.rules import document_problems
from ...fiscal.ecf.validate import (
    checked_ecf,
    checked_rfce,
    structure_problems,
    validate,
)
from ..fiscal_ecf import SIGNED_AT, TODAY, of_every_type, ready
from ..pure_case import PureCase

# Eight where seven may stand.
_PAYMENTS = (Payment(form=1, amount=D("1.00")),) * 8
# What a caller may get wrong, or nearly: values of the document and of its first line.
_OF_DOCUMENT = {
    "encf": ("E31", "", "B0100000001"),
    "income_type": (None, "09", "01"),
    "signed_at": (None,),
    "issue_date": (None,),
    "due_date": (TODAY,),
    "prices_with_tax": (None, 2),
    "payments": (_PAYMENTS, _PAYMENTS[1:]),
    "lines": ((),),
    "reference": (None, Reference(ncf="x", code=9)),
    "totals": (Totals(), Totals(total=D(-1))),
    "extras": (
        {"Foo": "x"},
        {"Paginacion": "x"},
        {"Subtotales": {"Subtotal": {"Orden": "x", "Lineas": ""}}},
        {"Encabezado": {"IdDoc": {"FechaDesde": ["01-01-2026"] * 2}}},
        {"Encabezado": {"IdDoc": {"Zeta": [""], "FechaHasta": {}}}},
        {"Encabezado": {"IdDoc": {"BancoPago": {"a": "b"}}}},
        {"Encabezado": {"Transporte": {"Conductor": " Ana\n"}}},
        {"Encabezado": {"Sello": {"Alto": "1", "Ancho": ["2", "3"]}}},
    ),
}
_OF_LINE = {
    "number": (None, 2, 1001),
    "billing": (0, 9),
    "name": ("", " \t", "x" * 81, "\x00", "a\u2028b", "\ud800", "<&>\"'"),
    "unit": (63,),
    "quantity": (D(0), D("-0.00"), D("1E+3"), D("1E+17")),
    "price": (D("0.00005"), D(-1)),
    "additional_taxes": (("001",) * 3, ("",), ("40",)),
    "discounts": ((LineDiscount(),), (LineDiscount(kind="$"),) * 13),
    "codes": ((ItemCode(kind="", code=""),), (ItemCode(kind="PLU", code=""),)),
    "extras": ({"Mineria": {}}, {"Mineria": ["", ""]}, {"TablaSubcantidad": "x"}),
}


def slips():
    """(what, document): a complete sale of each kind with one value wrong."""
    for kind, described in of_every_type().items():
        document = complete(described, SIGNED_AT)
        first, *others = document.lines
        yield kind, document
        for name, values in _OF_DOCUMENT.items():
            for value in values:
                yield f"{kind}: {name} {value}", replace(document, **{name: value})
        for name, values in _OF_LINE.items():
            for value in values:
                lines = (replace(first, **{name: value}), *others)
                yield f"{kind}: {name} {value}", replace(document, lines=lines)


class TestFiscalEcfChecked(PureCase):
    def test_the_writer_lets_nothing_pass_that_the_reader_refuses(self):
        refused = set()
        for what, document in slips():
            xml, problems = checked_ecf(document)
            of_table = structure_problems(xml)
            with self.subTest(what):
                self.assertEqual(xml, to_xml(document))
                self.assertEqual(problems, of_table or document_problems(document))
            refused |= {problem.code for problem in of_table}
        told = {"unknown", "not_allowed", "missing", "repeated", "not_text", "too_long"}
        self.assertLessEqual(told, refused)

    def test_a_summary_is_judged_as_its_bytes_are(self):
        refused = set()
        for what, document in slips():
            if document.kind != "32" or not document.totals.total:
                continue
            for code in ("a+/Z09", "short"):
                xml, problems = checked_rfce(document, code)
                with self.subTest(what, code=code):
                    self.assertEqual(xml, build_rfce(document, code))
                    self.assertEqual(problems, validate(xml))
                refused |= {problem.code for problem in problems}
        self.assertLessEqual({"not_security", "not_encf", "repeated"}, refused)

    def test_a_changed_dataclass_is_the_one_that_replace_makes(self):
        document = ready()
        other = changed(document, terms=2, lines=())
        self.assertEqual(other, replace(document, terms=2, lines=()))
        self.assertEqual((document.terms, len(document.lines)), (1, 1))
