"""Requests made up from the description, sound ones and broken ones: none may meet a
defect or an answer that is not described."""

import logging
import random
import time
from collections import Counter

import hypothesis
import schemathesis
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)
from schemathesis.specs.openapi import checks

from odoo.tests import tagged

from ...controllers import description
from ..common import DEVICE_HEADERS, ApiCase

_logger = logging.getLogger(__name__)

SEED = 20261121
#: Of each operation: drawn at random, beside the examples and the border cases.
DRAWN = 25
#: Of each operation: a shape with many fields has a thousand border cases.
BORDER_CASES = 80
#: Seconds for all; of what is left by then, each operation is asked once.
BUDGET = 150

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.allow_header_conformance,
    checks.unsupported_method,
]
SETTINGS = hypothesis.settings(
    max_examples=DRAWN,
    deadline=None,
    database=None,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    suppress_health_check=list(hypothesis.HealthCheck),
    report_multiple_bugs=False,
)


@tagged("post_install", "-at_install")
class TestSchemathesis(ApiCase):
    def setUp(self):
        super().setUp()
        load_all_checks()
        self.started = time.monotonic()
        self.statuses = Counter()
        # nothing is out of its reach
        self.hub.group_ids += self.env.ref("point_of_sale.group_pos_manager")

    def test_every_operation(self):
        schema = schemathesis.openapi.from_dict(description.document())
        # made before any of them is tried: an operation may lock its caller out
        token, token_to_end = self.login(), self.login()
        operations = [result.ok() for result in schema.get_all_operations()]
        described = sum(map(len, description.document()["paths"].values()))
        self.assertEqual(len(operations), described)
        asked = {}
        for operation in operations:
            ends = operation.path.endswith(("/logout", "/refresh"))
            with self.subTest(operation=operation.label):
                asked[operation.label] = self.try_operation(
                    operation, token_to_end if ends else token
                )
        self.assertEqual(len(asked), described)
        _logger.info("%s requests: %s", sum(asked.values()), dict(self.statuses))
        self.assertTrue(all(asked.values()), "an operation was not asked at all")
        for status in (200, 201, 400, 404, 422):
            self.assertTrue(self.statuses[status], f"nothing was answered {status}")
        self.assertLess(time.monotonic() - self.started, 180)

    def try_operation(self, operation, token):
        """Number of requests made."""
        requests = 0

        def one(case):
            nonlocal requests
            if requests and time.monotonic() - self.started > BUDGET:
                return
            requests += 1
            self.make_sense(case, requests)
            headers = {
                name: value
                for name, value in DEVICE_HEADERS.items()
                if name not in (case.headers or {})
            }
            headers["Authorization"] = f"Bearer {token}"
            response = case.call(
                base_url=self.base_url(), session=self.opener, headers=headers
            )
            self.statuses[response.status_code] += 1
            case.validate_response(response, checks=self.checks_of(operation))

        test = create_test(
            operation=operation,
            test_func=one,
            config=HypothesisTestConfig(
                project=operation.schema.config,
                modes=list(HypothesisTestMode),
                settings=SETTINGS,
                seed=SEED,
            ),
        )
        # Hypothesis keeps here what is to be tried beside what it draws
        cases = test.hypothesis_explicit_examples
        chosen = random.Random(SEED).sample(cases, min(len(cases), BORDER_CASES))
        test.hypothesis_explicit_examples = chosen
        test()
        return requests

    def checks_of(self, operation):
        """A request that breaks its shape has to be refused, too; but who needs no
        token may send any headers, a batch judges its orders one by one, and a paid
        sale is sold without what is odd about it."""
        lenient = (
            operation.path.endswith(("/batch-sync", "/hub/finalize"))
            or not (operation.definition.raw["security"])
        )
        return CHECKS if lenient else [*CHECKS, checks.negative_data_rejection]

    def make_sense(self, case, number):
        """Let every second sound request speak of what exists, so that it gets past
        the first look-up. Its totals are left to the server."""
        mode = case.meta.generation.mode if case.meta else None
        if number % 2 or mode != GenerationMode.POSITIVE:
            return
        for snapshot in snapshots(case.body):
            snapshot["config_id"] = self.config.id
            if number % 4 == 0:
                snapshot["pos_reference"] = self.reference()
            for name in (
                *("config", "session_id", "table_id", "table", "partner_id"),
                *("customer", "employee_id", "amount_total", "amount_tax"),
                *("amount_paid", "amount_return", "base_version"),
            ):
                snapshot.pop(name, None)
            if "fiscal_type" in snapshot:
                snapshot["fiscal_type"] = "B02"
            for line in snapshot.get("lines") or ():
                line.update(product_id=self.dish.id, qty=1, price_unit=100)
                line.pop("product", None)
                line.pop("tax_ids", None)
            for payment in snapshot.get("payments") or ():
                payment.update(payment_method_id=self.cash.id, amount=100_000)
                payment.update(is_credit=False)
                payment.pop("payment_method", None)


def snapshots(body):
    """The objects of a body that name a register."""
    if isinstance(body, list):
        return [item for item in body if isinstance(item, dict)]
    if not isinstance(body, dict):
        return []
    if isinstance(body.get("orders"), list):
        return snapshots(body["orders"])
    return [body] if "pos_reference" in body else []
