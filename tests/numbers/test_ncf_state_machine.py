"""The ledger against a model of itself: any order of takes, releases, voids and
issues keeps the invariant and never gives one number to two documents, whoever writes
it on a second one."""

from datetime import date
from uuid import uuid4

import psycopg2
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from odoo.tools import mute_logger

from ...models.runtime.problem import ApiProblem
from ..common import FiscalCase

SIZE = 6


class TestLedgerStateMachine(FiscalCase):
    def test_any_history_keeps_the_invariant(self):
        run_state_machine_as_test(
            self._machine(),
            settings=settings(
                max_examples=20,
                stateful_step_count=20,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

    def draft_order(self, reference):
        return self.env["pos.order"].create(
            {
                "session_id": self.config.current_session_id.id,
                "pos_reference": reference,
                "sequence_number": 1,
                "amount_total": 0,
                "amount_tax": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )

    def assertDatabaseRefuses(self, order, ncf):
        """The order cannot have this number."""
        with (
            self.assertRaises(psycopg2.IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            order.nu_ncf_id = ncf
            order.flush_recordset()
        order.invalidate_recordset()

    def _machine(self):
        test = self

        class Ledger(RuleBasedStateMachine):
            def __init__(self):
                super().__init__()
                self.savepoint = test.env.cr.savepoint()
                self.kind = test.type("B16")
                self.range = test.env["nu.pos.ncf.range"].create(
                    {
                        "company_id": test.company.id,
                        "document_type_id": self.kind.id,
                        "first_number": 1,
                        "last_number": SIZE,
                        "date_expiry": date(2099, 12, 31),
                    }
                )
                self.held = {}  # {reference: (number, state)}
                self.free = set()
                self.burned = set()
                self.next = 1

            def teardown(self):
                self.savepoint.rollback()
                self.savepoint.close(rollback=True)
                test.env.invalidate_all()

            def take(self, reference):
                with test.env["nu.pos.unit"].beside(test.env) as unit:
                    ncf = test.Ncf.take(unit, self.kind, test.config, reference)[0]
                return ncf.sequence_number

            def row(self, reference):
                return test.Ncf._live(test.company, reference)

            @precondition(lambda self: self.held)
            @rule(data=st.data())
            def steal(self, data):
                """Another order cannot have it, reserved or issued."""
                row = self.row(data.draw(st.sampled_from(sorted(self.held))))
                thief = test.draft_order(uuid4().hex)
                test.assertDatabaseRefuses(thief, row)

            @rule()
            def take_new(self):
                reference = uuid4().hex
                if self.free:
                    expected = min(self.free)
                elif self.next <= SIZE:
                    expected = self.next
                else:
                    expected = None
                try:
                    number = self.take(reference)
                except ApiProblem as problem:
                    assert problem.code == "NCF_EXHAUSTED"
                    number = None
                assert number == expected
                if number:
                    self.free.discard(number)
                    self.next = max(self.next, number + 1)
                    self.held[reference] = (number, "reserved")

            @precondition(lambda self: self.held)
            @rule(data=st.data())
            def take_again(self, data):
                reference = data.draw(st.sampled_from(sorted(self.held)))
                assert self.take(reference) == self.held[reference][0]

            @precondition(
                lambda self: any(s == "reserved" for _n, s in self.held.values())
            )
            @rule(data=st.data(), move=st.sampled_from(["issue", "release", "void"]))
            def move(self, data, move):
                reserved = [r for r, (_n, s) in self.held.items() if s == "reserved"]
                reference = data.draw(st.sampled_from(sorted(reserved)))
                number, _state = self.held[reference]
                row = self.row(reference)
                if move == "issue":
                    order = test.draft_order(reference)
                    order.nu_ncf_id = row
                    row._issue([order])
                    order.state = "paid"
                    self.held[reference] = (number, "issued")
                    return
                del self.held[reference]
                if move == "release":
                    row._release()
                    self.free.add(number)
                else:
                    row._void("04")
                    self.burned.add(number)

            @invariant()
            def nothing_is_lost_or_doubled(self):
                [row] = self.range._invariant()
                assert row["ok"], row
                assert row["next_number"] == self.next
                assert row["released"] == len(self.free)
                assert row["voided"] == len(self.burned)
                assert row["reserved"] + row["issued"] == len(self.held)
                numbers = [number for number, _state in self.held.values()]
                assert len(numbers) == len(set(numbers))
                assert not set(numbers) & (self.free | self.burned)

        return Ledger
