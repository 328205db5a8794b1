from decimal import Decimal

from ...fiscal import identity
from ...fiscal.ncf import DOCUMENT_TYPES
from ..pure_case import PureCase

RNC = "131246796"
CEDULA = "00113918205"
THRESHOLD = Decimal("250000.00")
BELOW = Decimal("249999.99")


class TestFiscalTaxId(PureCase):
    def test_nine_digits_are_an_rnc_and_eleven_a_cedula(self):
        for text, digits, kind in (
            ("131246796", RNC, "rnc"),
            ("1-31-24679-6", RNC, "rnc"),
            (" 131 246 796 ", RNC, "rnc"),
            ("001-1391820-5", CEDULA, "cedula"),
        ):
            with self.subTest(text=text):
                self.assertEqual(
                    identity.check_tax_id(text), identity.TaxId(digits, kind, True)
                )

    def test_a_wrong_check_digit_only_warns(self):
        self.assertFalse(identity.check_tax_id("131246795").check_digit_ok)
        self.assertFalse(identity.check_tax_id("00113918204").check_digit_ok)

    def test_issued_numbers_that_break_the_rule_are_good(self):
        self.assertTrue(identity.check_tax_id("101581601").check_digit_ok)
        self.assertTrue(identity.check_tax_id("00000021249").check_digit_ok)

    def test_anything_else_is_refused(self):
        for text in (
            "",
            "13124679",
            "1312467961",
            "13124679A",
            "131.246.796",
            "١٣١٢٤٦٧٩٦",
            "131246796\n",
            "PA1234567",
            None,
            131246796,
        ):
            with self.subTest(text=text):
                with self.assertRaises(identity.TaxIdError) as caught:
                    identity.check_tax_id(text)
                self.assertEqual(caught.exception.code, "RNC_INVALID")

    def test_the_printed_form_reads_back(self):
        for digits in (RNC, CEDULA):
            printed = identity.format_tax_id(digits)
            self.assertIn("-", printed)
            self.assertEqual(identity.check_tax_id(printed).digits, digits)


class TestFiscalBuyer(PureCase):
    def problems(
        self, prefix, total=Decimal(100), tax_id=None, foreign_id=None, name=None
    ):
        found = identity.buyer_problem(
            DOCUMENT_TYPES[prefix].buyer, total, tax_id, foreign_id, name
        )
        self.assertTrue(all(problem.message for problem in found))
        return [(problem.code, problem.field) for problem in found]

    def test_fiscal_credit_names_its_buyer(self):
        for prefix in ("B01", "E31", "B11", "E41", "B15", "E45"):
            with self.subTest(prefix=prefix):
                self.assertEqual(
                    self.problems(prefix),
                    [("RNC_REQUIRED", "tax_id"), ("RNC_REQUIRED", "name")],
                )
                self.assertEqual(
                    self.problems(prefix, tax_id="123", name="Ana"),
                    [("RNC_INVALID", "tax_id")],
                )
                self.assertEqual(
                    self.problems(prefix, foreign_id="PA123", name="Ana"),
                    [("RNC_REQUIRED", "tax_id")],
                )
                self.assertEqual(self.problems(prefix, tax_id=RNC, name="Ana"), [])

    def test_a_consumer_is_anonymous_below_the_threshold(self):
        for prefix in ("B02", "E32"):
            self.assertEqual(self.problems(prefix, BELOW), [])
            self.assertEqual(self.problems(prefix, BELOW, tax_id="12"), [])

    def test_a_consumer_is_named_from_exactly_the_threshold(self):
        for prefix in ("B02", "E32"):
            with self.subTest(prefix=prefix):
                self.assertEqual(
                    self.problems(prefix, THRESHOLD),
                    [("RNC_REQUIRED", "tax_id"), ("RNC_REQUIRED", "name")],
                )
                self.assertEqual(
                    self.problems(prefix, THRESHOLD, tax_id=CEDULA, name="Ana"), []
                )
                self.assertEqual(
                    self.problems(prefix, THRESHOLD, tax_id="12", name="Ana"),
                    [("RNC_INVALID", "tax_id")],
                )

    def test_another_threshold_can_be_set(self):
        kind = DOCUMENT_TYPES["E32"].buyer
        self.assertEqual(
            identity.buyer_problem(kind, THRESHOLD, None, None, None, Decimal(300000)),
            [],
        )

    def test_a_foreigner_is_named_by_a_passport(self):
        for prefix in ("B02", "E32", "B14", "E44"):
            with self.subTest(prefix=prefix):
                self.assertEqual(
                    self.problems(prefix, THRESHOLD, foreign_id="PA123", name="Ann"), []
                )
                self.assertEqual(
                    self.problems(prefix, THRESHOLD, foreign_id="PA123", name=" "),
                    [("RNC_REQUIRED", "name")],
                )
                self.assertEqual(
                    self.problems(prefix, THRESHOLD, "12", "PA123", "Ann"), []
                )
                self.assertEqual(
                    self.problems(prefix, THRESHOLD, foreign_id="9" * 21, name="Ann"),
                    [("RNC_INVALID", "foreign_id")],
                )

    def test_special_regimes_identify_the_buyer_at_any_amount(self):
        self.assertEqual(
            self.problems("E44", Decimal(1)),
            [("RNC_REQUIRED", "tax_id"), ("RNC_REQUIRED", "name")],
        )
        self.assertEqual(self.problems("E44", Decimal(1), tax_id=RNC, name="Ana"), [])

    def test_an_electronic_export_names_its_buyer_without_identity(self):
        self.assertEqual(self.problems("E46"), [("RNC_REQUIRED", "name")])
        self.assertEqual(self.problems("E46", name="Ann"), [])

    def test_the_other_types_need_no_buyer_of_their_own(self):
        prefixes = "B03 B04 B12 B13 B16 B17 E33 E34 E43 E47"
        for prefix in prefixes.split():
            self.assertEqual(self.problems(prefix, THRESHOLD, tax_id="12"), [])
