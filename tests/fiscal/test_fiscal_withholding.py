"""Withholding that the norms of 2026 changed."""

from datetime import date
from decimal import Decimal

from ...fiscal.withholding import Withheld, notices
from ..pure_case import PureCase

COMPANY, PERSON = "101850043", "00113918205"
NOVEMBER = date(2026, 11, 3)


class TestWithholding(PureCase):
    def codes(self, day, supplier, **values):
        return [notice.code for notice in notices(Withheld(day, supplier, **values))]

    def test_a_company_with_an_ecf_keeps_its_itbis(self):
        thirty = {"itbis": (Decimal("5.4"),), "electronic": True}
        self.assertEqual(
            self.codes(date(2026, 9, 16), COMPANY, **thirty), ["WITHHELD_30"]
        )
        self.assertEqual(self.codes(date(2026, 9, 15), COMPANY, **thirty), [])
        self.assertEqual(self.codes(NOVEMBER, PERSON, **thirty), [])
        paper = {**thirty, "electronic": False}
        self.assertEqual(self.codes(NOVEMBER, COMPANY, **paper), [])
        security = {"itbis": (Decimal("18.0"),), "electronic": True}
        self.assertEqual(self.codes(NOVEMBER, COMPANY, **security), [], "NG 07-09")

    def test_thirty_percent_of_16(self):
        reduced = {"itbis": (Decimal("4.8"),), "electronic": True}
        self.assertEqual(self.codes(NOVEMBER, COMPANY, **reduced), ["WITHHELD_30"])

    def test_rents_and_fees_of_persons(self):
        for kind in ("01", "02"):
            old = {"isr": ((kind, Decimal("10.0")),)}
            self.assertEqual(self.codes(date(2026, 7, 1), PERSON, **old), ["ISR_15"])
            self.assertEqual(self.codes(date(2026, 6, 30), PERSON, **old), [])
            self.assertEqual(self.codes(NOVEMBER, COMPANY, **old), [])
            new = {"isr": ((kind, Decimal(15)),)}
            self.assertEqual(self.codes(NOVEMBER, PERSON, **new), [])
        dividend = {"isr": (("03", Decimal(10)),)}
        self.assertEqual(self.codes(NOVEMBER, PERSON, **dividend), [])

    def test_technical_services_of_persons(self):
        old = {"isr": (("03", Decimal("2.0")),)}
        self.assertEqual(self.codes(NOVEMBER, PERSON, **old), ["ISR_3"])
        self.assertEqual(self.codes(date(2026, 6, 30), PERSON, **old), [])

    def test_software_paid_abroad(self):
        old = {"isr": (("03", Decimal("27.0")),), "abroad": True}
        for detail, codes in (
            ("24", ["ISR_ABROAD"]),
            ("81", ["ISR_ABROAD"]),
            ("31", []),
        ):
            self.assertEqual(self.codes(NOVEMBER, "", detail=detail, **old), codes)
        self.assertEqual(self.codes(date(2026, 6, 30), "", detail="24", **old), [])
