"""Any row of a report is written so that it reads back, and within its columns."""

import dataclasses
import re
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ...fiscal import ncf
from ...fiscal.reports import (
    checks,
    columns,
    format607,
)
from ..pure_case import PureCase
from ..report_rows import (
    FORMATS,
    MONTH,
    pesos,
    sales,
)

repeatable = settings(derandomize=True, max_examples=30, deadline=None)

_NUMBER = st.sampled_from(sorted(ncf.DOCUMENT_TYPES)).flatmap(
    lambda prefix: st.integers(1, ncf.max_sequence(prefix)).map(
        lambda number: ncf.format_ncf(prefix, number)
    )
)
_DATE = st.dates(date(2000, 1, 1), date(2099, 12, 31))
_TEXT = st.text(
    st.characters(
        codec="utf-8", exclude_characters="|\u2028\u2029", exclude_categories=["Cc"]
    )
)


def _values(column):
    if column.kind == columns.AMOUNT:
        values = st.decimals(0, pesos("999999999.99"), places=2)
    elif column.kind == columns.DATE:
        values = _DATE
    elif column.kind == columns.CODE:
        values = st.sampled_from(sorted(column.codes))
    elif column.kind == columns.NCF:
        values = _NUMBER
    elif column.kind == columns.BLANK:
        return st.none()
    elif column.letters:
        values = st.from_regex(column.letters, fullmatch=True)
    else:
        values = _TEXT.map(lambda text: text[: column.length]).filter(bool)
    if column.wanted == columns.ALWAYS:
        return values
    return st.none() | values


def rows_of(fmt):
    return st.builds(fmt.row, *map(_values, fmt.columns))


class TestAnyRow(PureCase):
    def test_what_is_written_reads_back(self):
        for fmt in FORMATS:
            self._round_trip(fmt)

    def _round_trip(self, fmt):
        @repeatable
        @given(st.lists(rows_of(fmt), max_size=4))
        def check(rows):
            data = fmt.write(MONTH, rows)
            self.assertEqual(fmt.read(data), (MONTH, rows))
            lines = data.decode().split("\r\n")
            self.assertEqual(lines.pop(), "")
            self.assertEqual(lines[0], f"{fmt.code}|131246796|202610|{len(rows)}")
            for line in lines[1:]:
                texts = line.split("|")
                self.assertEqual(len(texts), len(fmt.columns))
                for column, text in zip(fmt.columns, texts):
                    self.assertTrue(re.fullmatch(column.pattern, text), column)
                    if column.kind == columns.AMOUNT:
                        self.assertLessEqual(len(text), 12)
                    elif column.kind != columns.BLANK:
                        self.assertLessEqual(len(text), column.length)

        check()

    def test_amounts_are_written_alike_however_they_are_spelled(self):
        @repeatable
        @given(st.integers(0, 99_999_999_999), st.integers(0, 6))
        def check(cents, zeros):
            plain = Decimal(cents).scaleb(-2)
            spelled = Decimal(f"{plain}" + "0" * zeros)
            rows = [
                dataclasses.replace(sales()[0], amount=value)
                for value in (plain, spelled, plain.normalize())
            ]
            self.assertEqual(len({format607.FORMAT.line(row) for row in rows}), 1)

        check()

    def test_a_set_of_numbers_is_a_set(self):
        @repeatable
        @given(st.lists(_NUMBER, max_size=30), st.lists(_NUMBER, max_size=5))
        def check(numbers, others):
            seen, plain = checks.Numbers(), set()
            for number in numbers + numbers[:3]:
                self.assertEqual(seen.add(number), number not in plain)
                plain.add(number)
            for number in numbers + others:
                self.assertEqual(number in seen, number in plain)

        check()

    def test_the_days_of_a_month(self):
        day = MONTH.first - timedelta(days=1)
        inside = [MONTH.has(day + timedelta(days=n)) for n in range(33)]
        self.assertEqual(inside, [False] + [True] * 31 + [False])
