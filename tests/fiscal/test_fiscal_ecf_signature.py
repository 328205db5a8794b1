import re
from datetime import datetime, timezone
from pathlib import Path

import signxml
from lxml import etree

from ...fiscal.ecf import signature, signature_parts
from ...fiscal.ecf.certificate import SigningIdentity
from ..ecf_signers import (
    FILES,
    NOW,
    OtherSoftware,
    new_certificate,
    new_key,
    signer,
)
from ..pure_case import PureCase

DOC = (
    "<ECF><Encabezado><Emisor><RazonSocialEmisor>Peña &amp; Hijos &lt;3&gt; "
    "&quot;El Sazón&quot; &#169;</RazonSocialEmisor></Emisor></Encabezado>"
    "<FechaHoraFirma>20-11-2026 21:15:03</FechaHoraFirma></ECF>"
).encode()
XSI = (
    b'<SemillaModel xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    b'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><valor>abc</valor>'
    b"<fecha>2026-11-20T10:00:00</fecha></SemillaModel>"
)


def xmlsec_holds(xml):
    """The judgement of the xmlsec library, written in C."""
    import xmlsec

    root = etree.fromstring(xml)
    node = xmlsec.tree.find_node(root, xmlsec.constants.NodeSignature)
    context = xmlsec.SignatureContext()
    pem = (FILES / "signer_certificate.pem").read_bytes()
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM)
    try:
        context.verify(node)
    except xmlsec.Error:
        return False
    return True


class TestSign(PureCase):
    def test_the_golden_document_is_signed_byte_for_byte(self):
        plain = (FILES / "plain.xml").read_bytes()
        golden = (FILES / "signed.xml").read_bytes()
        self.assertEqual(signature.sign(plain, signer()), golden)

    def test_the_golden_document_has_the_form_that_dgii_publishes(self):
        root = etree.fromstring((FILES / "signed.xml").read_bytes())
        made = root[-1]
        self.assertEqual(
            (made.tag, made.prefix), (f"{{{signature_parts.DS}}}Signature", None)
        )
        self.assertFalse(made.attrib)
        algorithms = [n.get("Algorithm") for n in made.iter() if n.get("Algorithm")]
        self.assertEqual(
            algorithms,
            [
                "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
                "http://www.w3.org/2001/04/xmlenc#sha256",
            ],
        )
        references = list(made.iter(f"{{{signature_parts.DS}}}Reference"))
        self.assertEqual([r.attrib for r in references], [{"URI": ""}])
        names = [etree.QName(n).localname for n in made[2].iter()]
        self.assertEqual(names, ["KeyInfo", "X509Data", "X509Certificate"])

    def test_xmlsec_and_signxml_believe_what_we_sign(self):
        for plain in (DOC, XSI, b"\xef\xbb\xbf<?xml version='1.0'?>\r\n<a>\r\n</a>"):
            signed = signature.sign(plain, signer())
            self.assertTrue(xmlsec_holds(signed), plain)
            self.assertTrue(signature.verify(signed, moment=NOW).ok, plain)
        judge = signxml.XMLVerifier()
        # it canonicalises SignedInfo in place, which gives it xmlns="" too many
        judge.excise_empty_xmlns_declarations = True
        judge.verify(
            signature.sign(DOC, signer()),
            x509_cert=signer().certificate,
            expect_config=signxml.SignatureConfiguration(
                signature_methods=[signxml.SignatureMethod.RSA_SHA256],
                expect_references=1,
            ),
        )

    def test_a_changed_byte_is_seen_by_xmlsec_too(self):
        signed = signature.sign(DOC, signer())
        self.assertFalse(xmlsec_holds(signed.replace(b"21:15:03", b"21:15:04")))

    def test_the_bytes_of_the_document_stay_as_they_were(self):
        signed = signature.sign(DOC, signer())
        self.assertIn(DOC.removesuffix(b"</ECF>"), signed)
        self.assertTrue(
            signed.startswith(b'<?xml version="1.0" encoding="utf-8"?><ECF>')
        )
        self.assertTrue(signed.endswith(b"</Signature></ECF>"))

    def test_what_cannot_be_signed_is_refused(self):
        signed = signature.sign(DOC, signer())
        for xml in (
            signed,
            b"<ECF/>",
            b"<ECF><a></ECF>",
            b"<!DOCTYPE ECF><ECF></ECF>",
            b"<ECF></ECF><!-- after -->",
            b'<ECF xml:lang="es"></ECF>',
            "<?xml version='1.0' encoding='ISO-8859-1'?><ECF>ñ</ECF>".encode("latin-1"),
            b"",
        ):
            with (
                self.subTest(xml=xml[:40]),
                self.assertRaises(signature.SignatureError),
            ):
                signature.sign(xml, signer())


class TestVerifyOthers(PureCase):
    """What other people's software signs, within the standard, is believed."""

    def assertBelieved(self, xml):
        self.assertTrue(xmlsec_holds(xml), "xmlsec does not believe the example")
        verdict = signature.verify(xml, moment=NOW)
        self.assertTrue(verdict.ok, verdict.message)
        return verdict

    def test_each_habit_is_believed(self):
        enveloped, exclusive = signature_parts.ENVELOPED, signature_parts.EXC_C14N
        for habit in (
            {},
            {"prefix": "ds"},
            {"fold": 64},
            {"indent": "  "},
            {"c14n": exclusive},
            {"transforms": (enveloped, signature_parts.C14N)},
            {"transforms": (enveloped, exclusive)},
            {"c14n": exclusive, "transforms": (enveloped, exclusive), "prefix": "ds"},
        ):
            for doc in (DOC, XSI):
                with self.subTest(doc=doc[:8], **habit):
                    self.assertBelieved(OtherSoftware(**habit).sign(doc))

    def test_a_document_indented_before_it_was_signed_is_believed(self):
        doc = b"<ECF>\n  <a>1</a>\n  <!-- note -->\n</ECF>"
        self.assertBelieved(OtherSoftware().sign(doc))

    def assertBelievedAsDgiiReads(self, xml):
        """DGII drops the white space between elements, and then verifies: so does a
        library of others that is given the document without it."""
        parser = etree.XMLParser(remove_blank_text=True)
        compact = etree.tostring(etree.fromstring(xml, parser))
        self.assertTrue(xmlsec_holds(compact), "xmlsec does not believe it compact")
        verdict = signature.verify(xml, moment=NOW)
        self.assertTrue(verdict.ok, verdict.message)
        return verdict

    def test_document_signed_compact_and_written_indented_is_believed(self):
        for doc in (DOC, XSI):
            root = etree.fromstring(signature.sign(doc, signer()))
            for space in ("  ", "\t", "    "):
                etree.indent(root, space)
                with self.subTest(doc=doc[:8], space=space):
                    pretty = etree.tostring(root, encoding="utf-8")
                    verdict = self.assertBelievedAsDgiiReads(pretty)
                    # what was signed is read: the compact form
                    self.assertNotIn(b"\n", verdict.content)

    def test_signature_indented_alone_is_believed(self):
        root = etree.fromstring(signature.sign(DOC, signer()))
        etree.indent(root[-1][0])
        self.assertBelievedAsDgiiReads(etree.tostring(root))

    def test_line_ends_of_another_system_are_believed(self):
        root = etree.fromstring(signature.sign(DOC, signer()))
        etree.indent(root)
        crlf = etree.tostring(root).replace(b"\n", b"\r\n")
        self.assertBelievedAsDgiiReads(crlf)

    def test_element_of_white_space_alone_holds_as_net_reads_it(self):
        """.NET drops the white space of a leaf too; libxml2 keeps it."""
        signed = signature.sign(b"<ECF><a></a><b>1</b></ECF>", signer())
        spaced = signed.replace(b"<a></a>", b"<a> </a>\n")
        self.assertTrue(signature.verify(spaced).ok)

    def test_white_space_after_the_signature_stays_part_of_the_document(self):
        signed = OtherSoftware().sign(b"<ECF><a>1</a>\n</ECF>")
        moved = signed.replace(b"\n<Signature", b"<Signature").replace(
            b"</Signature>", b"</Signature>\n"
        )
        self.assertNotEqual(signed, moved)
        self.assertBelieved(moved)

    def test_what_signxml_signs_is_believed(self):
        maker = signxml.XMLSigner(
            c14n_algorithm=signxml.CanonicalizationMethod.CANONICAL_XML_1_0
        )
        root = maker.sign(
            etree.fromstring(DOC), key=signer()._key, cert=[signer().certificate]
        )
        self.assertBelieved(etree.tostring(root))

    def test_a_chain_of_certificates_is_believed_by_its_signer(self):
        other = new_certificate(new_key().public_key(), new_key())
        habit = OtherSoftware(certificates=[other, signer().certificate])
        verdict = signature.verify(habit.sign(DOC))
        self.assertEqual(verdict.certificate.holder_id, "00113918205")

    def test_the_verdict_says_who_signed_and_what(self):
        verdict = self.assertBelieved(OtherSoftware(prefix="ds").sign(DOC))
        self.assertEqual(verdict.certificate.holder_kind, "cedula")
        self.assertEqual(
            verdict.certificate.subject,
            "SERIALNUMBER=IDCDO-00113918205,CN=JUANA PEÑA (PRUEBA),C=DO",
        )
        self.assertEqual(verdict.certificate.issuer, "CN=Autoridad de prueba,C=DO")
        self.assertEqual(verdict.root.tag, "ECF")
        self.assertIsNone(verdict.root.find(f"{{{signature_parts.DS}}}Signature"))
        self.assertRegex(verdict.signature_value, "^[A-Za-z0-9+/]{342}==$")

    def test_a_comment_slipped_in_afterwards_does_not_cut_a_value(self):
        signed = signature.sign(b"<ECF><total>100.00</total></ECF>", signer())
        signed = signed.replace(b"100.00", b"1<!-- -->00.00")
        self.assertEqual(self.assertBelieved(signed).root.findtext("total"), "100.00")

    def test_only_an_authority_that_is_trusted_vouches(self):
        authority = new_certificate(new_key().public_key(), new_key(), number=1)
        # the authority's subject is the issuer of what it issues
        issued = new_certificate(
            signer()._key.public_key(), new_key(), issuer="x", number=2
        )
        signed = OtherSoftware(certificates=[issued]).sign(DOC)
        self.assertEqual(
            signature.verify(signed, authorities=(authority,)).reason, "untrusted"
        )
        self_signed = signature.sign(DOC, signer())
        self.assertEqual(
            signature.verify(self_signed, authorities=(authority,)).reason, "untrusted"
        )


class TestRefuse(PureCase):
    def assertRefused(self, xml, reason, **options):
        verdict = signature.verify(xml, **options)
        self.assertEqual(verdict.reason, reason)
        self.assertFalse(verdict.ok)
        self.assertTrue(verdict.message)
        self.assertEqual(verdict.content, b"")
        self.assertIsNone(verdict.root)
        return verdict

    def setUp(self):
        super().setUp()
        self.signed = signature.sign(DOC, signer())
        found = re.search(b"<Signature .*</Signature>", self.signed)
        self.signature = found.group()

    def test_every_reason_has_words(self):
        used = set(
            re.findall(r'Refusal\(\s*"(\w+)"', _source())
            + re.findall(r'(?:problem or|problem =) "(\w+)"', _source())
        )
        self.assertLessEqual(used, set(signature.REASONS))
        self.assertGreater(len(used), 12)

    def test_a_changed_value(self):
        verdict = self.assertRefused(
            self.signed.replace(b"21:15:03", b"21:15:04"), "digest"
        )
        self.assertEqual(verdict.certificate.holder_id, "00113918205")

    def test_indented_copy_with_another_value(self):
        root = etree.fromstring(self.signed.replace(b"21:15:03", b"21:15:04"))
        etree.indent(root)
        self.assertRefused(etree.tostring(root), "digest")

    def test_white_space_inside_a_value(self):
        for old, new in (
            (b"Pe\xc3\xb1a &amp;", b"Pe\xc3\xb1a  &amp;"),
            (b">20-", b"> 20-"),
        ):
            self.assertIn(old, self.signed)
            self.assertRefused(self.signed.replace(old, new), "digest")

    def test_no_break_space_between_elements_is_content(self):
        padded = self.signed.replace(b"<FechaHora", "\u00a0<FechaHora".encode())
        self.assertRefused(padded, "digest")

    def test_text_that_turns_blank_content_into_mixed_content(self):
        mixed = self.signed.replace(b"<ECF>", b"<ECF>x ")
        self.assertRefused(mixed, "digest")

    def test_comments_and_white_space_beside_what_is_signed_are_bounded(self):
        most = signature._MAX_UNSIGNED
        for around in (b"%s<ECF>", b"<ECF>%s"):
            for filler in (b"<!--" + b"x" * 2 * most + b"-->", b" " * 2 * most):
                padded = self.signed.replace(b"<ECF>", around % filler)
                self.assertRefused(padded, "padded")
        little = self.signed.replace(b"<ECF>", b"<!-- made by x -->\n<ECF>")
        self.assertTrue(signature.verify(little).ok)

    def test_every_single_change_of_a_byte_that_means_something(self):
        """Each letter and figure outside the certificate's own bytes, one by one, in
        the compact document and in an indented copy."""
        root = etree.fromstring(self.signed)
        etree.indent(root)
        for xml in (self.signed, etree.tostring(root, encoding="utf-8")):
            end = xml.index(b"<KeyInfo>")
            begin = xml.index(b"<Encabezado>")
            places = [n for n in range(begin, end) if chr(xml[n]).isalnum()]
            self.assertGreater(len(places), 850)
            for place in places[::2]:
                changed = xml[:place] + b"%c" % (xml[place] ^ 1) + xml[place + 1 :]
                verdict = signature.verify(changed)
                self.assertFalse(verdict.ok, changed[place - 20 : place + 20])

    def test_the_certificate_of_somebody_else(self):
        other = new_certificate(new_key().public_key(), new_key())
        self.assertRefused(OtherSoftware(certificates=[other]).sign(DOC), "signature")
        self.assertRefused(OtherSoftware(key=new_key()).sign(DOC), "signature")

    def test_a_small_key_and_a_key_that_is_not_rsa(self):
        from cryptography.hazmat.primitives.asymmetric import ec

        small = new_key(1024)
        certificate = new_certificate(small.public_key(), new_key())
        self.assertRefused(
            OtherSoftware(key=small, certificates=[certificate]).sign(DOC), "weak_key"
        )
        curve = ec.generate_private_key(ec.SECP256R1()).public_key()
        certificate = new_certificate(curve, new_key())
        self.assertRefused(
            OtherSoftware(certificates=[certificate]).sign(DOC), "not_rsa"
        )

    def test_no_signature(self):
        self.assertRefused(DOC, "missing")
        self.assertRefused(
            self.signed.replace(signature_parts.DS.encode(), b"urn:x"), "missing"
        )

    def test_two_signatures(self):
        doubled = self.signed.replace(self.signature, self.signature * 2)
        self.assertRefused(doubled, "several")

    def test_a_signed_document_wrapped_in_another(self):
        inner = self.signed.partition(b"?>")[2]
        self.assertRefused(b"<ECF><total>9</total>" + inner + b"</ECF>", "misplaced")
        hidden = b"<ECF><x>" + self.signature + b"</x></ECF>"
        self.assertRefused(hidden, "misplaced")
        late = self.signed.replace(b"</ECF>", b"<total>9</total></ECF>")
        self.assertRefused(late, "misplaced")

    def test_references_other_than_the_one_to_the_whole(self):
        self.assertRefused(OtherSoftware(references=2).sign(DOC), "references")
        self.assertRefused(OtherSoftware(references=0).sign(DOC), "references")
        for uri in ('URI="#a"', "", 'URI="http://127.0.0.1/x"', 'URI="#xpointer(/)"'):
            with self.subTest(uri=uri):
                self.assertRefused(OtherSoftware(uri=uri).sign(DOC), "uri")

    def test_transforms_that_choose_what_is_signed(self):
        xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116"
        xslt = "http://www.w3.org/TR/1999/REC-xslt-19991116"
        for transforms in (
            (xpath,),
            (signature_parts.ENVELOPED, xpath),
            (signature_parts.ENVELOPED, xslt),
            (signature_parts.C14N,),
            (signature_parts.ENVELOPED, signature_parts.C14N, signature_parts.C14N),
            (),
        ):
            with self.subTest(transforms=transforms):
                signed = OtherSoftware(transforms=transforms).sign(DOC)
                self.assertRefused(signed, "transform")

    def test_sha1(self):
        rsa_sha1 = f"{signature_parts.DS}rsa-sha1"
        signed = OtherSoftware(signature_method=rsa_sha1).sign(DOC)
        self.assertRefused(signed, "weak_algorithm")
        signed = OtherSoftware(digest_method=f"{signature_parts.DS}sha1").sign(DOC)
        self.assertRefused(signed, "weak_algorithm")

    def test_other_algorithms(self):
        hmac = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
        self.assertRefused(OtherSoftware(signature_method=hmac).sign(DOC), "algorithm")
        c14n = "http://www.w3.org/2006/12/xml-c14n11"
        self.assertRefused(OtherSoftware(c14n=c14n).sign(DOC), "algorithm")
        sha512 = "http://www.w3.org/2001/04/xmlenc#sha512"
        self.assertRefused(OtherSoftware(digest_method=sha512).sign(DOC), "algorithm")

    def test_a_doctype_with_and_without_entities(self):
        for doctype in (
            b"<!DOCTYPE ECF>",
            b'<!DOCTYPE ECF [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            b'<!DOCTYPE ECF [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
            b'<!DOCTYPE ECF SYSTEM "http://127.0.0.1:1/x.dtd">',
        ):
            xml = self.signed.replace(b"<ECF>", doctype + b"<ECF>")
            with self.subTest(doctype=doctype):
                self.assertRefused(xml, "doctype")
                self.assertRefused(xml.replace(b"21:15", b"&x;"), "doctype")

    def test_what_is_not_a_document(self):
        self.assertRefused(b"", "not_xml")
        self.assertRefused(b"{}", "not_xml")
        self.assertRefused(self.signed[:-10], "not_xml")
        self.assertRefused(b"<a>" * 5000 + b"</a>" * 5000, "not_xml")
        self.assertRefused(b"<a>&x;</a>", "not_xml")
        self.assertRefused(self.signed, "too_large", max_bytes=500)
        latin = "<?xml version='1.0' encoding='ISO-8859-1'?><a>ñ</a>".encode("latin-1")
        self.assertRefused(latin, "encoding")

    def test_signatures_of_another_form(self):
        value = re.search(b"<SignatureValue>.*?</SignatureValue>", self.signed).group()
        info = re.search(b"<SignedInfo>.*</SignedInfo>", self.signed).group()
        objects = b"</KeyInfo><Object><a/></Object>"
        for changed in (
            self.signed.replace(value, b""),
            self.signed.replace(value, value * 2),
            self.signed.replace(info, info * 2),
            self.signed.replace(info + value, value + info),
            self.signed.replace(b"</KeyInfo>", objects),
            self.signed.replace(b"<SignatureValue>", b"<SignatureValue><a/>"),
            self.signed.replace(b"<SignatureValue>", b"<SignatureValue>*"),
            self.signed.replace(b"<SignedInfo>", b'<SignedInfo><x xmlns="urn:x"/>'),
        ):
            with self.subTest(changed=changed[-1500:-1300]):
                self.assertNotEqual(changed, self.signed)
                self.assertRefused(changed, "structure")

    def test_a_certificate_that_cannot_be_read(self):
        found = re.search(b"<X509Data>.*</X509Data>", self.signed).group()
        self.assertRefused(
            self.signed.replace(found, b"<KeyName>x</KeyName>"), "no_certificate"
        )
        broken = b"<X509Data><X509Certificate>AAAA</X509Certificate></X509Data>"
        self.assertRefused(self.signed.replace(found, broken), "no_certificate")
        many = OtherSoftware(certificates=[signer().certificate] * 6)
        self.assertRefused(many.sign(DOC), "no_certificate")

    def test_a_certificate_out_of_its_time(self):
        for year, reason in ((2025, "not_yet_valid"), (2029, "expired")):
            moment = datetime(year, 1, 1, tzinfo=timezone.utc)
            verdict = self.assertRefused(self.signed, reason, moment=moment)
            self.assertEqual(verdict.certificate.holder_id, "00113918205")
        self.assertTrue(signature.verify(self.signed).ok)

    def test_another_identity_signs_otherwise(self):
        key = new_key()
        other = SigningIdentity(key, new_certificate(key.public_key(), key))
        self.assertNotEqual(signature.sign(DOC, other), self.signed)
        self.assertTrue(signature.verify(signature.sign(DOC, other)).ok)


def _source():
    return "".join(
        Path(module.__file__).read_text("utf-8")
        for module in (signature, signature_parts)
    )
