"""Formats 606 to 609 to the byte: golden files, and what is written reads back."""

import dataclasses
from pathlib import Path

from ...fiscal.reports import (
    checks,
    files,
    format606,
    format607,
    format608,
    format609,
)
from ..pure_case import PureCase
from ..report_rows import (
    FORMATS,
    MONTH,
    ROWS,
    annulled,
    payments_abroad,
    pesos,
    purchases,
    sales,
)

GOLDEN = Path(__file__).parents[1] / "files/reports"


class TestGoldenFiles(PureCase):
    maxDiff = None

    def test_each_file_is_the_golden_one(self):
        for fmt in FORMATS:
            with self.subTest(fmt.code):
                golden = GOLDEN / fmt.file_name(MONTH)
                written = fmt.write(MONTH, ROWS[fmt.code]())
                self.assertEqual(written, golden.read_bytes())

    def test_the_golden_rows_are_sound(self):
        for fmt in FORMATS:
            with self.subTest(fmt.code):
                found = list(checks.check(fmt, MONTH, ROWS[fmt.code]()))
                self.assertEqual(found, [])

    def test_the_golden_files_read_back(self):
        for fmt in FORMATS:
            with self.subTest(fmt.code):
                month, rows = fmt.read((GOLDEN / fmt.file_name(MONTH)).read_bytes())
                self.assertEqual((month, rows), (MONTH, ROWS[fmt.code]()))

    def test_lines_as_the_norm_has_them(self):
        """Worked lines, written out by hand."""
        lines = {
            format606: (
                purchases()[0],
                "101850043|1|09|B0100004567||20261003|20261003||5000.00|5000.00|900.00"
                "||||900.00||||||||02",
            ),
            format607: (
                sales()[1],
                "101850043|1|B0400000007|B0100000123|01|20261012||200.00|36.00|||||||"
                "20.00|||||||",
            ),
            format608: (annulled()[0], "B0200000145|20261007|08"),
            format609: (
                payments_abroad()[0],
                "CLOUD POS LLC|2|98-7654321|840|02|24|0|INV-1001|20261009|1000.00"
                "|20261015|1000.00|270.00",
            ),
        }
        for module, (row, line) in lines.items():
            with self.subTest(module.FORMAT.code):
                self.assertEqual(module.FORMAT.line(row), line)

    def test_a_month_without_lines_is_its_header(self):
        self.assertEqual(
            format607.FORMAT.write(MONTH, []), b"607|131246796|202610|0\r\n"
        )

    def test_names_lose_their_accents_when_the_tool_refuses_them(self):
        data = format609.FORMAT.write(MONTH, payments_abroad(), plain_ascii=True)
        self.assertTrue(data.isascii())
        self.assertIn(b"Pena & Nunez, S.L.|", data)

    def test_rows_have_the_columns_of_the_table_in_their_order(self):
        for fmt, count in zip(FORMATS, (23, 23, 3, 13)):
            with self.subTest(fmt.code):
                names = [field.name for field in dataclasses.fields(fmt.row)]
                self.assertEqual(names, [column.name for column in fmt.columns])
                numbers = [column.number for column in fmt.columns]
                self.assertEqual(numbers, list(range(1, count + 1)))


class TestStreams(PureCase):
    def test_a_stream_gives_the_same_bytes_in_pieces(self):
        rows = sales() * 2500
        pieces = list(format607.FORMAT.stream(MONTH, iter(rows), len(rows)))
        self.assertEqual(b"".join(pieces), format607.FORMAT.write(MONTH, rows))
        self.assertGreater(len(pieces), 5)
        self.assertLess(max(map(len, pieces)), 400_000)

    def test_a_stream_reads_no_further_than_it_writes(self):
        taken = []

        def rows():
            for row in sales() * 2500:
                taken.append(row)
                yield row

        stream = format607.FORMAT.stream(MONTH, rows(), 10_000)
        self.assertEqual(next(stream), b"607|131246796|202610|10000\r\n")
        self.assertFalse(taken)
        next(stream)
        self.assertLess(len(taken), 3000)

    def test_a_wrong_count_is_refused(self):
        for count in (1, 3):
            with self.assertRaises(files.ReportError) as caught:
                list(format608.FORMAT.stream(MONTH, annulled(), count))
            self.assertEqual(caught.exception.problems[0].code, "COUNT")

    def test_a_value_that_does_not_fit_stops_the_file_and_names_its_place(self):
        wrong = {
            "amount": (pesos("-1"), "AMOUNT_NEGATIVE"),
            "itbis": (pesos("0.005"), "AMOUNT_DECIMALS"),
            "tip": (1.5, "AMOUNT"),
            "card": (pesos("1000000000"), "AMOUNT_SIZE"),
            "identity": ("1_01", "FORMAT"),
            "ncf": ("B0100000000", "NCF_ZERO"),
            "modified_ncf": ("B9900000001", "NCF_TYPE"),
            "income_type": ("1", "UNKNOWN_CODE"),
            "date": ("5/10/2026", "DATE"),
            "itbis_perceived": ("x", "NOT_IN_FORCE"),
        }
        for name, (value, code) in wrong.items():
            with self.subTest(name):
                row = dataclasses.replace(sales()[0], **{name: value})
                [problem, *_more] = checks.row_problems(format607.FORMAT, row, MONTH)
                self.assertEqual(problem.code, code)
                if code.startswith("NCF"):
                    continue  # well formed: a matter of the checks, not of the file
                with self.assertRaises(files.ReportError) as caught:
                    format607.FORMAT.write(MONTH, [sales()[0], row])
                [problem] = caught.exception.problems
                column = format607.FORMAT.column(name)
                self.assertEqual(
                    (problem.line, problem.column, problem.code),
                    (2, column.number, code),
                )

    def test_no_value_breaks_out_of_its_column(self):
        for name in ("a|b", "a\r\nb", "a\nb", "x" * 51, "", "\ud800", "a\x85b"):
            row = dataclasses.replace(payments_abroad()[0], name=name)
            with self.subTest(name), self.assertRaises(files.ReportError):
                format609.FORMAT.write(MONTH, [row])

    def test_reporter_and_month_must_be_such(self):
        for values in (("1-31-24679-6", 2026, 10), ("", 2026, 1), ("1" * 9, 2026, 13)):
            with self.subTest(values), self.assertRaises(files.ReportError):
                files.Month(*values)


class TestReader(PureCase):
    def rows(self, text):
        return format608.FORMAT.read(text.encode()).rows

    def codes(self, text):
        with self.assertRaises(files.ReportError) as caught:
            self.rows(text)
        return [(p.line, p.column, p.code) for p in caught.exception.problems]

    def test_older_line_ends_are_read(self):
        text = "608|131246796|202610|1\nB0200000145|20261007|08"
        self.assertEqual(self.rows(text), annulled()[:1])

    def test_each_fault_is_named(self):
        head = "608|131246796|202610|1\r\n"
        for text, found in (
            ("", [(0, 0, "HEADER")]),
            ("607|131246796|202610|0\r\n", [(0, 0, "HEADER")]),
            ("608|131246796|202613|0\r\n", [(0, 0, "PERIOD")]),
            (head, [(0, 0, "COUNT")]),
            (head + "B0200000145|20261007\r\n", [(1, 0, "COLUMNS")]),
            (head + "|B0200000145|20261007|08|\r\n", [(1, 0, "COLUMNS")]),
            (head + "B0200000145|20261399|8\r\n", [(1, 2, "DATE"), (1, 3, "FORMAT")]),
            (head + "|20261007|08\r\n", [(1, 1, "REQUIRED")]),
        ):
            with self.subTest(text):
                self.assertEqual(self.codes(text), found)

    def test_what_is_no_text_is_refused(self):
        with self.assertRaises(files.ReportError) as caught:
            format609.FORMAT.read(b"609|131246796|202610|1\r\n\xff")
        self.assertEqual(caught.exception.problems[0].code, "ENCODING")
