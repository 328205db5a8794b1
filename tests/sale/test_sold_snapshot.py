"""How the snapshot of a paid sale is read: no database."""

import copy
from decimal import Decimal

from odoo.tests import BaseCase

from ...schemas.snapshot import Snapshot, carries_payments
from ...schemas.sold import SoldError, read_sold

SALE = {
    "pos_reference": "NU/1",
    "config_id": 1,
    "fiscal_type": "B02",
    "lines": [{"id": "a", "product_id": 7, "qty": 1, "price_unit": 500}],
    "payments": [{"payment_method_id": 1, "amount": 640}],
    "amount_total": 640,
}


class TestSoldSnapshot(BaseCase):
    def read_sale(self, line=(), payment=(), **values):
        sale = copy.deepcopy(SALE)
        sale["lines"][0].update(line)
        sale["payments"][0].update(payment)
        return read_sold({**sale, **values})

    def told(self, warnings):
        return [(warning["code"], warning["path"]) for warning in warnings]

    def assertRefused(self, paths, **values):
        with self.assertRaises(SoldError) as caught:
            self.read_sale(**values)
        self.assertEqual([error["path"] for error in caught.exception.errors], paths)

    def test_a_plain_sale_is_read_as_ever(self):
        snapshot, warnings = self.read_sale()
        self.assertEqual(warnings, [])
        self.assertTrue(snapshot.is_sold)
        self.assertEqual(
            snapshot.request_fingerprint(),
            Snapshot.model_validate(SALE).request_fingerprint(),
        )

    def test_unknown_keys_are_left_out_wherever_they_are(self):
        snapshot, warnings = self.read_sale(
            line={"colour": "red"}, payment={"bank": {"a": 1}}, tipp=1
        )
        self.assertEqual(
            self.told(warnings),
            [
                ("UNKNOWN_FIELD", "lines[0].colour"),
                ("UNKNOWN_FIELD", "payments[0].bank"),
                ("UNKNOWN_FIELD", "tipp"),
            ],
        )
        self.assertEqual(warnings[1]["given"], '{"a": 1}')
        self.assertEqual(snapshot.amount_total, Decimal(640))

    def test_keys_of_outboxes_are_ignored_without_a_word(self):
        _snapshot, warnings = self.read_sale(_hubSnapshot={"any": ["thing"]})
        self.assertEqual(warnings, [])
        draft = {**SALE, "_hubSnapshot": 1}
        self.assertEqual(Snapshot.model_validate(draft).pos_reference, "NU/1")

    def test_line_ends_of_windows_are_line_feeds(self):
        snapshot, warnings = self.read_sale(
            line={"note": "a\r\nb\rc"}, note="x\r\ny\tz"
        )
        self.assertEqual(snapshot.note, "x\ny\tz")
        self.assertEqual(snapshot.lines[0].note, "a\nb\nc")
        self.assertEqual(warnings, [])
        draft = Snapshot.model_validate({**SALE, "note": "x\r\ny"})
        self.assertEqual(draft.note, "x\ny", "drafts, too")

    def test_control_characters_are_left_out(self):
        odd = "a\x00b\x07c\x7fd\ud800e"
        snapshot, warnings = self.read_sale(
            line={"customer_note": odd}, note=odd, metadata={odd: [odd]}
        )
        self.assertEqual(snapshot.note, "abcde")
        self.assertEqual(snapshot.lines[0].customer_note, "abcde")
        self.assertEqual(snapshot.metadata, {"abcde": ["abcde"]})
        self.assertEqual(
            {code for code, _path in self.told(warnings)}, {"TEXT_CHANGED"}
        )
        self.assertEqual(
            [path for _code, path in self.told(warnings)],
            ["lines[0].customer_note", "note", "metadata.abcde[0]"],
        )

    def test_long_texts_are_cut_and_the_whole_is_evidence(self):
        snapshot, warnings = self.read_sale(note="n" * 450, line={"note": "m" * 257})
        self.assertEqual((len(snapshot.note), len(snapshot.lines[0].note)), (256, 256))
        self.assertEqual(
            self.told(warnings),
            [("TEXT_CUT", "lines[0].note"), ("TEXT_CUT", "note")],
        )
        self.assertEqual(warnings[1]["given"], "n" * 450)

    def test_of_a_card_number_the_last_digits_are_left(self):
        snapshot, warnings = self.read_sale(payment={"card_no": "4111111111111234"})
        self.assertEqual(snapshot.payments[0].card_no, "1234")
        self.assertEqual(self.told(warnings), [("TEXT_CUT", "payments[0].card_no")])
        self.assertNotIn("given", warnings[0])

    def test_ornaments_of_another_type_are_left_out(self):
        values = {
            "guest_count": "two",
            "table_id": -1,
            "table": [],
            "employee_id": 1.5,
            "kitchen_status": "burnt",
            "date_order": "2026-11-21 14:00",
            "base_version": "x",
            "metadata": [],
            "session_id": True,
            "approvals": "yes",
            "uuid": {},
        }
        for name, value in values.items():
            with self.subTest(name):
                snapshot, warnings = self.read_sale(**{name: value})
                self.assertEqual(self.told(warnings), [("FIELD_IGNORED", name)])
                self.assertEqual(
                    getattr(snapshot, name), Snapshot.model_fields[name].default
                )

    def test_spellings_of_hubs_are_repaired_in_place(self):
        snapshot, warnings = self.read_sale(
            line={"customerNote": "n" * 300}, guestCount="x", staffName=12
        )
        self.assertEqual(
            sorted(self.told(warnings)),
            [("FIELD_IGNORED", "guest_count"), ("TEXT_CUT", "lines[0].customer_note")],
        )
        self.assertEqual(snapshot.staff_name, "12", "a number is text enough")

    def test_double_and_odd_ids_of_lines_are_left_out(self):
        line = {"product_id": 7, "price_unit": 1}
        lines = [{**line, "id": "a"}, {**line, "id": "a"}, {**line, "id": "línea 3"}]
        snapshot, warnings = self.read_sale(lines=lines)
        self.assertEqual([line.id for line in snapshot.lines], ["a", None, None])
        self.assertEqual(
            self.told(warnings),
            [("FIELD_IGNORED", "lines[1].id"), ("FIELD_IGNORED", "lines[2].id")],
        )

    def test_what_money_and_number_depend_on_is_refused(self):
        for path, values in (
            ("lines[0].qty", {"line": {"qty": "x"}}),
            ("lines[0].price_unit", {"line": {"price_unit": -1}}),
            ("lines[0].discount", {"line": {"discount": 101}}),
            ("lines[0].tax_ids[0]", {"line": {"tax_ids": ["x"]}}),
            ("lines[0].is_voided", {"line": {"is_voided": "perhaps"}}),
            ("payments[0].amount", {"payment": {"amount": "1,200"}}),
            ("payments[0].amount", {"payment": {"amount": float("nan")}}),
            ("amount_total", {"amount_total": "much"}),
            ("partner_id", {"partner_id": "x"}),
            ("mode", {"mode": "gift"}),
            ("order_type", {"order_type": "drive_in"}),
            ("pos_reference", {"pos_reference": "a b"}),
            ("pos_reference", {"pos_reference": None}),
            ("lines", {"lines": "none"}),
        ):
            with self.subTest(path=path, values=values):
                self.assertRefused([path], **values)

    def test_all_that_is_refused_is_told_and_ornaments_are_not(self):
        self.assertRefused(
            ["lines[0].qty", "payments[0].amount"],
            line={"qty": "x", "note": "n" * 999},
            payment={"amount": None},
            guest_count="x",
        )

    def test_bottomless_metadata_is_cut_off(self):
        deep = {}
        for _level in range(60):
            deep = {"a": deep}
        snapshot, warnings = self.read_sale(metadata=deep)
        self.assertEqual(
            [code for code, _path in self.told(warnings)], ["FIELD_IGNORED"]
        )
        self.assertLess(str(snapshot.metadata).count("a"), 20)

    def test_warnings_are_bounded(self):
        _snapshot, warnings = self.read_sale(
            **{f"odd_{index}": 1 for index in range(500)}
        )
        self.assertEqual(len(warnings), 50)

    def test_noise_of_binary_floats_is_no_quantity(self):
        for noisy, plain in (
            (0.1 + 0.2, "0.3"),
            (2.9999999999999996, "3"),
            (0.30000001192092896, "0.3"),
            ("0.345", "0.345"),
            (0.3333333, "0.3333333"),
        ):
            with self.subTest(noisy=noisy):
                snapshot, _warnings = self.read_sale(line={"qty": noisy})
                self.assertEqual(snapshot.lines[0].qty, Decimal(plain))

    def test_payments_are_found_under_each_name(self):
        self.assertTrue(carries_payments(SALE))
        payment = {"payment_method_id": 1, "amount": 0}
        for name in ("statement_ids", "statementIds", "payment_ids"):
            self.assertTrue(carries_payments({name: [[0, 0, payment]]}))
        for data in ({"payments": []}, {"payments": None}, {}, [], "text", None):
            self.assertFalse(carries_payments(data))

    def test_a_repeat_has_the_same_fingerprint_in_another_spelling(self):
        first, _warnings = self.read_sale(line={"qty": 0.1 + 0.2})
        camel = {
            "posReference": "NU/1",
            "configId": 1,
            "fiscalType": "02",
            "lines": [
                {"id": "a", "productId": 7, "qty": "0.30", "priceUnit": "500.00"}
            ],
            "statement_ids": [[0, 0, {"payment_method_id": 1, "amount": "640.00"}]],
            "amountTotal": 640.0,
        }
        second, _warnings = read_sold(camel)
        self.assertEqual(first.content_fingerprint(), second.content_fingerprint())
        self.assertEqual(
            first.fingerprints({}).split(":")[:3],
            second.fingerprints({}).split(":")[:3],
        )
