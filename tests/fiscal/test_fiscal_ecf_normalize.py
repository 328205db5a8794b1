"""Received documents are judged by value: every form that means the same is taken."""

import re
from datetime import date
from decimal import Decimal

from lxml import etree

from ...fiscal.ecf import messages, signature
from ...fiscal.ecf.build import parse_ecf, to_xml
from ...fiscal.ecf.normalize import (
    normalize,
    normalized,
    parse_received,
)
from ...fiscal.ecf.schema import schema_problems
from ...fiscal.ecf.validate import structure_problems
from ..ecf_signers import signer
from ..fiscal_ecf import of_every_type, ready, schema
from ..pure_case import PureCase

#: {what we write: what others write for it}, each taken by DGII's schema of a type 31
#: or sent by DGII's own simulator.
FORMS = {
    "<Version>1.0</Version>": ("<Version>1</Version>", "<Version>1.00</Version>"),
    "<TipoPago>1</TipoPago>": ("<TipoPago>01</TipoPago>", "<TipoPago> 1 </TipoPago>"),
    "<TipoIngresos>01</TipoIngresos>": ("<TipoIngresos>01 </TipoIngresos>",),
    "<IndicadorFacturacion>1</IndicadorFacturacion>": (
        "<IndicadorFacturacion>01</IndicadorFacturacion>",
        "<IndicadorFacturacion>\n1</IndicadorFacturacion>",
    ),
    "<UnidadMedida>57</UnidadMedida>": ("<UnidadMedida>057</UnidadMedida>",),
    "<NumeroLinea>1</NumeroLinea>": ("<NumeroLinea>0001</NumeroLinea>",),
    "<eNCF>E310000000001</eNCF>": (
        "<eNCF>e310000000001</eNCF>",
        "<eNCF> E310000000001\t</eNCF>",
    ),
    "21:15:03</FechaHoraFirma>": (),
    "<CantidadItem>3.00</CantidadItem>": (
        "<CantidadItem>3</CantidadItem>",
        "<CantidadItem>3.0</CantidadItem>",
        "<CantidadItem>003.00</CantidadItem>",
    ),
    "<PrecioUnitarioItem>450.50</PrecioUnitarioItem>": (
        "<PrecioUnitarioItem>450.5000</PrecioUnitarioItem>",
    ),
    "<DetallesItems>": ("<DetallesItems>", "<DetallesItems>\n  "),
    "</Totales>": ("</Totales><OtraMoneda/>", "</Totales><OtraMoneda> </OtraMoneda>"),
    "</IdDoc>": ("<TotalPaginas/></IdDoc>",),
    "<Totales>": (
        "<Transporte/><Totales>",
        "<InformacionesAdicionales><FechaEmbarque/></InformacionesAdicionales><Totales>",
        "<Transporte><Conductor></Conductor>\n</Transporte><Totales>",
    ),
    "<FechaHoraFirma>20-11-2026 21:15:03</FechaHoraFirma>": (
        "<FechaHoraFirma> 20-11-2026 21:15:03 </FechaHoraFirma>",
    ),
}


class TestNormalizedForms(PureCase):
    def setUp(self):
        super().setUp()
        self.xml = to_xml(ready("31", of_every_type()["31"].lines)).decode()
        self.document = parse_ecf(self.xml.encode())

    def received(self, text):
        document, problems = parse_received(etree.fromstring(text.encode()))
        self.assertEqual([problem.message for problem in problems], [])
        return document

    def test_every_form_of_a_value_reads_as_the_value(self):
        for ours, others in FORMS.items():
            self.assertIn(ours, self.xml)
            for theirs in others:
                text = self.xml.replace(ours, theirs, 1)
                with self.subTest(form=theirs):
                    self.assertEqual(self.received(text), self.document)
                    # and is written in ours again
                    self.assertEqual(to_xml(self.received(text)).decode(), self.xml)

    def test_hour_of_one_figure(self):
        for clock, read in (("9:05:03", "09:05:03"), ("9:5:3", "09:05:03")):
            text = self.xml.replace("21:15:03", clock)
            self.assertIn(f" {read}<", to_xml(self.received(text)).decode())

    def test_reference_in_small_letters(self):
        text = to_xml(ready("34", of_every_type()["34"].lines)).decode()
        small = text.replace(">E320000000009<", ">e320000000009<")
        self.assertNotEqual(small, text)
        self.assertEqual(self.received(small), parse_ecf(text.encode()))

    def test_documents_in_our_own_form_stay_as_they_are(self):
        for name, document in of_every_type().items():
            document = ready(document.kind, **_given(document))
            with self.subTest(name):
                xml = to_xml(document)
                root = etree.fromstring(xml)
                before = etree.tostring(root)
                self.assertEqual(etree.tostring(normalize(root)), before)
                self.assertEqual(parse_received(root), (parse_ecf(xml), []))

    def test_what_dgii_takes_is_no_error_of_specification(self):
        """Each form of the table above that DGII's own schema takes."""
        # empty elements are against DGII's guide, small letters against no schema
        for ours, others in FORMS.items():
            for theirs in others:
                text = self.xml.replace(ours, theirs, 1).encode()
                signed = signature.sign(text, signer())
                if not schema_problems(signed, schema("31")):
                    with self.subTest(form=theirs):
                        root = signature.verify(signed).root
                        self.assertEqual(structure_problems(normalize(root)), [])

    def test_other_values_are_still_errors(self):
        for ours, theirs, code in (
            ("<Version>1.0<", "<Version>1.1<", "not_listed"),
            ("<Version>1.0<", "<Version>10<", "not_listed"),
            ("<TipoPago>1<", "<TipoPago>11<", "not_listed"),
            ("<TipoPago>1<", "<TipoPago>x<", "not_listed"),
            ("<TipoPago>1<", "<TipoPago>1.5<", "not_listed"),
            ("<TipoPago>1</TipoPago>", "<TipoPago/>", "missing"),
            ("<TipoPago>1</TipoPago>", "", "missing"),
            (">3.00<", ">3.005<", "not_amount"),
            (">3.00<", ">3,00<", "not_amount"),
            (">3.00<", ">-3.00<", "not_amount"),
            (">3.00<", ">1e2<", "not_amount"),
            (">3.00<", ">.<", "not_amount"),
            (">20-11-2026 21:15:03<", ">31-11-2026 21:15:03<", "not_moment"),
            (">20-11-2026 21:15:03<", ">20-11-2026 25:15:03<", "not_moment"),
            (">20-11-2026 21:15:03<", ">2026-11-20 21:15:03<", "not_moment"),
            ("<Totales>", "<Otra/><Totales>", "unknown"),
            ("<Totales>", "<Transporte/>x<Totales>", "stray_text"),
            (
                "<Totales>",
                "<Comprador><RNCComprador>101672919</RNCComprador>"
                "</Comprador><Totales>",
                "repeated",
            ),
            ("<UnidadMedida>57<", "<UnidadMedida>63<", "not_unit"),
            ("<RNCComprador>101672919<", "<RNCComprador>0101672919<", "not_rnc"),
        ):
            text = self.xml.replace(ours, theirs, 1)
            with self.subTest(form=theirs):
                self.assertNotEqual(text, self.xml)
                document, problems = parse_received(etree.fromstring(text.encode()))
                self.assertIsNone(document)
                self.assertIn(code, {problem.code for problem in problems})

    def test_no_figure_is_lost_or_made(self):
        for kind in ("amount", "amount2", "exact", "signed", "price", "percent"):
            for text in (
                "0",
                "0.10",
                "35400",
                "00.5",
                ".5",
                "5.",
                "1234567890123456.78",
                "100.000",
                "1.23456789",
                "-7.50",
                "+7.5",
                "12345678901234567",
            ):
                made = normalized(kind, text)
                with self.subTest(kind=kind, text=text):
                    self.assertEqual(Decimal(made), Decimal(text))


class TestReceivedApproval(PureCase):
    #: As DGII's simulator of the certification writes it: steps 10 and 11.
    XML = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<ACECF xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema">\n'
        "  <DetalleAprobacionComercial>\n    <Version>1</Version>\n"
        "    <RNCEmisor>133470616</RNCEmisor>\n    <eNCF>E450000000001</eNCF>\n"
        "    <FechaEmision>01-04-2020</FechaEmision>\n"
        "    <MontoTotal>35400</MontoTotal>\n"
        "    <RNCComprador>131880657</RNCComprador>\n    <Estado>1</Estado>\n"
        "    <DetalleMotivoRechazo />\n"
        "    <FechaHoraAprobacionComercial>15-08-2023 9:08:07"
        "</FechaHoraAprobacionComercial>\n"
        "  </DetalleAprobacionComercial>\n</ACECF>"
    )

    def test_approval_of_dgii_is_read_by_value(self):
        compact = re.sub(r">\s+<", "><", self.XML).encode()
        signed = signature.sign(compact, signer())
        indented = etree.fromstring(signed)
        etree.indent(indented)
        for xml in (signed, etree.tostring(indented)):
            root = normalize(signature.verify(xml).root)
            self.assertEqual(structure_problems(root), [])
            approval = messages.parse_acecf(root)
            self.assertEqual(approval.total, Decimal("35400.00"))
            self.assertEqual(approval.issue_date, date(2020, 4, 1))
            self.assertEqual((approval.status, approval.reason), (1, None))
            self.assertEqual(approval.moment.hour, 9)


def _given(document):
    """What ``ready`` is given of a sale."""
    names = ("lines", "buyer", "reference", "terms", "due_date", "adjustments",
             "payments", "prices_with_tax", "foreign", "sequence_expiry")  # fmt: skip
    return {name: getattr(document, name) for name in names}
