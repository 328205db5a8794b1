"""Each way a document can take from its signature to DGII's word."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...fiscal.ecf.dgii import DgiiClient
from ...models.ecf.nu_pos_ecf_transmission import NuPosEcf
from ..ecf_queue import QueueCase


@tagged("post_install", "-at_install")
class TestSending(QueueCase):
    def test_consumer_sale_is_accepted_through_its_summary(self):
        ecf = self.sold()
        self.assertState(ecf, "queued")
        self.work()
        self.assertState(ecf, "accepted")
        self.assertEqual(self.sim.versions(ecf.name), {ecf.summary_xml.encode()})
        self.assertTrue(ecf.date_sent and ecf.date_answered)
        self.assertFalse(ecf.receiver_state)

    def test_fiscal_credit_is_received_and_then_judged(self):
        self.settings(poll="600")
        ecf = self.sold_31()
        self.once()
        self.assertState(ecf, "sent")
        self.assertTrue(ecf.track_id)
        self.settings(poll="0.01")
        self.due(ecf)
        self.work()
        self.assertState(ecf, "accepted")
        self.assertEqual(self.sim.versions(ecf.name), {ecf.xml.encode()})
        self.assertTrue(self.audited("ecf_sent", ecf))
        self.assertTrue(self.audited("ecf_accepted", ecf))

    def test_note_waits_until_what_it_modifies_is_accepted(self):
        sale = self.sync(self.screen_order())
        refund = self.sync(self.screen_refund(sale))
        original, note = (
            self.env["nu.pos.ecf"]._of_ncf(order.nu_ncf_id) for order in (sale, refund)
        )
        self.due(note)
        self.sim.set(fail_next=1, services=["recepcionfc"])
        self.settings(retry="600", grace="600")
        self.once()
        self.assertEqual(self.sim.attempts(note.name), 0)
        self.settings(retry="0.01", grace="0.01")
        self.due(original)
        self.work()
        self.assertState(original, "accepted")
        self.assertState(note, "accepted")

    def test_remarks_are_kept_with_a_document_that_is_valid(self):
        ecf = self.sold_31()
        self.sim.judge._content = lambda *_args: _judgement(4, [("0", "Observación")])
        self.work()
        self.assertState(ecf, "conditional")
        self.assertIn("Observación", ecf.message_text)
        self.assertEqual(ecf.dgii_code, 4)

    def test_company_that_does_not_send_keeps_what_is_signed(self):
        self.company.nu_ecf_send = False
        ecf = self.sold()
        self.work()
        self.assertState(ecf, "signed")
        self.assertFalse(self.sim.books.deliveries)
        self.as_manager(ecf).action_send_now()
        self.work()
        self.assertState(ecf, "accepted")

    def test_document_goes_where_it_was_signed_for(self):
        ecf = self.sold()
        self.company.nu_ecf_environment = "ecf"
        self.assertIn("/testecf", ecf.qr_url.lower())
        links = self.env["nu.pos.ecf.link"]
        self.work()
        self.assertEqual(
            links.search([("company_id", "=", self.company.id)]).mapped("environment"),
            ["testecf"],
        )

    def test_workers_share_a_token_that_nobody_reads(self):
        self.sold()
        self.work()
        self.sold()
        self.work()
        self.assertEqual(self.sim.books.calls["semilla"], 1)
        link = self.link()
        self.assertTrue(link.sudo().tokens)
        admin = link.with_user(self.env.ref("base.user_admin")).sudo(False)
        with mute_logger("odoo.addons.base.models.ir_rule"):
            self.assertRaises(AccessError, admin.read, ["tokens"])

    def test_rate_limit_spaces_the_calls(self):
        self.settings(calls_per_minute="600")
        with patch(
            "odoo.addons.nu_restaurant_pos.models.ecf.nu_pos_ecf_link.time"
        ) as clock:
            self.sold()
            self.sold()
            self.work(rounds=3)
        waits = [call.args[0] for call in clock.sleep.call_args_list]
        self.assertTrue(any(wait > 0 for wait in waits))
        self.assertLessEqual(max(waits[:2]), 0.11)

    def test_no_signer_no_call(self):
        ecf = self.sold()
        self.sim.set(signers=["40200000000"])
        self.once()
        self.assertState(ecf, "queued")
        self.assertEqual(self.sim.attempts(ecf.name), 0)
        link = self.link()
        self.assertIn("no está delegado", link.last_error)


def _judgement(code, messages):
    from _lib.dgii_simulator.judge import Judgement

    return Judgement(code, True, messages)


@tagged("post_install", "-at_install")
class TestLostAnswers(QueueCase):
    def test_lost_answer_is_asked_for_and_never_sent_again(self):
        for make, service in ((self.sold, "recepcionfc"), (self.sold_31, "recepcion")):
            with self.subTest(service=service):
                self.settings(poll="600")
                self.sim.set(lose_answers=1, services=[service])
                ecf = make()
                self.once()
                self.assertState(ecf, "unknown")
                self.settings(poll="0.01")
                self.due(ecf)
                self.work()
                self.assertState(ecf, "accepted")
                self.assertEqual(self.sim.attempts(ecf.name), 1)

    def test_failure_after_the_call_is_a_question_too(self):
        ecf = self.sold_31()
        self.sim.set(fail_next=1, fail_after_work=True, services=["recepcion"])
        self.work()
        self.assertState(ecf, "accepted")
        self.assertEqual(self.sim.attempts(ecf.name), 1)

    def test_what_dgii_never_got_is_sent_again_after_the_grace_same_bytes(self):
        self.settings(grace="3600")
        ecf = self.sold_31()
        self.sim.set(fail_next=1, services=["recepcion"])  # before it is looked at
        for _look in range(3):
            self.once()
            self.due(ecf)
        self.assertState(ecf, "unknown")
        self.assertEqual(self.sim.attempts(ecf.name), 0)
        self.settings(grace="0")
        self.work()
        self.assertState(ecf, "accepted")
        self.assertEqual(self.sim.versions(ecf.name), {ecf.xml.encode()})
        self.assertEqual(ecf.attempts, 2)

    def test_second_delivery_called_used_is_asked_about(self):
        """The first delivery was on its way longer than the grace."""
        self.settings(poll="600")
        ecf = self.sold()
        self.sim.set(lose_answers=1, services=["recepcionfc"])
        self.once()
        self.due(ecf)
        with patch.object(
            type(self.queue.env["nu.pos.ecf"]),
            "_ticket",
            _ticket_as_if_sent_again(),
        ):
            self.once()
        self.assertEqual(self.sim.attempts(ecf.name), 2)
        self.assertTrue(ecf.doubted)
        self.assertState(ecf, "accepted")

    def test_nobody_answers_at_all(self):
        ecf = self.sold()
        self.sim.pause()
        self.addCleanup(self.sim.resume)
        self.once()
        self.assertState(ecf, "queued")
        self.assertEqual(ecf.attempts, 0)

    def test_connection_refused_after_the_token_puts_it_back(self):
        first = self.sold()
        self.work()
        self.assertState(first, "accepted")
        ecf = self.sold()
        self.settings(retry="600")
        self.sim.pause()
        self.addCleanup(self.sim.resume)
        self.once()
        self.assertState(ecf, "queued")
        self.assertEqual(ecf.attempts, 1)
        self.assertIn("nobody answers", ecf.last_error)
        self.assertGreater(
            ecf.date_next, fields.Datetime.now() + timedelta(seconds=200)
        )

    def test_retry_after_is_kept_to(self):
        self.sold()
        self.work()
        self.sim.set(too_many=1, retry_after=900, services=["recepcionfc"])
        ecf = self.sold()
        self.once()
        self.assertState(ecf, "queued")
        self.assertGreater(
            ecf.date_next, fields.Datetime.now() + timedelta(seconds=850)
        )

    def test_worker_that_died_leaves_a_question(self):
        ecf = self.sold_31()
        self.env.flush_all()

        class Killed(BaseException):
            pass

        send = DgiiClient.send

        def sent_and_killed(client, *args):
            send(client, *args)
            raise Killed

        with (
            patch.object(DgiiClient, "send", sent_and_killed),
            suppress(Killed),  # assertRaises would roll back what was committed
        ):
            self.queue.work()
            self.fail("the worker lives")
        self.env.invalidate_all()
        self.assertState(ecf, "unknown")
        self.assertEqual(self.once(), 0, "it is in the dead worker's hands")
        self.due(ecf)
        self.work()
        self.assertState(ecf, "accepted")
        self.assertEqual(self.sim.attempts(ecf.name), 1)

    def test_late_worker_does_not_overwrite_what_another_found(self):
        ecf = self.sold_31()
        self.work()
        self.assertState(ecf, "accepted")
        self.assertFalse(ecf.sudo()._settle("a lease of old", {"state": "rejected"}))
        self.assertState(ecf, "accepted")

    def test_certification_answers_no_question_so_a_person_decides(self):
        self.company.nu_ecf_environment = "certecf"
        ecf = self.sold_31()
        self.sim.set(fail_next=1, services=["recepcion"])
        self.work(rounds=5)
        self.assertState(ecf, "unknown")
        self.assertFalse(ecf.date_next)
        self.as_manager(ecf).action_send_now()
        self.work()
        self.assertState(ecf, "accepted")


def _ticket_as_if_sent_again():
    real = NuPosEcf._ticket

    def ticket(record, was):
        found = real(record, was)
        return found if found.doubted else replace(found, state="queued", attempts=2)

    return ticket


@tagged("post_install", "-at_install")
class TestRejection(QueueCase):
    def rejected(self, make=None, burns=True, text="Los totales no coinciden"):
        self.sim.set(
            reject_next=1, reject_burns=burns, reject_messages=[["2020", text]]
        )
        ecf = (make or self.sold_31)()
        self.work()
        self.assertState(ecf, "rejected")
        return ecf

    def test_rejection_tells_the_manager_and_leaves_its_trace(self):
        ecf = self.rejected()
        self.assertFalse(ecf.number_lives)
        self.assertIn("Los totales no coinciden", ecf.message_text)
        managers = self.company._nu_managers()
        self.assertIn(self.ref("user_manager"), managers)
        self.assertNotIn(self.env.ref("base.user_admin"), managers)
        self.assertEqual(ecf.activity_ids.user_id, managers)
        self.assertEqual(len(ecf.activity_ids), len(managers))
        [row] = self.audited("ecf_rejected", ecf)
        self.assertIn("Los totales no coinciden", row.payload)
        self.assertNotIn("SignatureValue", row.payload)
        self.assertNotIn("token", json.loads(row.payload))

    def test_rejection_is_the_managers_and_not_the_administrators(self):
        admin = self.env.ref("base.user_admin")
        admin.group_ids += self.env.ref("point_of_sale.group_pos_manager")
        admin.company_ids += self.company
        self.assertEqual(self.rejected().activity_ids.user_id, self.manager)
        self.manager.active = False
        self.assertIn(admin, self.rejected().activity_ids.user_id)

    def test_number_that_lives_is_signed_anew(self):
        for make in (self.sold_31, self.sold):
            with self.subTest(make=make.__name__):
                ecf = self.rejected(make, burns=False)
                self.assertTrue(ecf.number_lives)
                self.as_manager(ecf).action_correct()
                self.env.invalidate_all()
                new = self.env["nu.pos.ecf"]._of_ncf(ecf.ncf_id)
                self.assertNotEqual(new, ecf)
                self.assertEqual((new.name, new.corrects_id), (ecf.name, ecf))
                self.work()
                self.assertState(new, "accepted")
                self.assertState(ecf, "rejected")
                self.assertFalse(ecf.activity_ids)

    def test_burned_number_is_annulled_and_another_one_taken(self):
        ecf = self.rejected()
        order = ecf.order_id
        self.as_manager(ecf).action_correct()
        self.env.invalidate_all()
        new = self.env["nu.pos.ecf"].search([("corrects_id", "=", ecf.id)])
        self.assertNotEqual(new.name, ecf.name)
        self.assertEqual(ecf.ncf_id.state, "voided")
        self.assertEqual(ecf.ncf_id.void_reason, "04")
        self.assertEqual(order.nu_ncf, new.name)
        self.assertEqual(order.account_move.nu_ncf, new.name)
        self.assertEqual(new.ncf_id.state, "issued")
        self.work()
        self.assertState(new, "accepted")
        self.assertInvariant()

    def test_what_was_not_rejected_or_is_corrected_is_refused(self):
        ecf = self.sold()
        self.assertRaises(UserError, self.as_manager(ecf).action_correct)
        self.work()
        bad = self.rejected()
        self.as_manager(bad).action_correct()
        self.env.invalidate_all()
        self.assertRaises(UserError, self.as_manager(bad).action_correct)

    def test_file_that_dgii_does_not_read_is_a_rejection(self):
        ecf = self.sold_31()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ecf SET xml = %s WHERE id = %s",
            ["<RNCEmisor>131876544</RNCEmisor>", ecf.id],
        )
        self.env.invalidate_all()
        self.work()
        self.assertState(ecf, "rejected")
        self.assertTrue(ecf.number_lives)

    def test_buttons_are_for_managers(self):
        ecf = self.sold()
        cashier = ecf.with_user(self.ref("user_cashier")).sudo(False)
        for name in ("send_now", "ask_dgii", "correct", "annul"):
            with self.subTest(button=name):
                self.assertRaises(AccessError, getattr(cashier, f"action_{name}"))

    def test_buttons_refuse_what_makes_no_sense(self):
        ecf = self.sold()
        self.assertRaises(UserError, self.as_manager(ecf).action_ask_dgii)
        self.work()
        self.assertRaises(UserError, self.as_manager(ecf).action_ask_dgii)
        self.assertRaises(UserError, self.as_manager(ecf).action_send_now)

    def test_asking_by_hand(self):
        self.settings(poll="3600")
        ecf = self.sold_31()
        self.once()
        self.assertState(ecf, "sent")
        self.sim.books.documents[-1].polls = 0
        self.as_manager(ecf).action_ask_dgii()
        self.env.invalidate_all()
        self.assertState(ecf, "accepted")
