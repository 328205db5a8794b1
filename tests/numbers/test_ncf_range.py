from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError
from psycopg2.errors import ExclusionViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from ..common import FiscalCase


class TestNcfRange(FiscalCase):
    def make(self, prefix="B16", first=1, last=10, **values):
        return self.env["nu.pos.ncf.range"].create(
            {
                "company_id": self.company.id,
                "document_type_id": self.type(prefix).id,
                "first_number": first,
                "last_number": last,
                "date_expiry": date(2027, 12, 31),
                **values,
            }
        )

    def test_next_number_starts_at_the_first(self):
        self.assertEqual(self.make(first=501, last=600).next_number, 501)

    def test_range_grows_to_all_ten_digits_of_an_e_ncf(self):
        """Tracking stores integers of four bytes; the messages tell the change."""
        record = self.make("E46", 1, 1000)
        self.env.cr.precommit.run()
        record.write({"last_number": 9_999_999_999, "date_expiry": "2028-12-31"})
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(record.last_number, 9_999_999_999)
        bodies = " ".join(record.message_ids.mapped("body"))
        self.assertIn("1000 → 9999999999", bodies)
        tracked = record.message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertEqual(tracked, ["date_expiry"])

    @mute_logger("odoo.sql_db")
    def test_overlap_is_refused_by_the_database(self):
        self.make(first=1, last=100)
        with self.assertRaises(ExclusionViolation), self.env.cr.savepoint():
            self.make(first=100, last=200)
        with self.assertRaises(ExclusionViolation), self.env.cr.savepoint():
            # not Python: plain SQL meets the same refusal
            self.env.cr.execute(
                "INSERT INTO nu_pos_ncf_range (company_id, document_type_id,"
                " first_number, last_number, next_number, state)"
                " VALUES (%s, %s, 50, 60, 50, 'queued')",
                [self.company.id, self.type("B16").id],
            )

    def test_other_types_and_companies_do_not_overlap(self):
        other = self.env["res.company"].create({"name": "Otra"})
        made = (
            self.make("B16", 1, 100),
            self.make("E46", 1, 100),
            self.make("B16", 1, 100, company_id=other.id),
        )
        self.assertEqual(
            [(one.company_id, one.display_name[:3], one.state) for one in made],
            [
                (self.company, "B16", "queued"),
                (self.company, "E46", "queued"),
                (other, "B16", "queued"),
            ],
        )

    @mute_logger("odoo.sql_db")
    def test_bounds_are_checked_by_the_database(self):
        for first, last in ((0, 10), (10, 9)):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.make(first=first, last=last)

    def test_a_number_has_as_many_digits_as_its_series(self):
        with self.assertRaises(ValidationError):
            self.make("B16", 1, 100_000_000)
        wide = self.make("E46", 9_999_999_990, 9_999_999_999)
        self.assertEqual(wide.last_number, 9_999_999_999)
        self.assertIn("E469999999999", wide.display_name)

    def test_types_that_expire_need_a_date(self):
        with self.assertRaises(ValidationError):
            self.make("B16", date_expiry=False)
        consumer = self.env.ref("nu_restaurant_pos.demo_range_b02")
        self.assertFalse(consumer.date_expiry)

    def test_a_type_of_another_country_is_refused(self):
        foreign = self.env["l10n_latam.document.type"].create(
            {"name": "Factura", "country_id": self.env.ref("base.mx").id}
        )
        with self.assertRaises(ValidationError):
            self.make(document_type_id=foreign.id)

    def test_what_was_taken_cannot_be_rewritten(self):
        record = self.make()
        self.take(record)
        for values in ({"first_number": 2}, {"next_number": 1}):
            with self.assertRaises(UserError):
                record.write(values)
        with self.assertRaises(UserError):
            record.unlink()
        record.last_number = 20
        self.assertEqual(record.remaining, 19)

    def take(self, record, reference="r1"):
        unit = self.env["nu.pos.unit"]
        with unit.beside(self.env) as beside:
            ncf = self.Ncf.take(
                beside, record.document_type_id, self.config, reference
            )[0]
        self.env.invalidate_all()
        return ncf

    def test_a_range_that_is_prolonged_serves_again(self):
        record = self.make(last=1)
        self.take(record)
        self.assertEqual(record.state, "exhausted")
        record.last_number = 2
        self.assertEqual(record.state, "active")
        self.assertEqual(self.take(record, "r2").sequence_number, 2)

    def test_no_number_can_be_skipped(self):
        record = self.make(first=1, next_number=5)
        self.assertEqual(record.next_number, 1)
        with self.assertRaises(UserError):
            record.next_number = 5

    def test_closing_stops_the_range_and_reopening_resumes_it(self):
        record = self.make()
        self.take(record)
        record.action_close()
        self.assertProblem("NCF_NO_RANGE", self.take, record, "r2")
        record.action_reopen()
        self.assertEqual(record.state, "active")
        self.assertEqual(self.take(record, "r2").sequence_number, 2)

    def test_every_range_that_is_closed_opens_again(self):
        """Those without expiry date too: B02, B04, E32 and E34."""
        ranges = self.env["nu.pos.ncf.range"].search(
            [
                ("company_id", "=", self.company.id),
                ("state", "in", ("queued", "active")),
            ]
        )
        self.assertIn(False, ranges.mapped("date_expiry"))
        ranges.action_close()
        self.assertEqual(set(ranges.mapped("state")), {"closed"})
        ranges.action_reopen()
        for record in ranges:
            begun = record.next_number > record.first_number
            self.assertEqual(record.state, "active" if begun else "queued", record)
        consumer = self.env.ref("nu_restaurant_pos.demo_range_b02")
        self.assertEqual(self.take(consumer).range_id, consumer)

    def test_a_range_that_expired_while_closed_stays_out_of_use(self):
        record = self.make(date_expiry=date(2027, 12, 31))
        record.action_close()
        with freeze_time("2028-01-01 04:00:00"):
            record.action_reopen()
        self.assertEqual(record.state, "expired")

    def test_progress_and_days_left(self):
        record = self.make(last=4)
        self.take(record)
        with freeze_time("2027-12-30 12:00:00"):
            record.invalidate_recordset()
            self.assertEqual(record.days_left, 1)
        self.assertEqual((record.remaining, record.used_percent), (3, 25.0))

    def test_cron_expires_ranges_at_midnight_of_santo_domingo(self):
        record = self.make(date_expiry=date(2027, 12, 31))
        Range = self.env["nu.pos.ncf.range"]
        # 03:59 UTC of 1 January is 23:59 of 31 December in Santo Domingo
        with freeze_time("2028-01-01 03:59:00"):
            Range._cron_watch()
            self.assertEqual(record.state, "queued")
        with freeze_time("2028-01-01 04:00:00"):
            Range._cron_watch()
            self.assertEqual(record.state, "expired")

    def test_low_stock_warns_a_manager_once(self):
        record = self.make(last=10, warning_numbers=10)
        self.take(record)
        for _run in range(2):
            self.env["nu.pos.ncf.range"]._cron_watch()
        self.assertEqual(len(record.activity_ids), 1)
        user = record.activity_ids.user_id
        self.assertTrue(user.has_group("point_of_sale.group_pos_manager"))
        self.assertIn(self.company, user.company_ids)

    def test_near_expiry_warns(self):
        record = self.make(last=1000, date_expiry=date(2027, 12, 31))
        self.take(record)
        with freeze_time("2027-12-10 12:00:00"):
            self.env["nu.pos.ncf.range"]._cron_watch()
        self.assertTrue(record.activity_ids)
