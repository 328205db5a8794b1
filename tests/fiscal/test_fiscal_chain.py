import json
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from io import StringIO

from ...fiscal import chain
from ..pure_case import PureCase


def entries(count, start=1, previous=chain.GENESIS):
    """A chain of rows; ids are ten times the place."""
    made = []
    for seq in range(start, start + count):
        row = {
            "id": seq * 10,
            "event": "create",
            "create_date": datetime(2026, 11, 21, 4, 0, seq % 60),
            "ncf": None,
            "payload": '{"total":"640","note":"ñ"}',
        }
        digest = chain.link(previous, row)
        made.append(chain.Entry(seq, previous, digest, row, row["id"]))
        previous = digest
    return made


def text_of(made, **header):
    header = {
        "company_id": 1,
        "first_seq": made[0].seq,
        "last_seq": made[-1].seq,
        "count": len(made),
        "previous_hash": made[0].prev_hash,
        "last_hash": made[-1].hash,
        **header,
    }
    return [chain.header_line(**header), *map(chain.entry_line, made)]


class TestChain(PureCase):
    def assertBroken(self, made, seq, row_id, reason):
        verdict = chain.verify(made)
        self.assertFalse(verdict.ok)
        self.assertEqual(tuple(verdict.broken)[:3], (seq, row_id, reason))

    def test_an_untouched_chain_holds(self):
        made = entries(50)
        verdict = chain.verify(iter(made))
        self.assertTrue(verdict.ok)
        self.assertEqual((verdict.count, verdict.seq), (50, 50))
        self.assertEqual(verdict.hash, made[-1].hash)

    def test_an_empty_chain_holds(self):
        self.assertTrue(chain.verify([]).ok)

    def test_any_changed_field_names_its_row(self):
        for name, value in (
            ("event", "update"),
            ("create_date", datetime(2026, 11, 21, 4, 0, 59)),
            ("ncf", "B0200000001"),
            ("payload", '{"total":"641","note":"ñ"}'),
        ):
            with self.subTest(field=name):
                made = entries(9)
                made[4] = made[4]._replace(row={**made[4].row, name: value})
                self.assertBroken(made, 5, 50, "altered")

    def test_an_emptied_field_names_its_row(self):
        made = entries(9)
        made[4] = made[4]._replace(row={**made[4].row, "payload": None})
        self.assertBroken(made, 5, 50, "altered")

    def test_a_removed_row_is_named_by_its_seal(self):
        made = entries(9)
        made[4] = made[4]._replace(row=None)
        self.assertBroken(made, 5, 50, "missing")

    def test_a_removed_entry_is_named_by_its_place(self):
        made = entries(9)
        del made[4]
        self.assertBroken(made, 5, None, "gap")
        self.assertIn("after row 40", chain.describe(chain.verify(made).broken))

    def test_swapped_rows_name_the_first(self):
        made = entries(9)
        one, two = made[3], made[6]
        made[3] = one._replace(row={**two.row, "id": one.row_id})
        made[6] = two._replace(row={**one.row, "id": two.row_id})
        self.assertBroken(made, 4, 40, "altered")

    def test_swapped_entries_name_the_first(self):
        made = entries(9)
        made[3], made[6] = (
            made[6]._replace(seq=made[3].seq),
            made[3]._replace(seq=made[6].seq),
        )
        self.assertBroken(made, 4, 70, "link")

    def test_a_hash_computed_anew_breaks_the_next_entry(self):
        made = entries(9)
        row = {**made[4].row, "event": "update"}
        made[4] = made[4]._replace(row=row, hash=chain.link(made[4].prev_hash, row))
        self.assertBroken(made, 6, 60, "link")

    def test_a_repeated_entry_is_out_of_order(self):
        made = entries(3)
        self.assertBroken([*made, made[-1]], 3, 30, "order")

    def test_a_field_added_later_leaves_old_hashes_alone(self):
        row = {"id": 1, "event": "create"}
        self.assertEqual(
            chain.link(chain.GENESIS, row),
            chain.link(chain.GENESIS, {**row, "added": None}),
        )

    def test_every_reason_has_a_sentence(self):
        for reason in chain.REASONS:
            self.assertTrue(chain.describe(chain.Break(1, None, reason)))


class TestFile(PureCase):
    def test_a_file_holds_by_itself(self):
        lines = text_of(entries(20))
        header, verdict = chain.verify_file(iter(lines))
        self.assertTrue(verdict.ok, verdict)
        self.assertEqual((header["count"], verdict.count), (20, 20))

    def test_a_part_of_a_chain_holds_from_its_own_beginning(self):
        lines = text_of(entries(20)[7:13])
        _header, verdict = chain.verify_file(lines)
        self.assertTrue(verdict.ok, verdict)
        self.assertEqual((verdict.count, verdict.seq), (6, 13))

    def test_one_byte_of_any_line_is_named(self):
        lines = text_of(entries(5))
        for number in range(1, 6):
            with self.subTest(line=number):
                bad = list(lines)
                bad[number] = bad[number].replace("640", "641")
                _header, verdict = chain.verify_file(bad)
                self.assertEqual(
                    tuple(verdict.broken)[:3], (number, number * 10, "altered")
                )

    def test_lines_left_out_are_noticed(self):
        lines = text_of(entries(5))
        for kept, reason in (
            (lines[:1], "truncated"),
            (lines[:4], "truncated"),
            (lines[:1] + lines[2:], "gap"),
            (lines[:3] + lines[4:], "gap"),
        ):
            _header, verdict = chain.verify_file(kept)
            self.assertEqual(verdict.broken.reason, reason)

    def test_another_end_than_the_header_says_is_noticed(self):
        _header, verdict = chain.verify_file(text_of(entries(5), last_hash="a" * 64))
        self.assertEqual(verdict.broken.reason, "rewritten")

    def test_what_is_no_chain_names_its_line(self):
        good = text_of(entries(2))
        for lines, line in (
            ([], 1),
            (["nonsense"], 1),
            (["[]"], 1),
            ([json.dumps({"format": "other/1"})], 1),
            ([chain.header_line(first_seq=1)], 1),
            ([good[0], "{}"], 2),
            ([good[0], good[1], '{"seq":2,"id":1.5}'], 3),
            ([good[0], "[" * 100_000], 2),
        ):
            with self.subTest(line=line):
                with self.assertRaises(chain.ChainFileError) as caught:
                    chain.verify_file(lines)
                self.assertIn(f"Line {line}", str(caught.exception))

    def test_the_command_tells_by_its_status(self):
        for change, status in (("640", 0), ("641", 1)):
            with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
                lines = text_of(entries(3))
                lines[2] = lines[2].replace("640", change)
                file.write("\n".join(lines) + "\n")
                file.flush()
                out, err = StringIO(), StringIO()
                with redirect_stdout(out), redirect_stderr(err):
                    self.assertEqual(chain.main([file.name]), status)
            told = (err if status else out).getvalue()
            self.assertIn("row 20" if status else "3 rows hold", told)

    def test_the_command_tells_of_a_file_that_is_not_there(self):
        with redirect_stderr(StringIO()):
            self.assertEqual(chain.main(["/nowhere/at/all"]), 1)
