from datetime import date, datetime, timedelta, timezone
from unittest.mock import patch
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hypothesis import given, settings
from hypothesis import strategies as st

from ...fiscal import calendar
from ..pure_case import PureCase

repeatable = settings(derandomize=True, max_examples=100, deadline=None)
LAST_DAY = date(2026, 12, 31)
TICK = timedelta(microseconds=1)


class TestFiscalCalendar(PureCase):
    def test_the_day_changes_at_four_utc(self):
        midnight = datetime(2026, 3, 8, 4)
        self.assertEqual(calendar.fiscal_day(midnight - TICK), date(2026, 3, 7))
        self.assertEqual(calendar.fiscal_day(midnight), date(2026, 3, 8))

    def test_the_year_changes_at_four_utc(self):
        new_year = datetime(2027, 1, 1, 4)
        self.assertEqual(calendar.fiscal_day(new_year - TICK), LAST_DAY)
        self.assertEqual(calendar.fiscal_day(new_year), date(2027, 1, 1))

    def test_there_is_no_summer_time(self):
        for month in range(1, 13):
            self.assertEqual(
                calendar.day_bounds_utc(date(2026, month, 1))[0],
                datetime(2026, month, 1, 4),
            )

    def test_a_moment_of_another_zone_is_converted(self):
        madrid = datetime(2026, 7, 2, 5, 59, 59, tzinfo=ZoneInfo("Europe/Madrid"))
        self.assertEqual(calendar.fiscal_day(madrid), date(2026, 7, 1))
        tokyo = datetime(2026, 7, 2, 13, tzinfo=timezone(timedelta(hours=9)))
        self.assertEqual(calendar.fiscal_day(tokyo), date(2026, 7, 2))

    @repeatable
    @given(st.dates(date(2018, 5, 1), date(2099, 12, 30)))
    def test_the_bounds_of_a_day_hold_the_day_and_nothing_more(self, day):
        start, end = calendar.day_bounds_utc(day)
        self.assertEqual(end - start, timedelta(days=1))
        self.assertIsNone(start.tzinfo)
        self.assertEqual(calendar.fiscal_day(start), day)
        self.assertEqual(calendar.fiscal_day(end - TICK), day)
        self.assertEqual(calendar.fiscal_day(start - TICK), day - timedelta(days=1))
        self.assertEqual(calendar.fiscal_day(end), day + timedelta(days=1))

    def test_a_sequence_ends_with_the_year_after_its_authorisation(self):
        for day in (date(2026, 1, 1), date(2026, 2, 28), date(2026, 12, 31)):
            self.assertEqual(calendar.expiry_of(day), date(2027, 12, 31))

    def test_a_sequence_serves_through_its_whole_last_day(self):
        self.assertFalse(calendar.is_expired(LAST_DAY, datetime(2026, 12, 31, 4)))
        # Already January in UTC, still the last evening in Santo Domingo.
        self.assertFalse(calendar.is_expired(LAST_DAY, datetime(2027, 1, 1, 3, 59, 59)))
        self.assertTrue(calendar.is_expired(LAST_DAY, datetime(2027, 1, 1, 4)))

    def test_a_sequence_without_expiry_never_expires(self):
        self.assertFalse(calendar.is_expired(None, datetime(2999, 1, 1)))

    def test_a_field_without_expiry_never_expires(self):
        # Odoo says False of an empty date
        self.assertFalse(calendar.is_expired(False, datetime(2999, 1, 1)))

    def test_holidays_are_kept_where_the_law_moves_them(self):
        """As the Ministry of Labour published them them from 2022 to 2026."""
        moved = {
            2022: "0101 0110 0121 0124 0227 0415 0502 0616 0815 0924 1106 1225",
            2024: "0101 0106 0121 0129 0227 0329 0429 0530 0816 0924 1104 1225",
            2025: "0101 0106 0121 0126 0227 0418 0505 0619 0816 0924 1110 1225",
            2026: "0101 0105 0121 0126 0227 0403 0504 0604 0816 0924 1109 1225",
            2029: "0101 0106 0121 0129 0227 0330 0430 0531 0820 0924 1105 1225",
        }
        for year, days in moved.items():
            with self.subTest(year):
                kept = " ".join(f"{day:%m%d}" for day in calendar.holidays(year))
                self.assertEqual(kept, days)

    def test_the_restoration_stays_when_a_term_begins(self):
        self.assertIn(date(2028, 8, 16), calendar.holidays(2028), "a Wednesday")
        self.assertIn(date(2034, 8, 14), calendar.holidays(2034), "a Wednesday, moved")

    def test_dues_fall_on_the_next_working_day(self):
        for month, day, due in (
            (date(2026, 10, 1), 15, date(2026, 11, 16)),  # Sunday
            (date(2026, 10, 31), 20, date(2026, 11, 20)),  # Friday
            (date(2026, 1, 1), 15, date(2026, 2, 16)),  # Sunday
            (date(2026, 7, 1), 15, date(2026, 8, 17)),  # Saturday, Sunday the 16th
            (date(2024, 8, 1), 24, date(2024, 9, 25)),  # Las Mercedes
            (date(2027, 2, 1), 26, date(2027, 3, 29)),  # Good Friday, then the weekend
            (date(2026, 12, 1), 15, date(2027, 1, 15)),
        ):
            with self.subTest(month=month, day=day):
                self.assertEqual(calendar.due_day(month, day), due)

    def test_days_declared_for_once_count_too(self):
        closed = {date(2026, 11, 16), date(2026, 11, 17)}
        self.assertEqual(
            calendar.due_day(date(2026, 10, 1), 15, closed), date(2026, 11, 18)
        )

    @repeatable
    @given(st.dates(date(2018, 5, 1), date(2099, 12, 30)), st.integers(1, 28))
    def test_a_due_day_is_worked_and_never_early(self, month, day):
        due = calendar.due_day(month, day)
        self.assertTrue(calendar.is_working_day(due))
        nominal = (month.replace(day=28) + timedelta(4)).replace(day=day)
        self.assertGreaterEqual(due, nominal)
        self.assertLessEqual(due - nominal, timedelta(5))

    def test_a_machine_without_zone_data_keeps_the_same_days(self):
        with patch.object(calendar, "ZoneInfo", side_effect=ZoneInfoNotFoundError):
            fallback = calendar._santo_domingo()
        self.assertEqual(str(fallback), "America/Santo_Domingo")
        moment = datetime(2027, 1, 1, 3, 59, tzinfo=timezone.utc)
        self.assertEqual(moment.astimezone(fallback).date(), LAST_DAY)
        self.assertEqual(
            moment.astimezone(fallback).utcoffset(),
            moment.astimezone(calendar.SANTO_DOMINGO).utcoffset(),
        )
