from datetime import date

from freezegun import freeze_time

from odoo.exceptions import ConcurrencyError, UserError

from ...models.evidence.nu_pos_guarded import unsealed
from ..common import FiscalCase


class TestNcfLedger(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.type("B16")
        cls.first = cls.make(1, 3, sequence=1)

    @classmethod
    def make(cls, first, last, **values):
        return cls.env["nu.pos.ncf.range"].create(
            {
                "company_id": cls.company.id,
                "document_type_id": cls.kind.id,
                "first_number": first,
                "last_number": last,
                "date_expiry": date(2027, 12, 31),
                **values,
            }
        )

    def take(self, reference, document_type=None, config=None, **values):
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            ncf, created, replaced = self.Ncf.take(
                unit,
                document_type or self.kind,
                config or self.config,
                reference,
                **values,
            )
        self.env.invalidate_all()
        self.assertInvariant()
        return ncf, created, replaced

    def numbers(self, *references):
        return [self.take(reference)[0].name for reference in references]

    def test_numbers_go_out_in_order(self):
        self.assertEqual(
            self.numbers("a", "b", "c"), ["B1600000001", "B1600000002", "B1600000003"]
        )
        self.assertEqual(self.first.state, "exhausted")

    def test_a_reference_keeps_its_number(self):
        first, created, _ = self.take("a")
        again, created_again, _ = self.take("a")
        self.assertEqual((first, created, created_again), (again, True, False))
        self.assertEqual(self.first.next_number, 2)

    def test_a_queued_range_takes_over_when_one_ends(self):
        second = self.make(11, 20, sequence=2)
        self.assertEqual(self.numbers("a", "b", "c", "d")[-1], "B1600000011")
        self.assertEqual((self.first.state, second.state), ("exhausted", "active"))

    def test_a_queued_range_takes_over_when_one_expires(self):
        self.take("a")
        self.make(11, 20, sequence=2, date_expiry=date(2028, 12, 31))
        with freeze_time("2028-01-01 04:00:00"):
            self.assertEqual(self.take("b")[0].name, "B1600000011")

    def test_the_last_evening_in_santo_domingo_still_counts(self):
        with freeze_time("2028-01-01 03:59:59"):
            self.assertEqual(self.take("a")[0].name, "B1600000001")
        with freeze_time("2028-01-01 04:00:00"):
            self.assertProblem("NCF_EXPIRED", self.take, "b")

    def test_an_exhausted_range_is_told_by_its_type(self):
        self.numbers("a", "b", "c")
        problem = self.assertProblem("NCF_EXHAUSTED", self.take, "d")
        self.assertIn("B16", problem.detail)
        self.assertInvariant()

    def test_no_range_is_told_and_no_other_type_is_used(self):
        problem = self.assertProblem("NCF_NO_RANGE", self.take, "a", self.type("E46"))
        self.assertIn("E46", problem.detail)
        self.assertFalse(self.Ncf.search([("pos_reference", "=", "a")]))

    def test_a_released_number_goes_out_first(self):
        ncf = self.take("a")[0]
        self.take("b")
        ncf._release()
        self.assertInvariant()
        taken, created, _ = self.take("c")
        self.assertEqual((taken, created), (ncf, True))
        self.assertEqual((taken.state, taken.pos_reference), ("reserved", "c"))

    def test_a_released_number_of_an_expired_range_stays_in(self):
        self.take("a")[0]._release()
        self.make(11, 20, date_expiry=date(2028, 12, 31))
        with freeze_time("2028-06-01 12:00:00"):
            self.assertEqual(self.take("b")[0].name, "B1600000011")

    def test_a_released_number_lives_on_in_an_exhausted_range(self):
        self.numbers("a", "b", "c")
        self.Ncf._live(self.company, "b")._release()
        self.assertEqual(self.take("d")[0].name, "B1600000002")

    def test_a_voided_number_never_comes_back(self):
        ncf = self.take("a")[0]
        ncf._void("04", "torn paper")
        self.assertEqual((ncf.state, ncf.void_reason), ("voided", "04"))
        self.assertEqual(self.take("a")[0].name, "B1600000002")
        self.assertInvariant()

    def test_void_needs_a_reason_of_format_608(self):
        ncf = self.take("a")[0]
        with self.assertRaises(UserError):
            ncf._void("11")
        self.assertEqual(ncf.state, "reserved")

    def test_only_the_documented_moves_are_possible(self):
        ncf = self.take("a")[0]
        ncf._release()
        for move in (ncf._release, lambda: ncf._void("04")):
            with self.assertRaises(ConcurrencyError):
                move()
        taken = self.take("b")[0]
        taken._void("04")
        with self.assertRaises(ConcurrencyError):
            taken._release()

    def test_another_type_for_the_same_reference_is_a_conflict(self):
        ncf = self.take("a")[0]
        other = self.type("B02")
        problem = self.assertProblem("CONFLICT", self.take, "a", other)
        self.assertIn(ncf.name, problem.detail)

    def test_replacing_gives_the_first_number_back(self):
        ncf = self.take("a")[0]
        taken, created, replaced = self.take("a", self.type("B02"), replace=True)
        self.assertEqual((created, replaced, ncf.state), (True, ncf, "released"))
        self.assertEqual(taken.document_type_id, self.type("B02"))

    def test_a_failed_replacement_leaves_the_first_number(self):
        ncf = self.take("a", told=True)[0]
        self.assertProblem(
            "NCF_NO_RANGE", self.take, "a", self.type("E46"), replace=True
        )
        self.env.invalidate_all()
        self.assertEqual((ncf.state, ncf.told), ("reserved", True))

    def test_a_dedicated_range_serves_its_register_first_and_no_other(self):
        other = self.second_register()
        mine = self.make(101, 110, config_id=self.config.id)
        self.assertEqual(self.take("a")[0].range_id, mine)
        self.assertEqual(self.take("b", config=other)[0].range_id, self.first)

    def test_sale_and_credit_note_of_one_reference_have_a_number_each(self):
        sale = self.take("a")[0]
        note = self.take("a", self.type("B04"), kind="credit_note")[0]
        self.assertNotEqual(sale, note)

    def test_the_invariant_names_a_lost_and_a_doubled_number(self):
        self.numbers("a", "b")
        with unsealed(self.env):
            self.env.cr.execute(
                "DELETE FROM nu_pos_ncf WHERE range_id = %s AND sequence_number = 1",
                [self.first.id],
            )
        [row] = self.first._invariant()
        self.assertEqual((row["missing"], row["ok"]), (1, False))
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE nu_pos_ncf SET sequence_number = 7 WHERE range_id = %s",
                [self.first.id],
            )
        [row] = self.first._invariant()
        self.assertEqual((row["doubled"], row["ok"]), (1, False))

    def test_numbers_no_client_was_told_are_given_back_after_the_set_time(self):
        quiet, told = self.take("a")[0], self.take("b", told=True)[0]
        parameters = self.env["ir.config_parameter"]
        with freeze_time("2027-01-01 12:00:00"):
            parameters.set_param("nu_pos.release_reserved_after_hours", "0")
            self.Ncf._cron_release_stale()
            self.assertEqual(quiet.state, "reserved", "0 hours means never")
            parameters.set_param("nu_pos.release_reserved_after_hours", "2")
            self.Ncf._cron_release_stale()
        self.env.invalidate_all()
        self.assertEqual((quiet.state, told.state), ("released", "reserved"))
