"""What breaks the table is told plainly, with its place, and all at once."""

from dataclasses import replace

from ...fiscal.ecf.build import parse_ecf, to_xml
from ...fiscal.ecf.fields import ReadError
from ...fiscal.ecf.problems import MESSAGES
from ...fiscal.ecf.schema import SchemaError, schema_problems
from ...fiscal.ecf.signature import sign, verify
from ...fiscal.ecf.validate import validate
from ..ecf_signers import signer
from ..fiscal_ecf import line, ready
from ..pure_case import PureCase


def said(document, **more) -> list[str]:
    return [problem.message for problem in validate(to_xml(document), **more)]


class TestFiscalEcfStructure(PureCase):
    def test_a_long_name_is_told_with_its_line(self):
        document = ready(lines=(line(), line(), line("x" * 81)))
        self.assertEqual(
            said(document), ["line 3: the name is longer than 80 characters"]
        )

    def test_all_that_is_wrong_is_told_at_once(self):
        lines = (line(quantity="0"), line("x" * 81))
        found = said(ready(lines=lines, income_type="09"))
        self.assertEqual(len(found), 3)
        self.assertIn("line 1: the quantity must be greater than zero", found)

    def test_an_element_of_another_type_is_told_to_be_so(self):
        document = replace(ready("43", (line(billing=4),)), income_type="01")
        message = "the type of income is not allowed in a document of type 43"
        self.assertEqual(said(document), [message])

    def test_an_unsigned_document_is_told_where_a_signed_one_is_asked_for(self):
        self.assertEqual(said(ready(), signed=True), ["the signature is missing"])

    def test_a_document_without_moment_of_signature_is_refused(self):
        document = replace(ready(), signed_at=None)
        self.assertEqual(said(document), ["the moment of signature is missing"])

    def test_two_signatures_are_refused(self):
        mark = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'
        one = to_xml(ready()).replace(b"</ECF>", mark + b"</ECF>")
        self.assertEqual(validate(one, signed=True), [])
        two = one.replace(b"</ECF>", mark + b"</ECF>")
        self.assertEqual([p.code for p in validate(two)], ["repeated"])

    def test_what_stands_after_the_signature_is_refused(self):
        mark = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'
        xml = to_xml(ready()).replace(b"<ECF>", b"<ECF>" + mark)
        self.assertIn("order", {p.code for p in validate(xml)})

    def test_no_xml_and_no_fiscal_document_are_refused(self):
        self.assertEqual([p.code for p in validate(b"<ECF>")], ["not_xml"])
        self.assertEqual([p.code for p in validate("<x/>")], ["unknown_document"])
        bomb = b'<!DOCTYPE ECF [<!ENTITY a "x">]><ECF>&a;</ECF>'
        self.assertEqual([p.code for p in validate(bomb)], ["not_xml"])

    def test_comments_and_stray_text_are_refused(self):
        xml = to_xml(ready())
        for stray, code in ((b"<!-- a -->", "unknown"), (b"hola", "stray_text")):
            spoilt = xml.replace(b"<DetallesItems>", b"<DetallesItems>" + stray)
            with self.subTest(stray=stray):
                self.assertIn(code, {p.code for p in validate(spoilt)})

    def test_a_hint_at_a_schema_on_the_root_is_no_fault(self):
        hint = (
            b'<ECF xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            b'xsi:noNamespaceSchemaLocation="a.xsd">'
        )
        self.assertEqual(validate(to_xml(ready()).replace(b"<ECF>", hint)), [])

    def test_a_caller_may_say_a_problem_in_other_words(self):
        problem = validate(to_xml(ready(lines=(line("x" * 81),))))[0]
        spanish = {"line {}: ": "línea {}: ", "too_long": "{what} pasa de {0} letras"}
        told = problem.say({**MESSAGES, **spanish}, {"NombreItem": "el nombre"})
        self.assertEqual(told, "línea 1: el nombre pasa de 80 letras")

    def test_what_is_no_ecf_cannot_be_read(self):
        for xml in (b"<ECF/>", b"<ARECF/>", b"no"):
            with self.subTest(xml=xml), self.assertRaises(ReadError):
                parse_ecf(xml)

    def test_an_amount_that_is_none_is_told_by_its_place(self):
        xml = to_xml(ready()).replace(b"<MontoItem>100.00", b"<MontoItem>mucho")
        with self.assertRaises(ReadError) as caught:
            parse_ecf(xml)
        self.assertEqual(caught.exception.path, "DetallesItems/Item/MontoItem")

    def test_what_should_be_one_text_and_is_not_is_not_read(self):
        xml = to_xml(ready())
        name = b"<NombreItem>Mofongo</NombreItem>"
        for wrong in (name + name, b"<NombreItem><b>x</b></NombreItem>"):
            with self.subTest(wrong=wrong), self.assertRaises(ReadError):
                parse_ecf(xml.replace(name, wrong))

    def test_signs_are_written_as_references_and_letters_as_they_are(self):
        name = "Coca-Cola® © 5 € Ñandú «añejo» – 12° ½"
        xml = to_xml(ready(lines=(line(name),)))
        for mark in "®©€«»–°":
            self.assertNotIn(mark.encode(), xml)
            self.assertIn(f"&#{ord(mark)};".encode(), xml)
        for letter in "Ñúñ½":
            self.assertIn(letter.encode(), xml)
        self.assertEqual(parse_ecf(xml).lines[0].name, name)
        self.assertEqual(validate(xml), [])

    def test_signature_is_the_same_whichever_way_a_sign_is_written(self):
        xml = to_xml(ready(lines=(line("Coca-Cola®"),)))
        raw = xml.replace(b"&#174;", "®".encode())
        self.assertNotEqual(raw, xml)
        values = {verify(sign(each, signer())).signature_value for each in (xml, raw)}
        self.assertEqual(len(values), 1)

    def test_a_file_that_is_no_schema_is_refused(self):
        for xsd in (b"", b"<x/>"):
            with self.subTest(xsd=xsd), self.assertRaises(SchemaError):
                schema_problems(to_xml(ready()), xsd)
