"""What a client makes of a line or a service that fails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from odoo.tests.common import _super_send

from ...fiscal.ecf import (
    dgii,
    dgii_http,
    dgii_states,
)
from ...fiscal.ecf.dgii_answers import Token
from ...fiscal.ecf.dgii_http import (
    Timeouts,
    Unavailable,
    Unknown,
)
from ..dgii_client_case import E31, NOW, DgiiClientCase, named
from ..dgii_sim import (
    BUYER,
    ISSUER,
    consumer,
    ecf,
)
from ..ecf_signers import signer


class TestFailures(DgiiClientCase):
    @classmethod
    def _request_handler(cls, session, request, /, **options):
        # by name: a patch of the test, or nothing, answers for the names used here
        return _super_send(session, request, **options)

    def setUp(self):
        super().setUp()
        self.client.token()

    def standing(self, encf):
        """How a number stands, asked as after a lost answer."""
        found = dgii_states.deliveries_to_ask(self.client.track_ids(ISSUER, encf))
        results = [self.client.result(one.track_id) for one in found]
        return dgii_states.standing(map(dgii_states.decide, results))

    def assertFails(self, kind, call, *arguments):
        with self.assertRaises(kind) as caught:
            call(*arguments)
        return caught.exception

    def test_nobody_listens(self):
        self.sim.pause()
        try:
            error = self.assertFails(Unavailable, self.client.send, ecf(), named(E31))
        finally:
            self.sim.resume()
        self.assertFalse(error.may_be_received)
        self.assertTrue(self.client.send(ecf(), named(E31)).track_id)

    def test_a_name_that_does_not_resolve(self):
        client = dgii.DgiiClient(
            dgii.Endpoints("http://dgii.invalid", "http://dgii.invalid"),
            signer(),
            self.tokens,
        )
        self.tokens.set("http://dgii.invalid", Token("t", NOW + timedelta(days=9)))
        client._now = lambda: NOW
        error = self.assertFails(Unavailable, client.send, ecf(), named(E31))
        self.assertFalse(error.may_be_received)

    def test_the_answer_is_lost_after_the_document_was_accepted(self):
        self.sim.set(lose_answers=1, services=["recepcion"])
        error = self.assertFails(Unknown, self.client.send, ecf(), named(E31))
        self.assertTrue(error.may_be_received)
        # the rule: ask before sending again
        self.assertEqual(self.standing(E31).state, "in_process")
        self.assertEqual(self.standing(E31).state, "accepted")
        self.assertEqual(self.sim.attempts(E31), 1)

    def test_the_connection_is_cut_before_the_document_was_looked_at(self):
        self.sim.set(hang_up=True, services=["recepcion"])
        self.assertFails(Unknown, self.client.send, ecf(), named(E31))
        self.assertEqual(self.client.track_ids(ISSUER, E31), ())

    def test_a_slow_answer_is_unknown_for_a_document_only(self):
        client = self.new_client(Timeouts(1, 0.2, 1))
        self.sim.set(delay=0.5)
        self.assertFails(Unknown, client.send, ecf(), named(E31))
        error = self.assertFails(Unavailable, client.track_ids, ISSUER, E31)
        self.assertFalse(error.may_be_received)

    def test_an_error_of_the_server_may_have_received(self):
        self.sim.set(fail_next=1, fail_after_work=True, services=["recepcion"])
        error = self.assertFails(Unavailable, self.client.send, ecf(), named(E31))
        self.assertEqual((error.status, error.may_be_received), (500, True))
        self.assertEqual(len(self.client.track_ids(ISSUER, E31)), 1)

    def test_maintenance_says_when_to_come_back(self):
        self.sim.set(maintenance=True, retry_after=120)
        error = self.assertFails(Unavailable, self.client.result, "x")
        self.assertEqual((error.status, error.retry_after), (503, 120))
        self.assertFalse(error.may_be_received)
        self.assertFalse(self.client._http.session.cookies)

    def test_too_many_calls(self):
        self.sim.set(too_many=1, retry_after=7, services=["recepcionfc"])
        encf = named("E320000000001")
        summary = consumer()[1]
        error = self.assertFails(Unavailable, self.client.send_summary, summary, encf)
        self.assertEqual((error.status, error.retry_after), (429, 7))
        self.assertFalse(error.may_be_received)

    def test_a_page_in_place_of_an_answer(self):
        self.sim.set(pages=2)
        self.assertFails(Unknown, self.client.send, ecf(), named(E31))
        self.assertFails(Unavailable, self.client.result, "x")

    def test_no_seed_but_a_page(self):
        self.tokens.clear()
        self.sim.set(pages=1)
        self.assertFails(Unavailable, self.client.token)

    def test_one_call_in_three_fails_and_every_document_arrives_once(self):
        self.sim.set(fail_every=3, lose_chance=0.3, seed=5)
        for number in range(1, 9):
            self._deliver(ecf(number), f"E31{number:010d}")
        accepted = self.sim.accepted()
        self.assertEqual(set(accepted.values()), {1})
        self.assertEqual(len(accepted), 8)
        self.assertEqual({self.sim.attempts(e) for _rnc, e in accepted}, {1})

    def _deliver(self, xml, encf):
        """As the addon must: after anything but a clear no, ask before sending."""
        for _try in range(40):
            try:
                if not self.client.track_ids(ISSUER, encf):
                    self.client.send(xml, named(encf))
                return
            except (Unavailable, Unknown):
                continue
        raise AssertionError("It does not go through")

    def test_tills_that_send_the_same_number_at_once_get_one_acceptance(self):
        def deliver(_till):
            with self.new_client() as client:
                return client.send(ecf(), named(E31)).track_id

        with ThreadPoolExecutor(6) as tills:
            track_ids = list(tills.map(deliver, range(12)))
        self.assertEqual(self.sim.attempts(E31), 12)
        self.assertEqual(len(set(track_ids)), 12)
        self.assertEqual(self.sim.accepted(), {(ISSUER, E31): 1})
        self.assertEqual(self.standing(E31).state, "in_process")
        self.assertEqual(self.standing(E31).state, "accepted")

    def test_an_answer_that_is_too_large(self):
        self.sim.set(directory=[{"rnc": BUYER}])
        url = f"{self.sim.ecf_url}/consultadirectorio/api/consultas/listado"
        token = self.client.token().value
        call = self.client._http.get
        self.assertTrue(call("x", url, token=token).body)
        error = self.assertFails(
            Unavailable, lambda: call("x", url, token=token, max_bytes=10)
        )
        self.assertIn("too large", str(error))

    def test_the_moment_to_come_back_as_a_date(self):
        text = "Sat, 21 Nov 2026 02:16:00 GMT"
        self.assertEqual(dgii_http.retry_after(text, NOW), 60)
        self.assertEqual(dgii_http.retry_after(text, NOW + timedelta(hours=1)), 0)
