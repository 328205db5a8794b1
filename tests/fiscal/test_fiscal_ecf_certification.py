"""One taxpayer's certification set of DGII's, rebuilt from its rows."""

import json
from decimal import Decimal as D

from ...fiscal.ecf.build import parse_ecf, to_xml
from ...fiscal.ecf.certification import (
    CertificationError,
    row_to_acecf,
    row_to_ecf,
    row_to_rfce,
    rows,
    sending_order,
)
from ...fiscal.ecf.messages import parse_acecf
from ...fiscal.ecf.schema import schema_problems
from ...fiscal.ecf.totals import (
    compute_totals,
    line_amount,
    tolerance,
)
from ...fiscal.ecf.validate import validate
from ...fiscal.ecf.xml import parse_root
from ..fiscal_ecf import SIGNED_AT, schema, shared
from ..pure_case import PureCase

_SET = ("certification", "set-de-pruebas-133470616.json")
_APPROVALS = ("certification", "aprobaciones-comerciales-133470616.json")

# Where DGII's own total is not, to the cent, what its lines give by its own formula.
_ODD = {
    # 3,230.00 + 713.04 + 731.32 is 4,674.36: the set has a cent less.
    ("E310000000002", "total"): (D("4674.35"), D("4674.36")),
    # 2,369.28 + 11,846.42, both in the set, is 14,215.70: the set has a cent more.
    ("E310000000003", "additional"): (D("14215.71"), D("14215.70")),
    # What is withheld in the five lines adds up to a cent more than the set says.
    ("E410000000007", "itbis_withheld"): (D("2846.53"), D("2846.54")),
    ("E410000000007", "isr_withheld"): (D("1606.41"), D("1606.42")),
}


def read_set(sheet: str) -> list[dict]:
    return json.loads(shared(*_SET))[sheet]


class TestFiscalEcfCertification(PureCase):
    def test_every_row_becomes_a_document_that_all_judges_take(self):
        kinds = set()
        for row in read_set("ECF"):
            xml = row_to_ecf(row, SIGNED_AT)
            with self.subTest(encf=row["ENCF"]):
                self.assertEqual([p.message for p in validate(xml)], [])
                found = schema_problems(xml, schema(row["TipoeCF"]))
                self.assertEqual([p.message for p in found], [])
            kinds.add(row["TipoeCF"])
        self.assertEqual(len(kinds), 10)

    def test_every_value_stands_in_the_document_as_it_was_given(self):
        for row in read_set("ECF"):
            given = sorted(v for name, v in row.items() if name != "CasoPrueba")
            root = parse_root(row_to_ecf(row, SIGNED_AT))
            leaves = [node for node in root.iter() if not len(node)]
            held = [node.text for node in leaves if node.tag != "FechaHoraFirma"]
            with self.subTest(encf=row["ENCF"]):
                self.assertEqual(sorted(held), given)

    def test_every_total_is_what_the_lines_amount_to(self):
        odd = {}
        for row in read_set("ECF"):
            document = parse_ecf(row_to_ecf(row, SIGNED_AT))
            computed = compute_totals(document)
            for name, given in vars(document.totals).items():
                expected = getattr(computed, name)
                # The balances are no matter of the lines; the taxes have their own.
                if given is None or expected is None or name == "additional_taxes":
                    continue
                with self.subTest(encf=document.encf, total=name):
                    self.assertLessEqual(abs(given - expected), tolerance(document))
                if given != expected:
                    odd[document.encf, name] = (given, expected)
            for name, value in vars(computed).items():
                # MontoPeriodo may be left out.
                if value and name != "period":
                    with self.subTest(encf=document.encf, computed=name):
                        self.assertTrue(getattr(document.totals, name))
        self.assertEqual(odd, _ODD)

    def test_every_additional_tax_is_what_the_lines_give(self):
        seen = set()
        for row in read_set("ECF"):
            document = parse_ecf(row_to_ecf(row, SIGNED_AT))
            given = document.totals.additional_taxes
            self.assertEqual(given, compute_totals(document).additional_taxes)
            seen.update(tax.code for tax in given)
        self.assertEqual(seen, {"002", "004", "006", "023"})

    def test_every_line_is_price_times_quantity(self):
        for row in read_set("ECF"):
            for line in parse_ecf(row_to_ecf(row, SIGNED_AT)).lines:
                with self.subTest(encf=row["ENCF"], line=line.number):
                    self.assertEqual(line.amount, line_amount(line))

    def test_what_is_read_is_written_the_same_for_ever(self):
        for row in read_set("ECF"):
            document = parse_ecf(row_to_ecf(row, SIGNED_AT))
            once = to_xml(document)
            with self.subTest(encf=row["ENCF"]):
                self.assertEqual(parse_ecf(once), document)
                self.assertEqual(to_xml(parse_ecf(once)), once)

    def test_the_summaries_are_those_of_their_documents(self):
        whole = {row["ENCF"]: row for row in read_set("ECF")}
        for row in read_set("RFCE"):
            xml = row_to_rfce(row, "m7p++G")
            with self.subTest(encf=row["ENCF"]):
                self.assertEqual([p.message for p in validate(xml)], [])
                self.assertEqual(schema_problems(xml, schema("RFCE")), [])
                document = parse_ecf(row_to_ecf(whole[row["ENCF"]], SIGNED_AT))
                self.assertEqual(parse_ecf(xml).totals.total, document.totals.total)

    def test_the_eleven_approvals_are_taken(self):
        approvals = json.loads(shared(*_APPROVALS))
        self.assertEqual(len(approvals), 11)
        for row in approvals:
            xml = row_to_acecf(row)
            with self.subTest(encf=row["eNCF"]):
                self.assertEqual([p.message for p in validate(xml)], [])
                self.assertEqual(schema_problems(xml, schema("ACECF")), [])
                self.assertEqual(parse_acecf(xml).total, D(row["MontoTotal"]))

    def test_notes_are_sent_after_what_they_modify(self):
        order = sorted(read_set("ECF"), key=sending_order)
        sent = set()
        for row in order:
            modified = row.get("NCFModificado")
            with self.subTest(encf=row["ENCF"]):
                self.assertIn(modified, {None, *sent})
            sent.add(row["ENCF"])

    def test_a_workbook_with_numbers_and_empty_cells_gives_texts(self):
        cells = [("TipoeCF", "ENCF", None), (32, "E320000000001", 1), ("#e", None, "")]
        self.assertEqual(rows(cells), [{"TipoeCF": "32", "ENCF": "E320000000001"}])

    def test_a_column_of_another_type_is_refused_by_name(self):
        row = {"TipoeCF": "43", "TipoIngresos": "01"}
        with self.assertRaisesRegex(CertificationError, "TipoIngresos"):
            row_to_ecf(row, SIGNED_AT)

    def test_a_row_without_a_type_is_refused(self):
        with self.assertRaisesRegex(CertificationError, "no type"):
            row_to_ecf({"ENCF": "E320000000001"}, SIGNED_AT)
