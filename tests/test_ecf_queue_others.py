"""What the queue carries beside documents for DGII: copies for buyers, annulments."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .ecf_queue import QueueCase


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
            {encf for _rnc, encf in self.sim.books.annulled},
            set(numbers.mapped("name")),
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
        self.assertEqual(len(self.sim.books.annulled), 500)
