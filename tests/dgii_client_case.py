"""A client of DGII's services beside a simulator of them."""

from datetime import datetime, timezone

from odoo.addons.nu_restaurant_pos.fiscal.ecf import (
    dgii,
    dgii_states,
)
from odoo.addons.nu_restaurant_pos.fiscal.ecf.dgii_http import (
    Timeouts,
)

from .dgii_sim import (
    ISSUER,
    start,
)
from .ecf_signers import signer
from .pure_case import PureCase

#: An hour after the documents were signed.
NOW = datetime(2026, 11, 21, 2, 15, tzinfo=timezone.utc)
E31 = "E310000000001"
PATIENT = Timeouts(2, 5, 8)


def named(encf, rnc=ISSUER):
    return dgii.document_name(rnc, encf)


class DgiiClientCase(PureCase):
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
