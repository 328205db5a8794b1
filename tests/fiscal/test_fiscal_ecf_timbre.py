from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import zxingcpp
from lxml import etree
from PIL import Image

from ...fiscal.ecf import signature, signature_parts, timbre
from ..ecf_signers import FILES, signer
from ..pure_case import PureCase

# Descripción Técnica de Facturación Electrónica, the two examples of the QR code.
ECF_EXAMPLE = (
    "https://ecf.dgii.gov.do/testecf/consultatimbre?rncemisor=130000001"
    "&rnccomprador=130000002&encf=e310000000001&fechaemision=10-10-2020"
    "&montototal=02.11&fechafirma=10-10-2020%2009:00:00&codigoseguridad=dcp79q"
)
FC_EXAMPLE = (
    "https://fc.dgii.gov.do/testecf/consultatimbrefc?rncemisor=131880738"
    "&encf=e320000000064&montototal=6225.09&codigoseguridad=uabnyh"
)


def read(png):
    """What a scanner reads in the image."""
    found = zxingcpp.read_barcodes(Image.open(BytesIO(png)).convert("L"))
    return [code.text for code in found]


class TestUrl(PureCase):
    def test_the_official_example_of_an_ecf(self):
        made = timbre.ecf_url(
            "testecf",
            "130000001",
            "130000002",
            "e310000000001",
            date(2020, 10, 10),
            "02.11",
            datetime(2020, 10, 10, 9, 0, 0),
            "dcp79q",
        )
        self.assertEqual(made, ECF_EXAMPLE)

    def test_the_official_example_of_a_consumer_invoice(self):
        total = Decimal("6225.09")
        made = timbre.consumer_url(
            "testecf", "131880738", "e320000000064", total, "uabnyh"
        )
        self.assertEqual(made, FC_EXAMPLE)

    def test_the_amount_has_two_decimals(self):
        made = timbre.consumer_url("ecf", "1", "E32", Decimal("200"), "abcdef")
        self.assertIn("&montototal=200.00&", made)

    def test_a_code_with_signs_of_base64_is_encoded(self):
        made = timbre.consumer_url("ecf", "1", "E32", Decimal(1), "m7/p+=")
        self.assertTrue(made.endswith("&codigoseguridad=m7%2Fp%2B%3D"))

    def test_without_buyer_its_parameter_is_left_out(self):
        for buyer in (None, ""):
            made = timbre.ecf_url(
                "ecf", "1", buyer, "E43", "01-01-2026", "1.00", "x", "abcdef"
            )
            self.assertNotIn("rnccomprador", made)

    def test_each_environment_and_no_other(self):
        for environment in timbre.ENVIRONMENTS:
            made = timbre.consumer_url(environment, "1", "E32", "1.00", "abcdef")
            self.assertIn(f".do/{environment}/consultatimbrefc?", made)
        with self.assertRaises(timbre.TimbreError):
            timbre.consumer_url("prod", "1", "E32", "1.00", "abcdef")


class TestDocument(PureCase):
    def signed(self, *changes):
        plain = (FILES / "plain.xml").read_text("utf-8")
        for old, new in changes:
            self.assertIn(old, plain)
            plain = plain.replace(old, new)
        return signature.sign(plain.encode(), signer())

    def test_the_golden_document(self):
        signed = (FILES / "signed.xml").read_bytes()
        value = etree.fromstring(signed).findtext(
            f".//{{{signature_parts.DS}}}SignatureValue"
        )
        self.assertEqual(timbre.document_security_code(signed), value[:6])
        self.assertEqual(
            timbre.document_url(signed, "ecf"),
            "https://fc.dgii.gov.do/ecf/consultatimbrefc?rncemisor=131246796"
            "&encf=E320000000001&montototal=1408.00&codigoseguridad="
            + value[:6].replace("+", "%2B").replace("/", "%2F"),
        )

    def test_a_consumer_invoice_of_the_threshold_is_asked_for_as_an_ecf(self):
        total = "<MontoTotal>{}</MontoTotal>".format
        below = self.signed((total("1408.00"), total("249999.99")))
        self.assertIn("consultatimbrefc?", timbre.document_url(below, "ecf"))
        at = self.signed((total("1408.00"), total("250000.00")))
        made = timbre.document_url(at, "ecf")
        self.assertIn("https://ecf.dgii.gov.do/ecf/consultatimbre?", made)
        self.assertIn("&fechafirma=20-11-2026%2021:15:03&", made)
        self.assertNotIn("rnccomprador", made)

    def test_a_document_with_a_buyer_names_it(self):
        signed = self.signed(
            ("<TipoeCF>32<", "<TipoeCF>31<"),
            ("<Comprador>", "<Comprador><RNCComprador>101672919</RNCComprador>"),
        )
        self.assertIn("&rnccomprador=101672919&", timbre.document_url(signed, "ecf"))

    def test_the_code_is_the_same_in_folded_base64(self):
        folded = b"<ds:SignatureValue Id='x'>\n an6\r\n Kc0Zq==</ds:SignatureValue>"
        self.assertEqual(timbre.document_security_code(folded), "an6Kc0")

    def test_what_has_no_one_signature_has_no_code(self):
        value = b"<SignatureValue>an6Kc0Zq</SignatureValue>"
        short = b"<SignatureValue>an6</SignatureValue>"
        for document in (b"", b"<ECF/>", value + value, short):
            with self.assertRaises(timbre.TimbreError):
                timbre.document_security_code(document)

    def test_what_is_no_ecf_has_no_address(self):
        for plain in (b"<RFCE></RFCE>", b"<ECF><a>1</a></ECF>"):
            with self.assertRaises(timbre.TimbreError):
                timbre.document_url(signature.sign(plain, signer()), "ecf")
        broken = b"<ECF><SignatureValue>an6Kc0Zq</SignatureValue>"
        with self.assertRaises(timbre.TimbreError):
            timbre.document_url(broken, "ecf")


class TestImage(PureCase):
    def test_a_scanner_reads_what_was_written(self):
        for url in (ECF_EXAMPLE, FC_EXAMPLE):
            self.assertEqual(read(timbre.qr_png(url)), [url])

    def test_the_smallest_version_from_eight_on(self):
        versions = [
            timbre.qr_code(url).version
            for url in ("x", FC_EXAMPLE, ECF_EXAMPLE, "x" * 300)
        ]
        self.assertEqual(versions[:3], [8, 8, 9])
        self.assertGreater(versions[3], 10)

    def test_the_margin_has_three_of_twenty_two_millimetres(self):
        for url in (FC_EXAMPLE, ECF_EXAMPLE, "x" * 2000):
            code = timbre.qr_code(url)
            self.assertGreaterEqual(code.border * 22 / code.modules_count, 3)

    def test_the_svg_has_the_modules_of_the_png(self):
        root = etree.fromstring(timbre.qr_svg(FC_EXAMPLE))
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        path = root.find("{http://www.w3.org/2000/svg}path").get("d")
        matrix = timbre.qr_code(FC_EXAMPLE).get_matrix()
        self.assertEqual(path.count("M"), sum(map(sum, matrix)))
        self.assertEqual(root.get("viewBox"), f"0 0 {len(matrix)} {len(matrix)}")

    def test_the_png_has_two_colours_and_the_size_asked_for(self):
        image = Image.open(BytesIO(timbre.qr_png(FC_EXAMPLE, module_pixels=3)))
        self.assertEqual((image.mode, image.width), ("1", 3 * (49 + 2 * 7)))
        self.assertTrue(
            timbre.qr_data_uri(FC_EXAMPLE).startswith("data:image/png;base64,iVBOR")
        )

    def test_what_does_not_fit_is_refused(self):
        with self.assertRaises(timbre.TimbreError):
            timbre.qr_code("x" * 3000)
