from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ...fiscal import money
from ..pure_case import PureCase

repeatable = settings(derandomize=True, max_examples=100, deadline=None)
CENTS = st.decimals(-(10**15), 10**15, places=2)


class TestFiscalMoney(PureCase):
    def assertRefused(self, reason, value, **kwargs):
        with self.subTest(value=value), self.assertRaises(money.AmountError) as caught:
            money.parse_amount(value, **kwargs)
        self.assertEqual(caught.exception.reason, reason)

    @repeatable
    @given(CENTS)
    def test_an_amount_reads_the_same_from_text_and_decimal(self, amount):
        self.assertEqual(money.parse_amount(str(amount), places=2), amount)
        self.assertEqual(money.parse_amount(amount, places=2), amount)
        self.assertEqual(Decimal(money.plain_text(amount)), amount)

    @repeatable
    @given(st.floats(-1e15, 1e15))
    def test_a_float_is_the_decimal_that_its_text_shows(self, value):
        self.assertEqual(money.parse_amount(value), Decimal(repr(value)))

    def test_a_float_does_not_leak_its_binary_expansion(self):
        self.assertEqual(str(money.parse_amount(1180.1, places=2)), "1180.1")

    def test_what_is_no_number_is_refused(self):
        for value in (True, False, None, [], {}, b"1", 1j):
            self.assertRefused("type", value)
        for value in ("", "   "):
            self.assertRefused("empty", value)
        for value in (
            "1e3",
            "1E3",
            "NaN",
            "Infinity",
            "-inf",
            "1,000.00",
            "1_000",
            "1 000",
            " 1",
            "1\n",
            "+1",
            ".5",
            "5.",
            "--1",
            "0x10",
            "١٢",
            "RD$5",
        ):
            self.assertRefused("format", value)
        for value in (
            float("nan"),
            float("-inf"),
            Decimal("NaN"),
            Decimal("sNaN"),
            Decimal("Infinity"),
        ):
            self.assertRefused("not_finite", value)

    def test_more_decimals_than_allowed_are_refused(self):
        for value in ("1.005", 1.005, Decimal("1.005"), 1e-7):
            self.assertRefused("places", value, places=2)
        self.assertRefused("places", "0.5", places=0)
        self.assertEqual(money.parse_amount("1.005", places=3), Decimal("1.005"))

    def test_zeros_at_the_end_are_no_decimals(self):
        for value, amount in (
            ("1.500", "1.5"),
            (Decimal("1.5000"), "1.5"),
            (Decimal("1E+2"), "100"),
            (100.0, "100"),
        ):
            self.assertEqual(money.parse_amount(value, places=1), Decimal(amount))

    def test_an_amount_too_great_for_a_receipt_is_refused(self):
        self.assertEqual(
            money.parse_amount("9999999999999999.99"), Decimal("9999999999999999.99")
        )
        for value in ("1" + "0" * 16, -(10**16), 1e300, 10**5000, Decimal("1E+999999")):
            with self.assertRaises(money.AmountError) as caught:
                money.parse_amount(value)
            self.assertEqual(caught.exception.reason, "size")

    def test_minus_zero_is_zero(self):
        for value in ("-0.00", -0.0, Decimal("-0")):
            self.assertFalse(money.parse_amount(value).is_signed())
        self.assertEqual(str(money.round_half_up(Decimal("-0.004"))), "0.00")

    def test_half_a_cent_is_rounded_away_from_zero(self):
        for text, rounded in (
            ("0.005", "0.01"),
            ("0.015", "0.02"),
            ("0.025", "0.03"),
            ("2.6749999", "2.67"),
            ("-0.005", "-0.01"),
            ("5", "5.00"),
        ):
            self.assertEqual(str(money.round_half_up(Decimal(text))), rounded)
        self.assertEqual(money.round_half_up(Decimal("2.5"), 0), Decimal(3))
        self.assertEqual(
            str(money.round_half_up(Decimal("1.00005"), places=4)), "1.0001"
        )

    @repeatable
    @given(st.decimals(-(10**12), 10**12, places=6))
    def test_a_credit_note_mirrors_its_invoice(self, amount):
        rounded = money.round_half_up(amount)
        self.assertEqual(money.round_half_up(-amount), -rounded)
        self.assertLessEqual(abs(rounded - amount), Decimal("0.005"))
        self.assertEqual(money.round_half_up(rounded), rounded)

    def test_the_tolerance_itself_is_within_tolerance(self):
        one = Decimal(1)
        self.assertTrue(money.amounts_equal(Decimal("10.01"), Decimal("11.01"), one))
        self.assertFalse(money.amounts_equal(Decimal("10.01"), Decimal("11.02"), one))
        self.assertFalse(money.amounts_equal(Decimal("11.02"), Decimal("10.01"), one))

    def test_discounts_combine_one_after_another(self):
        self.assertEqual(money.combine_discounts(10, 20), 28)
        self.assertEqual(money.combine_discounts("12.5", 50.0), Decimal("56.25"))
        self.assertEqual(money.combine_discounts(20, 10), 28)
        self.assertEqual(money.combine_discounts(15), 15)

    @repeatable
    @given(st.lists(st.decimals(0, 100, places=2), max_size=4))
    def test_a_combined_discount_stays_a_discount(self, percents):
        combined = money.combine_discounts(*percents)
        self.assertLessEqual(combined, 100)
        self.assertGreaterEqual(combined, max(percents, default=0))
        self.assertEqual(combined, money.combine_discounts(*reversed(percents)))

    def test_a_discount_outside_zero_to_a_hundred_is_refused(self):
        for percent in (-1, "100.01"):
            with self.assertRaises(money.AmountError) as caught:
                money.combine_discounts(percent)
            self.assertEqual(caught.exception.reason, "range")
