"""Importing DGII's list: whole or not at all, again, and after interruptions."""

import base64
import json
from unittest.mock import patch

import requests

from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...fiscal.taxpayers import read_chunks
from ...models.taxpayers import nu_pos_rnc_import
from ...models.taxpayers import rnc_download as nu_pos_rnc_download
from ..rnc import CONUCO, KNOWN, OLD, PENA, RncCase, line, listing, zipped

JOB = "odoo.addons.nu_restaurant_pos.models.taxpayers.nu_pos_rnc_import"


@tagged("post_install", "-at_install")
class TestImport(RncCase):
    def test_text_and_zip_say_the_same(self):
        for data in (KNOWN, zipped(KNOWN.encode("cp1252"))):
            record = self.load(data)
            self.assertEqual((record.state, record.message), ("done", False))
            self.assertEqual(record.lines_good, 3)
            self.assertEqual(
                self.names(),
                {
                    CONUCO: "RESTAURANTE EL CONUCO SRL",
                    PENA: "PEÑA & NÚÑEZ, S.R.L.",
                    OLD: "JUAN PÉREZ",
                },
            )
        pena = self.Rnc.search([("rnc", "=", PENA)])
        self.assertEqual((pena.state, pena.regime), ("SUSPENDIDO", "RST"))
        self.assertEqual(str(pena.start_date), "2015-02-01")
        self.assertFalse(self.Rnc.search([("rnc", "=", OLD)]).start_date)

    def test_figures_of_the_first_and_of_the_next_time(self):
        first = self.load(KNOWN + listing(20))
        self.assertEqual(
            (first.inserted, first.updated, first.unchanged, first.missing),
            (23, 0, 0, 0),
        )
        changed = KNOWN.replace("SUSPENDIDO", "ACTIVO") + listing(20)[:-1] + "\n"
        second = self.load(changed + line("131000001", "NUEVA SRL"))
        self.assertEqual(
            (second.inserted, second.updated, second.unchanged, second.missing),
            (1, 1, 22, 0),
        )
        self.assertEqual(self.Rnc.search([("rnc", "=", PENA)]).state, "ACTIVO")

    def test_who_is_not_listed_any_more_stays_and_is_marked(self):
        self.load(KNOWN + listing(30))
        record = self.load(listing(30) + KNOWN.partition("\n")[0] + "\n")
        self.assertEqual(record.missing, 2)
        pena = self.Rnc.search([("rnc", "=", PENA)])
        self.assertTrue(pena.missing_since)
        self.assertFalse(self.Rnc.search([("rnc", "=", CONUCO)]).missing_since)
        back = self.load(listing(30) + KNOWN)
        self.assertEqual((back.updated, back.missing), (2, 0))
        self.env.invalidate_all()
        self.assertFalse(pena.missing_since)

    def test_untouched_rows_are_not_written(self):
        self.load(KNOWN)
        self.env.cr.execute("SELECT rnc, ctid::text FROM nu_pos_rnc ORDER BY rnc")
        before = self.env.cr.fetchall()
        self.load(KNOWN)
        self.env.cr.execute("SELECT rnc, ctid::text FROM nu_pos_rnc ORDER BY rnc")
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_of_a_number_listed_twice_the_last_line_counts(self):
        record = self.load(line(CONUCO, "ANTES SRL") + KNOWN)
        self.assertEqual((record.duplicates, record.inserted), (1, 3))
        self.assertEqual(self.names()[CONUCO], "RESTAURANTE EL CONUCO SRL")

    def test_malformed_lines_are_counted_and_shown(self):
        record = self.load(KNOWN + "1|2\r\n" + line("12", "CORTA") + listing(2))
        self.assertEqual((record.lines_bad, record.lines_good), (2, 5))
        self.assertEqual(
            record.bad_sample.splitlines(),
            ["4: columns: 1|2", f"5: rnc: {line('12', 'CORTA').strip()}"],
        )
        self.assertEqual(record.state, "done")

    def test_names_cannot_break_out_of_the_copy(self):
        awkward = "A\\tB\\N\\. 'x'; --"
        self.load(line(CONUCO, awkward) + line(PENA, "\\."))
        self.assertEqual(self.names()[CONUCO], awkward)
        self.assertEqual(self.names()[PENA], "\\.")

    def test_the_file_is_not_kept_but_its_fingerprint_is(self):
        record = self.load(KNOWN)
        self.assertFalse(record.file)
        self.assertEqual(len(record.checksum), 40)

    def test_the_audit_tells_who_imported_what(self):
        audit = self.env["nu_restaurant_pos.order_audit"]
        last = audit.search([], limit=1).id
        record = self.load(KNOWN)
        [row] = audit.search([("id", ">", last), ("event", "=", "config")])
        payload = json.loads(row.payload)
        self.assertEqual(row.user_id, self.ref("user_manager"))
        self.assertEqual(
            (payload["act"], payload["state"], payload["inserted"], payload["sha1"]),
            ("rnc_import", "done", 3, record.checksum),
        )

    def test_form_left_without_a_file_leaves_no_record(self):
        Import = self.Import.with_user(self.ref("user_manager"))
        before = Import.search_count([])
        form = Form(Import)
        with self.assertRaisesRegex(AssertionError, "file is a required field"):
            form.save()
        self.assertEqual(Import.search_count([]), before)

    def test_a_manager_uploads_and_starts_it(self):
        manager = self.ref("user_manager")
        with Form(self.Import.with_user(manager)) as form:
            form.file = base64.b64encode(KNOWN.encode("cp1252"))
        form.record.action_start()
        self.assertEqual(form.record.user_id, manager)
        cron = self.env.ref("nu_restaurant_pos.cron_rnc_import")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertTrue(triggers, "the job is called at once")


@tagged("post_install", "-at_install")
class TestBroken(RncCase):
    def assertUntouched(self):
        self.assertEqual(set(self.names()), {CONUCO, PENA, OLD})
        self.env.cr.execute("SELECT count(*) FROM nu_pos_rnc_staging")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    @mute_logger(JOB)
    def test_a_broken_file_changes_nothing(self):
        self.load(KNOWN)
        whole = zipped(listing(500).encode())
        for data, words in (
            (whole[:-40], "cut off"),
            (listing(500)[:-20], "middle of a line"),
            ("no list\n", "no taxpayer"),
        ):
            with self.subTest(words), self.in_chunks_of(100):
                record = self.load(data)
                self.assertEqual(record.state, "failed")
                self.assertIn(words, record.message)
                self.assertUntouched()

    @mute_logger(JOB)
    def test_after_a_failure_another_file_may_be_tried(self):
        record = self.load("no list\n")
        record.with_user(self.ref("user_manager")).write(
            {"file": base64.b64encode(KNOWN.encode("cp1252"))}
        )
        record.with_user(self.ref("user_manager")).action_start()
        self.work()
        self.assertEqual((record.state, record.message), ("done", False))
        self.assertEqual((record.lines_read, record.lines_bad), (3, 0))

    def test_a_list_that_lost_many_is_confirmed_first(self):
        self.load(KNOWN + listing(40))
        record = self.load(KNOWN)
        self.assertEqual(record.state, "refused")
        self.assertIn("3 taxpayers, 43 are listed", record.message)
        self.assertFalse(self.Rnc.search_count([("missing_since", "!=", False)]))
        record.with_user(self.ref("user_manager")).action_confirm()
        self.work()
        self.assertEqual((record.state, record.missing), ("done", 40))

    def test_so_is_one_with_many_malformed_lines(self):
        bad = "x|y\r\n" * 101
        record = self.load(KNOWN + bad)
        self.assertEqual(record.state, "refused")
        self.assertIn("101 of 104 lines", record.message)
        self.assertEqual(len(record.bad_sample.splitlines()), nu_pos_rnc_import.SAMPLE)
        self.assertFalse(self.Rnc.search_count([]))

    def test_what_has_ended_is_not_started_again(self):
        record = self.load(KNOWN).with_user(self.ref("user_manager"))
        for act in (record.action_start, record.action_confirm):
            with self.assertRaises(UserError):
                act()
        with self.assertRaises(UserError):
            record.write({"file": False})
        empty = self.Import.with_user(self.ref("user_manager")).create({})
        with self.assertRaises(UserError):
            empty.action_start()


@tagged("post_install", "-at_install")
class TestInterrupted(RncCase):
    def interrupt(self, data, after):
        """An import whose process dies before its chunk number ``after`` is staged."""
        stage, seen = type(self.Import)._stage, []

        def dying(job, found):
            seen.append(len(found))
            if len(seen) > after:
                raise MemoryError("the machine is gone")
            return stage(job, found)

        record = self.prepare(data)
        with self.in_chunks_of(10), patch.object(type(self.Import), "_stage", dying):
            self.die()
        return record

    def die(self):
        """The job, which must not survive; what it committed stays."""
        # Odoo's assertRaises would take back what other cursors have committed
        try:
            self.work()
        except MemoryError:
            self.env.invalidate_all()
        else:
            self.fail("the job has survived")

    def resume(self):
        """Run on; the lines that were skipped, as each reading was asked to."""
        skipped = []

        def reading(stream, size, skip):
            skipped.append(skip)
            return read_chunks(stream, size, skip)

        with (
            self.in_chunks_of(10),
            patch.object(nu_pos_rnc_import, "read_chunks", reading),
        ):
            self.work()
        return skipped

    def test_it_goes_on_where_it_was(self):
        record = self.interrupt(zipped(listing(55).encode()), after=3)
        self.assertEqual((record.state, record.lines_read), ("loading", 30))
        self.assertFalse(self.Rnc.search_count([]))
        self.assertEqual(self.resume(), [30])
        self.assertEqual(record.state, "done")
        self.assertEqual((record.lines_read, record.inserted), (55, 55))
        self.assertEqual(self.Rnc.search_count([]), 55)

    def test_it_begins_again_when_the_staged_lines_are_gone(self):
        """As after a crash of the database server: the table is unlogged."""
        record = self.interrupt(listing(55), after=3)
        self.env.cr.execute("TRUNCATE nu_pos_rnc_staging")
        self.assertEqual(self.resume(), [0])
        self.assertEqual((record.lines_good, record.inserted), (55, 55))

    def test_before_the_first_chunk_nothing_is_lost(self):
        record = self.interrupt(listing(25), after=0)
        self.assertEqual(self.resume(), [0])
        self.assertEqual((record.state, record.inserted), ("done", 25))

    def test_an_interrupted_merge_is_done_again(self):
        self.load(KNOWN)
        record = self.prepare(KNOWN + listing(15))
        merge = type(self.Import)._end

        def dying(job, state, *args, **figures):
            merge(job, state, *args, **figures)
            raise MemoryError("the machine is gone")

        with patch.object(type(self.Import), "_end", dying):
            self.die()
        self.assertEqual(self.Rnc.search_count([]), 3)
        self.assertEqual(record.state, "loading")
        self.assertEqual(self.resume(), [18])
        self.assertEqual((record.state, record.inserted), ("done", 15))

    def test_two_processes_do_not_work_at_once(self):
        record = self.prepare(KNOWN)
        lock = "SELECT {}(hashtext(%s))"
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute(lock.format("pg_advisory_lock"), [nu_pos_rnc_import._LOCK])
            self.assertFalse(record._run())
            self.assertEqual(record.state, "queued")
            other.execute(lock.format("pg_advisory_unlock"), [nu_pos_rnc_import._LOCK])
        self.assertTrue(record._run())
        self.assertEqual(record.state, "done")

    def test_a_live_import_is_neither_edited_nor_deleted(self):
        record = self.interrupt(listing(25), after=1)
        mine = record.with_user(self.ref("user_manager"))
        for act in (mine.unlink, lambda: mine.write({"file": False})):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                act()


class Answer:
    """What ``requests`` gives back."""

    def __init__(self, data, url, length=None):
        self.data, self.url = data, url
        self.headers = {"Content-Length": str(length or len(data))}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def raise_for_status(self):
        pass

    def iter_content(self, size):
        yield self.data


@tagged("post_install", "-at_install")
class TestDownload(RncCase):
    ADDRESS = "https://dgii.example/RNC/DGII_RNC.zip"

    def setUp(self):
        super().setUp()
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("nu_pos.rnc_url", self.ADDRESS)
        self.env.flush_all()

    def fetch(self, answer):
        with patch.object(nu_pos_rnc_download.requests, "get", side_effect=answer):
            self.Import._cron_download()
            self.work()
        return self.Import.search([], limit=1)

    def test_the_list_comes_from_the_address(self):
        data = zipped(KNOWN.encode("cp1252"))
        record = self.fetch(lambda url, **options: Answer(data, url))
        self.assertEqual((record.state, record.inserted), ("done", 3))
        self.assertEqual(record.file_name, "DGII_RNC.zip")

    @mute_logger(JOB)
    def test_what_does_not_come_changes_nothing(self):
        def refused(url, **options):
            raise requests.ConnectionError("no way")

        for answer, words in (
            (refused, "no way"),
            (lambda url, **options: Answer(b"x", url, 9), "1 of 9"),
            (lambda url, **options: Answer(b"x", "http://dgii.example"), "https"),
        ):
            with self.subTest(words):
                record = self.fetch(answer)
                self.assertEqual(record.state, "failed")
                self.assertIn(words, record.message)

    def test_nothing_is_downloaded_unless_somebody_wants_it(self):
        cron = self.env.ref("nu_restaurant_pos.cron_rnc_download")
        self.assertFalse(cron.active)


@tagged("post_install", "-at_install")
class TestRights(RncCase):
    def test_managers_import_and_accountants_look(self):
        self.load(KNOWN)
        may = {
            "user_manager": ("r", "rwcu"),
            "user_accountant": ("r", "r"),
            "user_cashier": ("", ""),
            "user_hub": ("", ""),
        }
        letters = dict(read="r", write="w", create="c", unlink="u")
        for name, rights in may.items():
            for model, wanted in zip((self.Rnc, self.Import), rights):
                mine = model.with_user(self.ref(name))
                found = "".join(
                    letter for act, letter in letters.items() if mine.has_access(act)
                )
                with self.subTest(name, model=model._name):
                    self.assertEqual(found, wanted)

    def test_the_job_writes_the_figures_and_nobody_else(self):
        imports = self.Import.with_user(self.ref("user_manager"))
        with self.assertRaises(AccessError):
            imports.create({"state": "done"})
        record = imports.create({})
        for values in ({"inserted": 5}, {"state": "queued"}, {"force": True}):
            with self.assertRaises(AccessError):
                record.write(values)

    def test_accountants_start_no_import(self):
        record = self.prepare(KNOWN).with_user(self.ref("user_accountant"))
        for act in (record.action_start, record.action_confirm):
            with self.assertRaises(AccessError):
                act()

    def test_nobody_edits_the_list(self):
        self.load(KNOWN)
        record = self.Rnc.search([], limit=1)
        admin = self.env.ref("base.user_admin")
        for act in (
            lambda: record.with_user(admin).write({"state": "ACTIVO"}),
            lambda: record.with_user(admin).unlink(),
            lambda: self.Rnc.create({"rnc": "1" * 9, "name": "X"}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                act()
