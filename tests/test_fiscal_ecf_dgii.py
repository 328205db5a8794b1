import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from unittest import TestCase

import requests

from odoo.addons.nu_restaurant_pos.fiscal.ecf import (
    dgii,
    dgii_http,
    dgii_receivers,
    dgii_states,
    signature,
)
from odoo.addons.nu_restaurant_pos.fiscal.ecf.dgii_answers import Recipient, Token
from odoo.addons.nu_restaurant_pos.fiscal.ecf.dgii_http import (
    Refused,
    Timeouts,
    Unavailable,
    Unknown,
)

from .dgii_sim import (
    BUYER,
    ISSUER,
    annulment,
    approval,
    consumer,
    ecf,
    note,
    schemas,
    start,
)
from .ecf_signers import signer

#: An hour after the documents were signed.
NOW = datetime(2026, 11, 21, 2, 15, tzinfo=timezone.utc)
E31 = "E310000000001"
PATIENT = Timeouts(2, 5, 8)


def named(encf, rnc=ISSUER):
    return dgii.document_name(rnc, encf)


class Case(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sim = start()
        cls.addClassCleanup(cls.sim.stop)

    def setUp(self):
        super().setUp()
        self.clock = NOW
        self.sim.reset()
        self.sim.set(
            polls=1,
            ranges=None,
            issuers=None,
            signers=None,
            directory=[],
            validate=None,
            schemas=None,
            now=lambda: self.clock,
        )
        self.tokens = dgii.MemoryTokens()
        self.client = self.new_client()
        self.addCleanup(self.client.close)

    def new_client(self, timeouts=PATIENT):
        endpoints = dgii.Endpoints(*self.addresses(), self.sim.url)
        return dgii.DgiiClient(
            endpoints,
            signer(),
            self.tokens,
            now=lambda: self.clock,
            timeouts=timeouts,
        )

    def addresses(self):
        return self.sim.ecf_url, self.sim.fc_url

    def calls(self, service):
        return self.sim.books.calls.get(service, 0)

    def judged(self, xml, encf):
        """Deliver and ask until it is judged."""
        track_id = self.client.send(xml, named(encf)).track_id
        for _poll in range(5):
            outcome = dgii_states.decide(self.client.result(track_id))
            if outcome.state != dgii_states.IN_PROCESS:
                return outcome
        raise AssertionError("It stays in process")

    def assertJudged(self, xml, encf, state, reusable=False, key=None):
        outcome = self.judged(xml, encf)
        self.assertEqual((outcome.state, outcome.number_reusable), (state, reusable))
        keys = [explanation.key for explanation in outcome.explanations]
        self.assertEqual(keys, [key] if key else [], outcome.messages)
        return outcome


class TestToken(Case):
    def test_one_token_serves_many_calls_until_its_last_minute(self):
        first = self.client.token()
        self.assertEqual(first.expires_at, NOW + timedelta(hours=1))
        self.clock = NOW + timedelta(minutes=58)
        self.assertIs(self.client.token(), first)
        self.assertIs(self.new_client().token(), first)
        self.clock = NOW + timedelta(minutes=59, seconds=30)
        self.assertNotEqual(self.client.token().value, first.value)
        self.assertEqual(self.calls("semilla"), 2)

    def test_the_lifetime_is_counted_by_our_own_clock(self):
        ahead = NOW + timedelta(hours=5)
        self.sim.set(now=lambda: ahead)
        self.assertEqual(self.client.token().expires_at, NOW + timedelta(hours=1))

    def test_a_token_refused_is_renewed_once_and_the_document_goes_out_once(self):
        self.client.token()
        self.sim.expire_tokens()
        self.client.send(ecf(), named(E31))
        self.assertEqual(self.sim.attempts(E31), 1)
        self.assertEqual(self.calls("recepcion"), 2)

    def test_a_token_refused_twice_is_a_refusal(self):
        old = self.client.token()
        self.client._token = lambda *_args: old
        self.sim.expire_tokens()
        with self.assertRaises(Refused) as caught:
            self.client.send(ecf(), named(E31))
        self.assertEqual(caught.exception.status, 401)
        self.assertEqual(self.calls("recepcion"), 2)
        self.assertEqual(self.sim.attempts(E31), 0)

    def test_a_signer_who_is_not_delegated_gets_no_token(self):
        self.sim.set(signers=["40200000000"])
        with self.assertRaises(Refused) as caught:
            self.client.token()
        self.assertIn("no está delegado", str(caught.exception))
        self.assertFalse(self.tokens)

    def test_a_token_is_not_shown(self):
        self.assertNotIn("secret", repr(Token("secret", NOW)))

    def test_a_token_is_not_replaced_by_a_netrc_file(self):
        request = requests.Request("GET", "http://x", auth=dgii_http.Bearer("t"))
        self.assertEqual(request.prepare().headers["Authorization"], "Bearer t")


class TestServices(Case):
    def test_an_ecf_is_received_then_in_process_then_accepted(self):
        reception = self.client.send(ecf(), named(E31))
        first = self.client.result(reception.track_id)
        self.assertEqual(dgii_states.decide(first).state, "in_process")
        self.assertIsNone(dgii_states.decide(first).number_reusable)
        result = self.client.result(reception.track_id)
        outcome = dgii_states.decide(result)
        self.assertEqual((outcome.state, outcome.valid), ("accepted", True))
        self.assertEqual((result.rnc, result.encf), (ISSUER, E31))
        self.assertEqual(outcome.messages, ())
        self.assertEqual(self.sim.versions(E31), {ecf()})

    def test_a_track_id_that_nobody_knows_is_not_found(self):
        outcome = dgii_states.decide(self.client.result("x"))
        self.assertEqual((outcome.state, outcome.final), ("not_found", False))
        self.assertIsNone(outcome.number_reusable)

    def test_a_summary_is_judged_at_once(self):
        _full, summary, code = consumer()
        encf = "E320000000001"
        result = self.client.send_summary(summary, named(encf))
        self.assertEqual(dgii_states.decide(result).state, "accepted")
        self.assertTrue(result.sequence_used)
        known = self.client.summary_status(ISSUER, encf, code)
        self.assertEqual(dgii_states.decide(known).state, "accepted")
        other = self.client.summary_status(ISSUER, encf, "aaaaaa")
        self.assertEqual(dgii_states.decide(other).state, "not_found")

    def test_what_dgii_knows_of_a_number(self):
        unknown = self.client.status(ISSUER, E31)
        self.assertEqual(dgii_states.decide(unknown).state, "not_found")
        self.assertEqual(self.client.track_ids(ISSUER, E31), ())
        reception = self.client.send(ecf(), named(E31))
        known = self.client.status(ISSUER, E31, BUYER, "abc+/=")
        self.assertEqual(dgii_states.decide(known).state, "accepted")
        self.assertEqual((known.total, known.buyer), ("1408.0", BUYER))
        self.assertEqual(known.signed_at, "20-11-2026 21:15:03")
        (delivery,) = self.client.track_ids(ISSUER, E31)
        self.assertEqual(delivery.track_id, reception.track_id)

    def test_a_commercial_approval(self):
        refused = self.client.send_approval(approval(E31), named(E31, BUYER))
        self.assertFalse(refused.accepted)
        self.assertEqual(refused.messages[0].text, "El e-CF no ha sido recibido.")
        self.client.send(ecf(), named(E31))
        taken = self.client.send_approval(approval(E31), named(E31, BUYER))
        self.assertTrue(taken.accepted)

    def test_ranges_are_annulled_and_cannot_be_used_afterwards(self):
        xml = annulment("E310000000005", "E310000000007", 3)
        done = self.client.annul(xml, f"{ISSUER}20261120.xml")
        self.assertEqual((done.code, done.rnc), ("1", ISSUER))
        self.assertJudged(ecf(6), "E310000000006", "rejected")
        with self.assertRaises(Refused) as caught:
            self.client.annul(xml, "again.xml")
        self.assertIn("utilizadas o anuladas", caught.exception.messages[0].text)

    def test_the_directory(self):
        self.sim.set(directory=[{"rnc": BUYER, "nombre": "COMPRADOR"}])
        (entry,) = self.client.directory()
        self.assertEqual((entry.name, entry.rnc), ("COMPRADOR", BUYER))
        self.assertEqual(self.client.recipient(BUYER), entry)
        self.assertIsNone(self.client.recipient("999999999"))

    def test_the_status_of_the_services(self):
        up = self.client.service_status("key")
        self.assertTrue(up[0].available)
        self.assertEqual(up[0].service, "Autenticación")
        self.assertFalse(self.tokens)

    def test_addresses_of_the_three_environments(self):
        self.assertEqual(
            dgii.Endpoints.of("certecf"),
            dgii.Endpoints(
                "https://ecf.dgii.gov.do/certecf",
                "https://fc.dgii.gov.do/certecf",
                queries=False,
            ),
        )
        with self.assertRaises(ValueError):
            dgii.Endpoints.of("production")

    def test_the_certification_judges_but_is_not_asked_by_number(self):
        base = [url.replace("testecf", "certecf") for url in self.addresses()]
        xml = annulment("E310000000005", "E310000000005", 1)
        for queries, status in ((False, None), (True, 404)):
            endpoints = dgii.Endpoints(*base, queries=queries)
            client = dgii.DgiiClient(endpoints, signer(), dgii.MemoryTokens())
            client._now = lambda: NOW
            self.addCleanup(client.close)
            track_id = client.send(ecf(), named(E31)).track_id
            self.assertEqual(client.result(track_id).encf, E31)
            for call, *arguments in (
                (client.status, ISSUER, E31),
                (client.track_ids, ISSUER, E31),
                (client.summary_status, ISSUER, E31, "abcdef"),
                (client.directory,),
                (client.recipient, BUYER),
                (client.annul, xml, "x.xml"),
            ):
                with self.subTest(call=call.__name__, queries=queries):
                    with self.assertRaises((Unavailable, Refused)) as caught:
                        call(*arguments)
                    self.assertEqual(caught.exception.status, status)


class TestJudgement(Case):
    """What the simulator rejects, DGII rejects; what it burns, DGII burns."""

    def test_a_number_outside_its_range_stays_free(self):
        self.sim.set(ranges=[[ISSUER, "31", 1, 10]])
        e11 = "E310000000011"
        self.assertJudged(ecf(11), e11, "rejected", True, "number_not_authorised")
        self.assertJudged(ecf(10), "E310000000010", "accepted")

    def test_an_expired_sequence_stays_free(self):
        old = ecf(1, "31", (">31-12-2027<", ">31-12-2025<"))
        self.assertJudged(old, E31, "rejected", True, "number_expired")
        self.assertJudged(ecf(), E31, "accepted")

    def test_a_broken_signature_stays_free(self):
        broken = ecf().replace(b"21:15:03", b"21:15:04")
        self.assertJudged(broken, E31, "rejected", True, "signature")
        self.assertJudged(ecf(), E31, "accepted")

    def test_an_issuer_that_is_none_stays_free(self):
        self.sim.set(issuers=["999999999"])
        self.assertJudged(ecf(), E31, "rejected", True, "issuer")

    def test_a_signer_without_delegation(self):
        self.client.token()
        self.sim.set(signers=["40200000000"])
        self.assertJudged(ecf(), E31, "rejected", True, "signer")

    def test_a_file_of_another_name(self):
        track_id = self.client.send(ecf(), "x.xml").track_id
        self.client.result(track_id)
        outcome = dgii_states.decide(self.client.result(track_id))
        self.assertEqual((outcome.state, outcome.number_reusable), ("rejected", True))

    def test_an_empty_tag_and_what_the_caller_validates(self):
        empty = ecf(1, "31", ("<TipoPago>1</TipoPago>", "<TipoPago></TipoPago>"))
        outcome = self.judged(empty, E31)
        self.assertEqual((outcome.state, outcome.number_reusable), ("rejected", True))
        self.sim.set(validate=lambda root: ["Estructura del XML"])
        self.assertJudged(ecf(), E31, "rejected", True, "structure")

    def test_the_same_number_twice_is_rejected_as_used(self):
        self.assertJudged(ecf(), E31, "accepted")
        self.assertJudged(ecf(), E31, "rejected", False, "already_used")
        self.assertEqual(self.sim.attempts(E31), 2)
        self.assertEqual(len(self.sim.versions(E31)), 1)
        self.assertEqual(self.sim.accepted(), {(ISSUER, E31): 1})
        status = dgii_states.decide(self.client.status(ISSUER, E31))
        self.assertEqual(status.state, "accepted")

    def test_a_note_waits_for_the_document_it_modifies(self):
        first = self.assertJudged(
            note(1, E31), "E330000000001", "rejected", False, "modified_not_issued"
        )
        self.assertEqual(first.messages[0].code, "614")
        self.assertJudged(ecf(), E31, "accepted")
        self.assertJudged(note(2, E31), "E330000000002", "accepted")

    def test_totals_within_and_beyond_the_tolerance(self):
        total = "<MontoTotal>{}</MontoTotal>".format
        near = ecf(1, "31", (total("1408.00"), total("1409.99")))
        self.assertJudged(near, E31, "accepted")
        far = ecf(2, "31", (total("1408.00"), total("1411.00")))
        outcome = self.judged(far, "E310000000002")
        self.assertEqual((outcome.state, outcome.valid), ("conditional", True))
        self.assertTrue(outcome.messages)
        propina = "<MontoImpuestoAdicional>{}<".format
        wrong = ecf(3, "31", (propina("110.00"), propina("210.00")))
        self.assertJudged(wrong, "E310000000003", "rejected", False, "totals")

    def test_a_line_that_does_not_multiply_is_remarked(self):
        odd = ecf(1, "31", ("<MontoItem>900.00<", "<MontoItem>902.00<"))
        self.assertEqual(self.judged(odd, E31).state, "conditional")

    def test_a_small_consumer_invoice_is_not_taken_whole(self):
        full, summary, _code = consumer()
        outcome = self.judged(full, "E320000000001")
        self.assertEqual((outcome.state, outcome.number_reusable), ("rejected", True))
        result = self.client.send_summary(summary, named("E320000000001"))
        self.assertEqual(dgii_states.decide(result).state, "accepted")

    def test_a_document_signed_in_the_future_is_rejected(self):
        self.clock = NOW - timedelta(days=1)
        outcome = self.judged(ecf(), E31)
        self.assertEqual(outcome.state, "rejected")

    def test_rejections_told_to_the_simulator(self):
        self.sim.set(reject_next=1, reject_messages=[["2030", "x"]], reject_burns=True)
        self.assertJudged(ecf(), E31, "rejected", False, "sub_surcharges")
        self.sim.set(reject_next=1, reject_messages=[["2150", "x"]], reject_burns=False)
        e32 = "E320000000001"
        result = self.client.send_summary(consumer()[1], named(e32))
        outcome = dgii_states.decide(result)
        self.assertEqual((outcome.state, outcome.number_reusable), ("rejected", True))
        self.assertEqual(outcome.explanations[0].key, "sub_quantity")

    def test_what_is_no_ecf_is_not_received(self):
        for xml in (b"<x/>", b"no xml", consumer()[1]):
            with self.assertRaises(Refused) as caught:
                self.client.send(xml, named(E31))
            self.assertEqual(caught.exception.status, 400)
            self.assertEqual(caught.exception.messages[0].text, "XML inválido")

    def test_dgiis_own_schemas_take_our_documents(self):
        if not schemas():
            self.skipTest("DGII's schemas are not beside the checkout (NU_SHARED)")
        self.sim.set(schemas=schemas())
        self.assertJudged(ecf(), E31, "accepted")
        result = self.client.send_summary(consumer()[1], named("E320000000001"))
        self.assertEqual(dgii_states.decide(result).state, "accepted")
        strange = ecf(2, "31", ("<TipoPago>1</TipoPago>", "<TipoPago>9</TipoPago>"))
        outcome = self.judged(strange, "E310000000002")
        self.assertEqual((outcome.state, outcome.number_reusable), ("rejected", True))


class TestFailures(Case):
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

    def test_an_answer_that_drips_is_given_up(self):
        client = self.new_client(Timeouts(1, 1, 0.3))
        with _Dripping() as address:
            client._endpoints = dgii.Endpoints(address, address)
            self.tokens.set(address, Token("t", NOW + timedelta(hours=1)))
            error = self.assertFails(Unknown, client.send, ecf(), named(E31))
        self.assertIn("too long", str(error))

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


class TestReceivers(Case):
    def setUp(self):
        super().setUp()
        self.sim.set(directory=[{"rnc": BUYER}])
        self.receivers = dgii_receivers.ReceiverClient(
            signer(), self.tokens, now=lambda: self.clock, allow_private=True
        )
        self.addCleanup(self.receivers.close)

    def test_the_buyer_acknowledges_with_a_signature(self):
        entry = self.client.recipient(BUYER)
        answer = self.receivers.send(entry, ecf(), named(E31))
        self.assertTrue(answer.received)
        self.assertEqual((answer.issuer, answer.encf), (ISSUER, E31))
        verdict = signature.verify(answer.body)
        self.assertTrue(verdict.ok, verdict.message)
        self.assertEqual(verdict.certificate.name, "RECEPTOR DE PRUEBA")

    def test_why_a_document_is_not_acknowledged(self):
        entry = self.client.recipient(BUYER)
        broken = ecf().replace(b"21:15:03", b"21:15:04")
        stranger = ecf(2, "31", (f">{BUYER}<", ">130000002<"))
        reasons = []
        for xml in (b"<x></x>", broken, stranger, ecf(), ecf()):
            reasons.append(self.receivers.send(entry, xml, named(E31)).reason)
        self.assertEqual(reasons, ["1", "2", "4", "", "3"])

    def test_a_receiver_that_asks_who_we_are(self):
        self.sim.set(directory=[{"rnc": BUYER, "autenticacion": True}])
        entry = self.client.recipient(BUYER)
        self.assertTrue(self.receivers.send(entry, ecf(), named(E31)).received)
        self.assertEqual(len(self.tokens), 2)
        self.sim.expire_tokens()
        self.assertEqual(self.receivers.send(entry, ecf(), named(E31)).reason, "3")
        silent = Recipient("x", BUYER, entry.reception_url)
        with self.assertRaises(Refused):
            self.receivers.send(silent, ecf(), named(E31))

    def test_an_approval_goes_to_the_issuer(self):
        entry = self.client.recipient(BUYER)
        self.receivers.send_approval(entry, approval(E31), named(E31, BUYER))
        with self.assertRaises(Refused):
            self.receivers.send_approval(entry, ecf(), named(E31, BUYER))

    def test_an_address_may_be_given_whole(self):
        base = f"{self.sim.url}/receptor/{BUYER}"
        entry = Recipient("x", BUYER, f"{base}/FE/Recepcion/api/ECF")
        self.assertTrue(self.receivers.send(entry, ecf(), named(E31)).received)

    def test_addresses_that_lead_inside_are_not_called(self):
        careful = dgii_receivers.ReceiverClient(signer(), self.tokens)
        for url in (
            self.sim.url,
            "https://127.0.0.1/x",
            "https://localhost/x",
            "https://192.168.1.1",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://db.internal",
            "https://user:pass@example.com",
            "https://example.com:x",
            "file:///etc/passwd",
            "",
        ):
            with self.subTest(url=url), self.assertRaises(Refused):
                careful.send(Recipient("x", BUYER, url), ecf(), named(E31))
        self.assertEqual(self.calls("receptor"), 0)


class TestControl(Case):
    def test_faults_and_report_over_http(self):
        control = f"{self.sim.url}/_control"
        answer = requests.post(control, json={"fail_next": 1, "polls": 3}, timeout=5)
        self.assertEqual(answer.json()["faults"]["fail_next"], 1)
        self.assertEqual(self.sim.settings.polls, 3)
        with self.assertRaises(Unavailable):
            self.client.token()
        self.client.send(ecf(), named(E31))
        report = requests.get(control, timeout=5).json()
        self.assertEqual(report["attempts"], {E31: 1})
        self.assertEqual(report["accepted"], [E31])
        requests.post(control, json={"reset": True}, timeout=5)
        self.assertEqual(self.sim.attempts(E31), 0)
        wrong = requests.post(control, data=json.dumps({"typo": 1}), timeout=5)
        self.assertEqual(wrong.status_code, 400)


class _Dripping:
    """A server that sends its answer byte by byte, without end."""

    def __enter__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._drip, daemon=True).start()
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def _drip(self):
        connection, _address = self._listening.accept()
        with connection:
            connection.recv(1 << 20)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
            try:
                while True:
                    connection.sendall(b" " * 70000)
                    time.sleep(0.05)
            except OSError:
                return

    def __exit__(self, *_error):
        self._listening.close()
