"""What a house of version 19.0.1.0.0 has lived through, besides the hub's play.

Runs inside the checkout of that version as one of its tests: ``make.py`` puts it there.
It commits, so that its database can be kept.
"""

import json
from pathlib import Path
from uuid import uuid4

from odoo.tests import tagged

from .ecf_queue import set_up_company
from .ecf_reception import ReceptionMixin
from .rich_month import DECEMBER, RichMonthCase

BODIES = Path(__file__).parent / "files" / "browser"


@tagged("post_install", "-at_install")
class TestHistory(ReceptionMixin, RichMonthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        case.file_the_month()
        case.sell_on_two_registers()
        case.sell_on_the_screen()
        case.use_ranges_up()
        case.receive()
        case.leave_things_open()
        cls.env.flush_all()
        # what waits for a commit that never comes
        for callbacks in (cls.env.cr.precommit, cls.env.cr.postcommit):
            callbacks.clear()
        cls.env.cr._cnx.commit()

    def close(self, moment, session=None):
        """The check that the hub left open is cancelled first."""
        session = session or self.config.current_session_id
        with self.at(moment):
            drafts = session.order_ids.filtered(lambda order: order.state == "draft")
            if drafts:
                drafts.action_pos_order_cancel()
        return super().close(moment, session)

    def file_the_month(self):
        """Reports of December: computed and checked, the 607 filed."""
        month = (
            self.env["nu.pos.dgii.month"]
            .with_user(self.accountant)
            .create({"date_from": DECEMBER, "company_id": self.company.id})
        )
        with self.at("2027-01-10 10:00"):
            month.action_compute()
            month.action_check()
            filed = month.report_ids.filtered(lambda report: report.format == "608")
            filed.action_file()

    def sell_on_two_registers(self):
        with self.at("2027-01-02 08:00"):
            self.terrace = self.second_register(
                nu_default_partner_id=self.ref("partner_consumer").id,
                nu_invoice_policy="identified",
            )
        self.open("2027-01-02 08:30")
        self.sell(
            "2027-01-02 12:00",
            config_id=self.terrace.id,
            payments=self.pay(card=640.0),
            total=640.0,
        )
        self.sell("2027-01-02 12:05")
        with self.at("2027-01-02 13:00"):
            self.Order._nu_submit(
                self.draft(table_id=self.ref("table_3").id), finalize=False
            )

    def sell_on_the_screen(self):
        """A sale and a part refund as a browser sent them (files/browser)."""
        with self.at("2027-01-02 14:00"):
            known = {}
            for name in ("sale", "part_refund"):
                recording = json.loads((BODIES / f"{name}.json").read_text())
                for call in recording["calls"]:
                    self.sync(self.resolved(call["order"], known))

    def resolved(self, value, known):
        if isinstance(value, dict):
            return {key: self.resolved(one, known) for key, one in value.items()}
        if isinstance(value, list):
            return [self.resolved(one, known) for one in value]
        if not (isinstance(value, str) and value.startswith("@")):
            return value
        word, _space, name = value[1:].partition(" ")
        if word == "uuid":
            return known.setdefault(name, str(uuid4()))
        if word == "record":
            return self.env["pos.order.line"].search([("uuid", "=", known[name])]).id
        fixed = {
            "now": "2027-01-02 18:00:00",
            "random": uuid4().hex,
            "reference": f"2611-{uuid4().hex[:6]}",
            "session": self.config.current_session_id.id,
        }
        return fixed[word] if word in fixed else self.env.ref(value[1:]).id

    def use_ranges_up(self):
        """One range that is exhausted and one that is expired; a setting."""
        ranges = self.env["nu.pos.ncf.range"]
        values = {"company_id": self.company.id}
        last = dict(values, document_type_id=self.type("B16").id)
        with self.at("2027-01-02 14:30"):
            ranges.search([("document_type_id", "=", self.type("B16").id)]).unlink()
            ranges.create(
                [
                    dict(last, first_number=1, last_number=1, date_expiry="2027-12-31"),
                    dict(last, first_number=9, last_number=9, date_expiry="2026-12-31"),
                ]
            )
            self.finalize(
                self.snapshot(
                    fiscal_type="B16",
                    partner_id=self.ref("partner_company").id,
                    order_type="takeout",
                    total=590.0,
                    payments=self.pay(card=590.0),
                )
            )
            self.env["nu.pos.permission.config"].create(
                dict(values, role="cashier", permission="refund")
            )

    def receive(self):
        """An e-CF of a supplier."""
        self._load_reception()
        with self.at("2027-01-02 14:45"):
            self.receiver.receive(self.file(), "203.0.113.7")

    def leave_things_open(self):
        """Numbers in every state of the ledger; a document nobody could send."""
        with self.at("2027-01-02 15:00"):
            for act in (None, "keep", "release"):
                body = {
                    "pos_reference": self.reference(),
                    "config_id": self.config.id,
                    "fiscal_type": "B02",
                }
                told = self.Order._nu_reserve(body)
                number = self.Ncf.search(
                    [("name", "=", told.body["fiscal"]["reference"])]
                )
                if act == "release":
                    number._release()
            set_up_company(self.env, self.company, "http://127.0.0.1:9")
            self.finalize(self.snapshot(fiscal_type="E32"))

    def test_it_is_kept(self):
        states = set(self.Ncf.search([]).mapped("state"))
        self.assertEqual(states, {"issued", "reserved", "released", "voided"})
