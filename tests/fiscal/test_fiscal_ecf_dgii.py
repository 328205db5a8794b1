"""Calls to DGII, and what its answers mean."""

import json
from datetime import timedelta

import requests

from ...fiscal.ecf import (
    dgii,
    dgii_http,
    dgii_states,
    signature,
)
from ...fiscal.ecf.dgii_answers import Token
from ...fiscal.ecf.dgii_http import (
    Refused,
    Unavailable,
)
from ..dgii_client_case import E31, NOW, DgiiClientCase, named
from ..dgii_sim import (
    BUYER,
    ISSUER,
    annulment,
    approval,
    consumer,
    ecf,
    note,
    schemas,
)
from ..ecf_signers import signer


class TestToken(DgiiClientCase):
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


class TestServices(DgiiClientCase):
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


class TestJudgement(DgiiClientCase):
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

    def test_what_a_note_may_modify(self):
        """The rules of 23-09-2025, and message 615; all of them burn the number."""
        self.assertJudged(ecf(1), E31, "accepted")
        other = (f"<RNCComprador>{BUYER}<", "<RNCComprador>130000002<")
        wrong = self.assertJudged(
            note(1, E31, other), "E330000000001", "rejected", False, "note_buyer"
        )
        self.assertEqual(wrong.messages[0].code, "615")
        more = ("<MontoTotal>1408.00<", "<MontoTotal>1410.00<")
        self.assertJudged(
            note(1, E31, more, kind="34"),
            "E340000000001",
            "rejected",
            False,
            "note_exceeds",
        )
        # a debit note raises what may be given back
        self.assertJudged(note(2, E31), "E330000000002", "accepted")
        self.assertJudged(note(2, E31, kind="34"), "E340000000002", "accepted")
        self.assertJudged(
            note(3, "E340000000002"), "E330000000003", "rejected", False, "note_of_note"
        )
        self.assertJudged(note(4, E31, kind="34", code=1), "E340000000004", "accepted")
        for kind in ("33", "34"):
            self.assertJudged(
                note(5, E31, kind=kind),
                f"E{kind}0000000005",
                "rejected",
                False,
                "note_of_annulled",
            )

    def test_white_space_is_dropped_before_the_signature_is_looked_at(self):
        """Added after signing it does no harm; signed, the signature is broken."""
        spaced = ecf(1).replace(b"><", b">\r\n  <")
        self.assertJudged(spaced, E31, "accepted")
        text = ecf(2, sign=False).replace(b"><", b">\r\n  <")
        self.assertJudged(
            signature.sign(text, signer()),
            "E310000000002",
            "rejected",
            True,
            "signature",
        )

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
            self.skipTest("shared: DGII's schemas are not here, NU_SHARED says where")
        self.sim.set(schemas=schemas())
        self.assertJudged(ecf(), E31, "accepted")
        result = self.client.send_summary(consumer()[1], named("E320000000001"))
        self.assertEqual(dgii_states.decide(result).state, "accepted")
        strange = ecf(2, "31", ("<TipoPago>1</TipoPago>", "<TipoPago>9</TipoPago>"))
        outcome = self.judged(strange, "E310000000002")
        self.assertEqual((outcome.state, outcome.number_reusable), ("rejected", True))


class TestControl(DgiiClientCase):
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
