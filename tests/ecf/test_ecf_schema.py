"""DGII's schema files, loaded by an administrator for a second check."""

import base64

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .. import fiscal_ecf
from ..ecf_case import EcfCase

#: Takes whatever has this root; a schema in the smallest form.
ANY = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="%s"><xs:complexType><xs:sequence>
<xs:any processContents="skip" minOccurs="0" maxOccurs="%s"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""


@tagged("post_install", "-at_install")
class TestSchemas(EcfCase):
    def setUp(self):
        super().setUp()
        self.Schema = self.env["nu.pos.ecf.schema"].with_user(
            self.env.ref("base.user_admin")
        )

    def load(self, name="e-CF 32 v.1.0.xsd", root="ECF", most="unbounded", xsd=None):
        content = xsd or (ANY % (root, most)).encode()
        form = Form(self.Schema)
        form.xsd = base64.b64encode(content)
        form.name = name
        return form.save()

    def test_document_that_the_schema_refuses_is_not_signed(self):
        self.load()
        self.sell()
        self.Schema.search([]).active = False
        strict = self.load(most="1")
        before = self.env["nu.pos.ecf"].search_count([])
        problem = self.assertProblem(
            "ECF_INVALID", self.Order._nu_submit, self.snapshot(fiscal_type="E32"), True
        )
        self.assertTrue(problem.errors)
        self.assertEqual(self.env["nu.pos.ecf"].search_count([]), before)
        # other kinds are none of its business
        self.sell(fiscal_type="E31", partner_id=self.buyer.id)
        strict.active = False
        self.sell()

    def test_kind_is_told_by_the_file(self):
        for name, root, kind in (
            ("e-CF 31 v.1.0.xsd", "ECF", "31"),
            ("eCF_47.xsd", "ECF", "47"),
            ("RFCE 32 v.1.0.xsd", "RFCE", "RFCE"),
            ("anulacion.xsd", "ANECF", "ANECF"),
        ):
            self.assertEqual(self.load(name, root).kind, kind)
        with self.assertRaises(AssertionError):
            # which type it is cannot be told: the form asks
            self.load("factura.xsd")

    def test_files_that_would_stop_sales_are_refused(self):
        _answer, ecf, _document = self.sell()
        ecf.sudo().state = "accepted"
        self.assertNotTaken(ecf.name, "32", (ANY % ("ECF", "1")).encode())
        self.assertNotTaken("describes RFCE", "31", (ANY % ("RFCE", "9")).encode())
        for content in (b"<x/>", b"no xml", b"\xff\xfe"):
            with self.subTest(content=content):
                self.assertNotTaken("no XML schema", "31", content)

    def assertNotTaken(self, words, kind, xsd):
        with self.assertRaises(ValidationError) as caught:
            self.Schema.create(
                {"name": "x.xsd", "kind": kind, "xsd": base64.b64encode(xsd)}
            )
        self.assertIn(words, str(caught.exception))

    def test_administrators_load_them_and_nobody_else(self):
        manager = self.Schema.with_user(self.ref("user_manager"))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base"):
            manager.create({"name": "x", "kind": "31", "xsd": base64.b64encode(b"x")})

    def test_dgiis_own_files_pass_what_is_sold(self):
        for kind in ("31", "32", "34", "RFCE"):
            path = fiscal_ecf.schema(kind)
            name = f"{kind}.xsd" if kind == "RFCE" else f"e-CF {kind} v.1.0.xsd"
            self.assertEqual(self.load(name, xsd=path).kind, kind)
        answer, _ecf, _document = self.sell()
        self.sell(fiscal_type="E31", partner_id=self.buyer.id)
        refund = self.env["nu.pos.refund"].with_user(self.ref("user_manager"))
        body = refund.submit(str(answer["order_id"]), {"reason": "Frío"}).body
        self.assertEqual(body["fiscal"]["fiscal_type_code"], "E34")
