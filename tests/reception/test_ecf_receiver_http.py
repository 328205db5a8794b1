"""The addresses of reception, as the software of others calls them."""

import base64
import json
from datetime import datetime, timedelta
from unittest.mock import patch

import requests
from lxml import etree

from odoo.tests import common, tagged
from odoo.tools import mute_logger

from ...controllers import ecf_receiver
from ...fiscal.ecf import messages, signature
from ...fiscal.ecf.description import Buyer
from ...fiscal.ecf.dgii import MemoryTokens
from ...fiscal.ecf.dgii_answers import Recipient
from ...fiscal.ecf.dgii_http import Refused
from ...fiscal.ecf.dgii_receivers import ReceiverClient
from ...fiscal.ecf.self_signed import self_signed
from ...models.reception import nu_pos_ecf_seed
from ..common import ApiCase
from ..ecf_reception import SUPPLIER, ReceptionMixin
from ..ecf_signers import signer

RECEIVE = "/fe/recepcion/api/ecf"
APPROVE = "/fe/aprobacioncomercial/api/ecf"
SEED = "/fe/autenticacion/api/semilla"
TOKEN = "/fe/autenticacion/api/validacioncertificado"
DISPATCHER = "odoo.addons.nu_restaurant_pos.controllers.dispatcher"
INSIDES = ("Traceback", 'File "', "psycopg2", "SELECT ", "odoo.addons", "<html")


class ReceiverHttpCase(ReceptionMixin, ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_reception()

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # Odoo's guard reads a timeout as one number; ReceiverClient has two
        if r.url.startswith(f"http://{common.HOST}:"):
            return common._super_send(s, r, **kw)
        return super()._request_handler(s, r, **kw)

    def post(self, path, xml, headers=None, **values):
        response = self.url_open(
            path,
            files={"xml": ("documento.xml", xml, "text/xml")},
            headers=headers,
            timeout=60,
            **values,
        )
        self.env.invalidate_all()
        return response

    def assertProblem(self, response, status, code=None):
        """A problem with a request id, and nothing of our insides in it."""
        self.assertEqual(response.status_code, status, response.text)
        self.assertIn("application/problem+json", response.headers["Content-Type"])
        body = response.json()
        if code:
            self.assertEqual(body["code"], code)
        self.assertEqual(body["request_id"], response.headers["X-Request-Id"])
        for inside in INSIDES:
            self.assertNotIn(inside, response.text)
        return body

    def get_token(self):
        seed = self.url_open(SEED).content
        response = self.post(TOKEN, signature.sign(seed, signer()))
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()["token"]


@tagged("post_install", "-at_install")
class TestReceiverHttp(ReceiverHttpCase):
    def test_document_comes_in_and_the_acknowledgement_goes_out(self):
        xml = self.file()
        response = self.post(RECEIVE, xml)
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(
            response.headers["Content-Type"], "application/xml; charset=utf-8"
        )
        self.assertTrue(response.headers["X-Request-Id"])
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertNotIn("Set-Cookie", response.headers)
        receipt, record = self.judged(response.content)
        self.assertEqual(receipt.status, messages.RECEIVED)
        self.assertEqual(base64.b64decode(record.xml), xml)
        self.assertTrue(record.source)
        self.assertEqual(record.bill_state, "to_make")
        again = self.post(RECEIVE, xml)
        self.assertEqual(again.content, response.content)

    def test_every_refusal_is_an_acknowledgement_too(self):
        good = self.file()
        self.assertEqual(self.post(RECEIVE, good).status_code, 200)
        cases = {
            1: self.file(
                2, edit=lambda x: x.replace(b"<MontoTotal>236.00</MontoTotal>", b"")
            ),
            2: self.file(3).replace(b"Arroz", b"Arena"),
            3: self.file(1, internal_number="77"),
            4: self.file(4, buyer=Buyer(rnc="101672919", name="OTRO")),
        }
        for reason, xml in cases.items():
            with self.subTest(reason=reason):
                response = self.post(RECEIVE, xml)
                self.assertEqual(response.status_code, 200, response.text)
                receipt, record = self.judged(response.content)
                self.assertEqual(receipt.reason, reason)
                self.assertEqual(record.state, "refused")

    def test_paths_are_read_in_any_case(self):
        for number, path in enumerate(
            ("/FE/Recepcion/API/ECF", "/Fe/RECEPCION/api/eCF", f"{RECEIVE}/"), 1
        ):
            with self.subTest(path=path):
                response = self.post(path, self.file(number))
                self.assertEqual(response.status_code, 200, response.text)
        response = self.url_open("/fE/AUTENTICACION/API/SEMILLA")
        self.assertEqual(response.status_code, 200)

    def test_part_without_file_name_will_do(self):
        body = (
            b'--x\r\nContent-Disposition: form-data; name="xml"\r\n\r\n'
            + self.file()
            + b"\r\n--x--\r\n"
        )
        response = self.url_open(
            RECEIVE,
            data=body,
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        self.assertEqual(response.status_code, 200, response.text)

    def test_approval_of_a_buyer_is_answered_with_nothing_or_400(self):
        answer = self.finalize(
            self.snapshot(fiscal_type="E31", partner_id=self.buyer.id)
        )
        ecf = self.env["nu.pos.ecf"].search(
            [("name", "=", answer["fiscal"]["reference"])]
        )
        xml = self.approval(ecf)
        self.assertProblem(self.post(APPROVE, xml), 400, "BAD_REQUEST")
        self.assertFalse(ecf.buyer_answer)
        response = self.post(APPROVE, signature.sign(xml, signer()))
        self.assertEqual((response.status_code, response.content), (200, b""))
        self.assertEqual(ecf.buyer_answer, "approved")
        stranger = self.approval(ecf, encf="E310000099999")
        response = self.post(APPROVE, signature.sign(stranger, signer()))
        self.assertProblem(response, 400, "BAD_REQUEST")

    def test_our_own_client_can_talk_to_it(self):
        recipient = Recipient("El Conuco", self.company.vat, *[self.base_url()] * 3)
        client = ReceiverClient(
            signer(), MemoryTokens(), allow_private=True, session=self.opener
        )
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("nu_pos.ecf_receiver_token", "True")
        xml = self.file()
        told = client.send(recipient, xml, f"{SUPPLIER}E310000000001.xml")
        self.assertTrue(told.received)
        self.assertEqual(told.encf, "E310000000001")
        bare = Recipient("El Conuco", self.company.vat, self.base_url())
        with self.assertRaises(Refused):
            client.send(bare, xml, "x.xml")


@tagged("post_install", "-at_install")
class TestReceiverAuthentication(ReceiverHttpCase):
    def test_seed_is_a_new_one_each_time(self):
        seeds = [self.url_open(SEED) for _time in range(2)]
        values = set()
        for response in seeds:
            self.assertEqual(response.status_code, 200)
            root = etree.fromstring(response.content)
            self.assertEqual(root.tag, "SemillaModel")
            self.assertEqual([child.tag for child in root], ["valor", "fecha"])
            datetime.fromisoformat(root.findtext("fecha").rstrip("Z"))
            values.add(root.findtext("valor"))
        self.assertEqual(len(values), 2)
        self.assertFalse(self.env["nu.pos.ecf.seed"].search([]))

    def test_signed_seed_gives_a_token_for_an_hour(self):
        seed = self.url_open(SEED).content
        response = self.post(TOKEN, signature.sign(seed, signer()))
        self.assertEqual(response.status_code, 200, response.text)
        body = response.json()
        self.assertEqual(set(body), {"token", "expira", "expedido"})
        form = "%Y-%m-%dT%H:%M:%SZ"
        lasts = datetime.strptime(body["expira"], form) - datetime.strptime(
            body["expedido"], form
        )
        self.assertEqual(lasts, timedelta(hours=1))
        self.env["ir.config_parameter"].set_param("nu_pos.ecf_receiver_token", "True")
        headers = {"Authorization": f"Bearer {body['token']}"}
        response = self.post(RECEIVE, self.file(), headers)
        self.assertEqual(response.status_code, 200, response.text)

    def test_seed_is_used_once(self):
        signed = signature.sign(self.url_open(SEED).content, signer())
        self.assertEqual(self.post(TOKEN, signed).status_code, 200)
        self.assertProblem(self.post(TOKEN, signed), 401, "UNAUTHENTICATED")

    def test_seed_that_is_not_ours_or_badly_signed_is_refused(self):
        seed = self.url_open(SEED).content
        value = etree.fromstring(seed).findtext("valor").encode()
        other = base64.b64encode(b"1.x.y")
        old = signature.sign(seed, signer())
        expired = self_signed(
            "Vieja", SUPPLIER, datetime.now() - timedelta(days=60), days=30
        )
        for name, xml in {
            "another seed": signature.sign(seed.replace(value, other), signer()),
            "no seed": signature.sign(seed.replace(value, b"hola"), signer()),
            "not signed": seed,
            "changed": old.replace(b"<fecha>", b"<fecha>1"),
            "expired certificate": signature.sign(seed, expired),
        }.items():
            with self.subTest(name):
                self.assertProblem(self.post(TOKEN, xml), 401, "UNAUTHENTICATED")
        for xml in (
            b"hola",
            signature.sign(b"<Otra><valor>x</valor></Otra>", signer()),
        ):
            self.assertProblem(self.post(TOKEN, xml), 400, "BAD_REQUEST")

    def test_old_seed_is_refused(self):
        signed = signature.sign(self.url_open(SEED).content, signer())
        self.patch(nu_pos_ecf_seed, "SEED_SECONDS", -1)
        self.assertProblem(self.post(TOKEN, signed), 401, "UNAUTHENTICATED")

    def test_token_is_demanded_where_the_setting_says_so(self):
        self.env["ir.config_parameter"].set_param("nu_pos.ecf_receiver_token", "True")
        for path in (RECEIVE, APPROVE):
            response = self.post(path, self.file())
            self.assertProblem(response, 401, "UNAUTHENTICATED")
            self.assertEqual(response.headers["WWW-Authenticate"], "Bearer")
        self.assertFalse(self.received.search([]))

    def test_wrong_token_is_refused_even_where_none_is_demanded(self):
        for token in ("x", "a.b.c", self.login()):
            headers = {"Authorization": f"Bearer {token}"}
            response = self.post(RECEIVE, self.file(), headers)
            self.assertProblem(response, 401, "UNAUTHENTICATED")

    def test_token_of_reception_opens_nothing_else(self):
        status, _body, _response = self.call("auth/me", method="GET", token="x.y.z")
        self.assertEqual(status, 401)
        status, body, _response = self.call(
            "auth/me", method="GET", token=self.get_token()
        )
        self.assertEqual((status, body["code"]), (401, "UNAUTHENTICATED"))

    def test_old_token_is_refused(self):
        self.patch(nu_pos_ecf_seed, "TOKEN_SECONDS", -5)
        headers = {"Authorization": f"Bearer {self.get_token()}"}
        response = self.post(RECEIVE, self.file(), headers)
        self.assertProblem(response, 401, "TOKEN_EXPIRED")


@tagged("post_install", "-at_install")
class TestReceiverGate(ReceiverHttpCase):
    def test_other_paths_and_methods_are_told(self):
        self.assertProblem(self.url_open("/fe/otra/cosa"), 404, "NOT_FOUND")
        response = self.url_open(RECEIVE)
        self.assertProblem(response, 405, "METHOD_NOT_ALLOWED")
        self.assertEqual(response.headers["Allow"], "POST")
        response = self.url_open(SEED, method="DELETE")
        self.assertProblem(response, 405, "METHOD_NOT_ALLOWED")

    def test_other_content_types_are_refused(self):
        for content_type in ("text/xml", "application/json", "text/plain"):
            with self.subTest(content_type):
                response = self.url_open(
                    RECEIVE, data=self.file(), headers={"Content-Type": content_type}
                )
                self.assertProblem(response, 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_broken_forms_are_refused(self):
        multipart = "multipart/form-data"
        for headers, data in (
            ({"Content-Type": multipart}, b"hola"),
            ({"Content-Type": f"{multipart}; boundary=x"}, b"hola"),
            ({"Content-Type": f"{multipart}; boundary=x"}, b"--x--\r\n"),
        ):
            with self.subTest(headers=headers, data=data):
                response = self.url_open(RECEIVE, data=data, headers=headers)
                self.assertProblem(response, 400, "BAD_REQUEST")
        response = self.url_open(RECEIVE, files={"otra": ("x.xml", self.file())})
        self.assertProblem(response, 400, "BAD_REQUEST")
        many = {f"p{n}": ("x", b"x") for n in range(50)}
        self.assertProblem(self.url_open(RECEIVE, files=many), 413, "TOO_LARGE")

    def test_huge_bodies_are_not_read(self):
        big = b"<SemillaModel>" + b" " * ecf_receiver.MAX_MESSAGE
        for path in (TOKEN, APPROVE):
            self.assertProblem(self.post(path, big), 413, "TOO_LARGE")
        with patch.dict(
            ecf_receiver.SERVICES, {"recepcion/api/ecf": ("POST", "_receive", 1000)}
        ):
            self.assertProblem(self.post(RECEIVE, self.file()), 413, "TOO_LARGE")

    def test_hostile_xml_is_refused(self):
        doctype = b'<!DOCTYPE ECF [<!ENTITY x SYSTEM "file:///etc/passwd">]><ECF>'
        xml = self.file().replace(b"<ECF>", doctype).replace(b"Arroz", b"&x;")
        for path in (RECEIVE, APPROVE, TOKEN):
            response = self.post(path, xml)
            self.assertProblem(response, 400, "BAD_REQUEST")
            self.assertNotIn("root:", response.text)

    def test_too_many_requests_of_an_address_must_wait(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("nu_pos.rate_limit_per_minute", "2")
        self.env.flush_all()
        with mute_logger("odoo.http"):
            answers = [self.url_open(SEED) for _time in range(6)]
        last = answers[-1]
        self.assertProblem(last, 429, "RATE_LIMITED")
        self.assertTrue(int(last.headers["Retry-After"]))

    def test_nothing_of_an_unknown_error_leaves(self):
        with (
            patch.object(
                self.registry["nu.pos.ecf.receiver"],
                "receive",
                side_effect=ZeroDivisionError("the secret"),
            ),
            mute_logger(DISPATCHER, "odoo.http"),
        ):
            response = self.post(RECEIVE, self.file())
        body = self.assertProblem(response, 500, "INTERNAL")
        self.assertNotIn("secret", json.dumps(body))

    def test_reception_answers_without_accounts_and_without_the_network(self):
        self.env["account.journal"].search([("type", "=", "purchase")]).active = False
        real = requests.Session.send

        def send(session, request, **options):
            if not request.url.startswith(self.base_url()):
                raise AssertionError(f"called {request.url}")
            return real(session, request, **options)

        with patch.object(requests.Session, "send", send):
            response = self.post(RECEIVE, self.file())
        self.assertEqual(response.status_code, 200, response.text)
        _receipt, record = self.judged(response.content)
        self.assertEqual(record.bill_state, "to_make")
