"""What the queue carries beside documents for DGII: copies for buyers, annulments."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.ecf import nu_pos_ecf_delivery
from ...models.ecf.nu_pos_ecf_link import receiver_ports, utc_now
from ..ecf_queue import QueueCase


@tagged("post_install", "-at_install")
class TestDelivery(QueueCase):
    def setUp(self):
        super().setUp()
        self.sim.set(directory=[{"rnc": self.buyer.vat, "nombre": "COMPRADOR"}])

    def deliveries(self):
        return [one for one in self.sim.books.deliveries if one.service == "receptor"]

    def test_electronic_buyer_gets_the_bytes_that_dgii_accepted(self):
        ecf = self.sold_31()
        self.work()
        self.assertEqual(ecf.receiver_state, "received", ecf.receiver_error)
        [delivery] = self.deliveries()
        self.assertEqual(delivery.xml, ecf.xml.encode())
        self.assertIn("<ARECF", ecf.receiver_receipt)
        self.assertFalse(ecf.receiver_error)

    def test_buyer_who_is_no_receiver_is_left_alone(self):
        self.sim.set(directory=[])
        ecf = self.sold_31()
        self.work()
        self.assertEqual(ecf.receiver_state, "none")
        self.assertFalse(self.deliveries())

    def test_receiver_that_fails_is_tried_again_and_holds_nothing_up(self):
        self.sim.set(fail_next=2, services=["receptor"])
        ecf = self.sold_31()
        self.work()
        self.assertState(ecf, "accepted")
        self.assertEqual(ecf.receiver_state, "received")
        self.assertEqual(ecf.receiver_attempts, 3)

    def test_lost_answer_of_a_receiver_is_received_all_the_same(self):
        self.sim.set(lose_answers=1, services=["receptor"])
        ecf = self.sold_31()
        self.work()
        self.assertEqual(ecf.receiver_state, "received")
        self.assertEqual(len(self.deliveries()), 2)

    def test_receiver_is_given_up_after_its_tries(self):
        self.settings(receiver_tries="2")
        self.sim.set(fail_every=1, services=["receptor"])
        ecf = self.sold_31()
        self.work()
        self.assertEqual(ecf.receiver_state, "failed")
        self.assertEqual(ecf.receiver_attempts, 2)

    def test_consumer_sale_is_delivered_to_nobody(self):
        ecf = self.sold(partner_id=self.buyer.id)
        self.work()
        self.assertState(ecf, "accepted")
        self.assertFalse(ecf.receiver_state)


@tagged("post_install", "-at_install")
class TestAnnulment(QueueCase):
    def voided(self, prefix="E31"):
        """A number that was taken, printed nowhere and annulled."""
        reference = self.reference()
        answer = self.Order._nu_reserve(
            {
                "pos_reference": reference,
                "config_id": self.config.id,
                "fiscal_type": prefix,
            }
        )
        ncf = self.Ncf.search([("name", "=", answer.body["fiscal"]["reference"])])
        ncf._void("04")
        return ncf

    def test_annulled_numbers_are_told_to_dgii(self):
        numbers = self.voided() | self.voided() | self.voided("E32")
        self.as_manager(numbers).action_annul_at_dgii()
        record = self.env["nu.pos.ecf.annulment"].search([], limit=1)
        self.assertEqual((record.count, len(record.ranges)), (3, 2))
        self.work()
        self.assertEqual(record.state, "accepted", record.messages)
        self.assertEqual(
            [self.sim.books.is_annulled(self.company.vat, n.name) for n in numbers],
            [True] * 3,
        )
        self.assertTrue(self.audited("ecf_annulled"))

    def test_lost_answer_of_an_annulment(self):
        self.sim.set(lose_answers=1, services=["anulacionrangos"])
        self.as_manager(self.voided()).action_annul_at_dgii()
        record = self.env["nu.pos.ecf.annulment"].search([], limit=1)
        self.work()
        self.assertEqual(record.state, "accepted")
        self.assertEqual(record.attempts, 2)

    def test_signed_document_whose_number_is_annulled_is_never_sent(self):
        self.company.nu_ecf_send = False
        ecf = self.sold()
        self.assertRaises(UserError, self.as_manager(ecf).action_annul)
        ecf.ncf_id._void("04")
        self.company.nu_ecf_send = True
        self.as_manager(ecf).action_annul()
        self.work()
        self.assertState(ecf, "annulled")
        self.assertEqual(self.sim.attempts(ecf.name), 0)

    def test_number_that_dgii_holds_is_not_annulled(self):
        ecf = self.sold()
        self.work()
        ecf.ncf_id._void("04")
        numbers = self.as_manager(ecf.ncf_id)
        self.assertRaises(UserError, numbers.action_annul_at_dgii)

    def test_certification_annuls_no_numbers(self):
        numbers = self.as_manager(self.voided())
        self.company.nu_ecf_environment = "certecf"
        self.assertRaises(UserError, numbers.action_annul_at_dgii)

    def test_number_is_annulled_once(self):
        numbers = self.as_manager(self.voided())
        numbers.action_annul_at_dgii()
        self.assertRaises(UserError, numbers.action_annul_at_dgii)

    def test_number_on_a_sale_or_of_series_b_is_refused(self):
        ecf = self.sold()
        self.assertRaises(UserError, self.as_manager(ecf.ncf_id).action_annul_at_dgii)
        paper = self.order_of(self.finalize()).nu_ncf_id
        self.assertRaises(UserError, self.as_manager(paper).action_annul_at_dgii)

    def test_rest_of_a_range_of_any_size_is_told_by_its_bounds(self):
        """Ten thousand million numbers are two."""
        kind = self.type("E45")
        found = self.env["nu.pos.ncf.range"].search(
            [("company_id", "=", self.company.id), ("document_type_id", "=", kind.id)]
        )
        found.action_close()
        self.env.flush_all()
        first, last = found.next_number, 9_999_999_999
        self.env.cr.execute(
            "UPDATE nu_pos_ncf_range SET last_number = %s WHERE id = %s",
            [last, found.id],
        )
        self.env.invalidate_all()
        self.as_manager(found).action_annul_unused()
        record = self.env["nu.pos.ecf.annulment"].search([], limit=1)
        self.assertEqual(record.ranges, [[f"E45{first:010d}", f"E45{last:010d}"]])
        self.assertEqual(record.count, last - first + 1)
        self.assertIn(f"<CantidadeNCFAnulados>{last - first + 1}<", record.xml)
        annulments = self.env["nu.pos.ecf.annulment"]
        with self.assertRaisesRegex(UserError, f"E45{last - 5:010d}"):
            annulments.annul(
                self.company, ranges=[(f"E45{last - 5:010d}", f"E45{last:010d}")]
            )

    def test_rest_of_a_closed_range(self):
        kind = self.type("E33")
        found = self.env["nu.pos.ncf.range"].search(
            [("company_id", "=", self.company.id), ("document_type_id", "=", kind.id)]
        )
        mine = self.as_manager(found)
        self.assertRaises(UserError, mine.action_annul_unused)
        mine.action_close()
        mine.action_annul_unused()
        self.work()
        [(_rnc, prefix, first, last)] = self.sim.books.annulled
        self.assertEqual((prefix, last - first + 1), ("E33", 500))


@tagged("post_install", "-at_install")
class TestLanes(QueueCase):
    """What goes to other people's servers makes nobody wait."""

    def setUp(self):
        super().setUp()
        self.lane = self.env["nu.pos.ecf.delivery"]
        self.sim.set(directory=[{"rnc": self.buyer.vat, "nombre": "COMPRADOR"}])

    def accepted(self, count):
        """Documents that DGII has accepted, and that wait to be delivered."""
        documents = self.env["nu.pos.ecf"]
        for _number in range(count):
            documents |= self.sold_31()
        self.env.flush_all()
        for _round in range(40):
            self.queue._work(linger=0.05)
            if self.queue._next_due() is None:
                break
        self.env.invalidate_all()
        self.assertEqual(set(documents.mapped("receiver_state")), {"pending"})
        return documents

    def test_lane_of_dgii_calls_no_receiver(self):
        self.accepted(1)
        self.assertFalse(self.sim.books.calls.get("receptor"))
        self.assertIsNone(self.queue._next_due())
        self.assertLessEqual(self.lane._next_due(), 0)

    def test_acceptance_wakes_the_lane_of_deliveries(self):
        cron = self.env.ref("nu_restaurant_pos.cron_deliver_ecf")
        triggers = self.env["ir.cron.trigger"]
        triggers.search([("cron_id", "=", cron.id)]).unlink()
        self.accepted(1)
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), 1)

    def test_lane_gives_its_thread_back_when_a_document_waits_for_dgii(self):
        documents = self.accepted(3)
        self.sold()
        self.env.flush_all()
        self.assertEqual(self.lane._work(until=float("inf")), 1)
        self.env.invalidate_all()
        self.assertEqual(
            sorted(documents.mapped("receiver_state")),
            ["pending", "pending", "received"],
        )
        self.work()
        self.assertEqual(set(documents.mapped("receiver_state")), {"received"})

    def test_lane_ends_in_time(self):
        self.accepted(2)
        self.assertEqual(self.lane._work(until=0), 1)

    def test_slow_receiver_is_given_up_in_time_and_waits_for_longer(self):
        self.settings(receiver_whole="0.3", retry="10")
        documents = self.accepted(3)
        self.sim.set(delay=1, services=["receptor"])
        self.patch(nu_pos_ecf_delivery, "SLOW", 0.2)
        now = utc_now()
        self.assertEqual(self.lane._work(), 1, "the others of that buyer wait too")
        self.env.invalidate_all()
        self.assertEqual(set(documents.mapped("receiver_state")), {"pending"})
        self.assertEqual(sorted(documents.mapped("receiver_attempts")), [0, 0, 1])
        # as after four attempts: 80 seconds, less what chance takes away
        for record in documents:
            self.assertGreater(record.receiver_next, now + timedelta(seconds=35))
        [tried] = documents.filtered("receiver_attempts")
        self.assertIn("too long", tried.receiver_error)

    def test_receiver_that_fails_at_once_makes_no_other_wait(self):
        self.settings(retry="10")
        documents = self.accepted(2)
        self.sim.set(fail_next=1, services=["receptor"])
        self.assertEqual(self.lane._work(), 2)
        self.env.invalidate_all()
        self.assertEqual(
            sorted(documents.mapped("receiver_state")), ["pending", "received"]
        )

    def test_while_dgii_is_away_the_lane_does_not_turn_in_circles(self):
        self.accepted(1)
        self.settings(retry="600")
        self.sim.expire_tokens()
        self.env.flush_all()
        self.env.cr.execute("UPDATE nu_pos_ecf_link SET tokens = NULL")
        self.env.invalidate_all()
        self.sim.pause()
        self.addCleanup(self.sim.resume)
        for _run in range(3):
            self.assertEqual(self.lane._work(), 0)
        self.assertGreater(self.lane._next_due(), 60)

    def test_ports_that_are_called_are_a_setting(self):
        self.assertEqual(receiver_ports(self.env), (443,))
        self.settings(receiver_ports="443, 8443")
        self.assertEqual(receiver_ports(self.env), (443, 8443))
