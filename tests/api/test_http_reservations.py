"""Numbers reserved over HTTP before the sale, and given back."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..order_case import OrderCase
from ..succeeds import succeeds


@tagged("post_install", "-at_install")
class TestReservation(OrderCase):
    def test_reservation_answers_the_number(self):
        reference = self.reference()
        result = self.reserve(reference, partner_id=None)
        body = self.assertDone(result)
        ncf = self.Ncf.search([("pos_reference", "=", reference)])
        self.assertEqual(
            body,
            {
                "status": "ok",
                "pos_reference": reference,
                "created": True,
                "fiscal": {
                    "reference": ncf.name,
                    "fiscal_type_code": "B02",
                    "expiration_date": None,
                    "security_code": None,
                    "qr_url": None,
                    "legend": None,
                    "signed_at": None,
                    "title": "FACTURA DE CONSUMO",
                    "issued_at": None,
                    "buyer": None,
                    "taxes": None,
                    "invoice_id": None,
                    "state": "reserved",
                    "range_id": ncf.range_id.id,
                    "remaining": ncf.range_id.remaining,
                },
            },
        )
        self.assertRegex(ncf.name, r"^B02\d{8}$")
        self.assertEqual(ncf.config_id, self.config)
        self.assertInvariant()

    def test_number_that_expires_tells_its_last_day(self):
        body = self.assertDone(self.reserve(self.reference(), fiscal_type="B01"))
        self.assertEqual(body["fiscal"]["expiration_date"], "2027-12-31")

    def test_same_reference_keeps_its_number(self):
        reference = self.reference()
        first = self.assertDone(self.reserve(reference))
        second = self.assertDone(self.reserve(reference, fiscal_type="02"))
        self.assertEqual(second["fiscal"], first["fiscal"])
        self.assertEqual((first["created"], second["created"]), (True, False))
        self.assertInvariant()

    def test_other_type_is_refused_with_the_number_held(self):
        reference = self.reference()
        first = self.assertDone(self.reserve(reference))["fiscal"]
        refused = self.assertRefused(
            self.reserve(reference, fiscal_type="B01"), 409, "CONFLICT"
        )
        self.assertFalse(refused["retryable"])
        self.assertEqual(refused["fiscal"]["reference"], first["reference"])
        held = self.Ncf.search([("pos_reference", "=", reference)])
        self.assertEqual((held.name, held.state), (first["reference"], "reserved"))

    def test_replace_changes_the_type_and_says_what_became_of_the_first(self):
        reference = self.reference()
        first = self.assertDone(self.reserve(reference))["fiscal"]
        body = self.assertDone(self.reserve(reference, fiscal_type="B01", replace=True))
        self.assertTrue(body["created"])
        self.assertEqual(body["fiscal"]["fiscal_type_code"], "B01")
        self.assertEqual(body["replaced"]["reference"], first["reference"])
        self.assertEqual(
            self.Ncf.search([("name", "=", first["reference"])]).state,
            body["replaced"]["state"],
        )
        self.assertIn(body["replaced"]["state"], ("released", "voided"))
        self.assertInvariant()

    def test_sale_uses_the_number_reserved(self):
        body = self.snapshot()
        held = self.assertDone(self.reserve(body["pos_reference"]))["fiscal"]
        before = self.Ncf.search_count([])
        sold = self.sell(body)["fiscal"]
        self.assertEqual(sold["reference"], held["reference"])
        self.assertEqual(sold["state"], "issued")
        self.assertEqual(self.Ncf.search_count([]), before)
        again = self.assertDone(self.reserve(body["pos_reference"]))
        self.assertFalse(again["created"])
        self.assertEqual(again["fiscal"]["state"], "issued")

    def test_types_that_number_no_sale_are_refused(self):
        for fiscal_type in ("B04", "E34", "B11"):
            with self.subTest(fiscal_type=fiscal_type):
                self.assertRefused(
                    self.reserve(self.reference(), fiscal_type=fiscal_type),
                    422,
                    "VALIDATION",
                    path="fiscal_type",
                )

    def test_type_without_a_range_is_told(self):
        refused = self.assertRefused(
            self.reserve(self.reference(), fiscal_type="B16"), 409, "NCF_NO_RANGE"
        )
        self.assertFalse(refused["retryable"])

    def test_used_up_and_expired_ranges_are_told_apart(self):
        today = fields.Date.today()
        values = {
            "company_id": self.company.id,
            "document_type_id": self.type("B16").id,
            "first_number": 1,
            "last_number": 1,
        }
        lot = self.env["nu.pos.ncf.range"].create({**values, "date_expiry": today})
        self.assertDone(self.reserve(self.reference(), fiscal_type="B16"))
        self.assertRefused(
            self.reserve(self.reference(), fiscal_type="B16"), 409, "NCF_EXHAUSTED"
        )
        lot.create(
            {
                **values,
                "first_number": 2,
                "last_number": 9,
                "date_expiry": today - timedelta(days=3),
            }
        )
        self.assertRefused(
            self.reserve(self.reference(), fiscal_type="B16"), 409, "NCF_EXPIRED"
        )

    def test_released_number_goes_out_again(self):
        reference = self.reference()
        held = self.assertDone(self.reserve(reference))["fiscal"]
        body = self.assertDone(self.release(reference, reason="the guests left"))
        self.assertEqual(body["pos_reference"], reference)
        self.assertEqual(
            (body["fiscal"]["reference"], body["fiscal"]["state"]),
            (held["reference"], "released"),
        )
        following = self.assertDone(self.reserve(self.reference()))["fiscal"]
        self.assertEqual(following["reference"], held["reference"])
        self.assertInvariant()

    def test_release_again_is_the_same_answer(self):
        reference = self.reference()
        self.assertDone(self.reserve(reference))
        first = self.assertDone(self.release(reference))
        self.assertEqual(self.assertReplayed(self.release(reference)), first)

    @succeeds("POST orders/reserve-ncf", "POST orders/release-ncf")
    def test_printed_number_is_annulled(self):
        reference = self.reference()
        held = self.assertDone(self.reserve(reference))["fiscal"]
        body = self.assertDone(
            self.release(reference, printed=True, reason_code="05", reason="torn")
        )
        self.assertEqual(body["fiscal"]["state"], "voided")
        ncf = self.Ncf.search([("name", "=", held["reference"])])
        self.assertEqual(
            (ncf.state, ncf.void_reason, ncf.void_note), ("voided", "05", "torn")
        )
        following = self.assertDone(self.reserve(self.reference()))["fiscal"]
        self.assertNotEqual(following["reference"], held["reference"])
        self.assertInvariant()

    def test_number_of_a_sale_is_not_released(self):
        sold = self.sell()
        refused = self.assertRefused(
            self.release(sold["pos_reference"]), 409, "ORDER_PAID"
        )
        self.assertEqual(refused["fiscal"]["reference"], sold["fiscal"]["reference"])
        ncf = self.Ncf.search([("name", "=", sold["fiscal"]["reference"])])
        self.assertEqual(ncf.state, "issued")

    def test_release_of_nothing_is_not_found(self):
        self.assertRefused(self.release(self.reference()), 404, "NOT_FOUND")

    def test_unknown_annulment_reason_is_refused(self):
        reference = self.reference()
        self.assertDone(self.reserve(reference))
        result = self.release(reference, printed=True, reason_code="11")
        self.assertRefused(result, 422, "VALIDATION", path="reason_code")
