"""What the tests of orders over HTTP share."""

from .gateway_case import GatewayCase


class OrderCase(GatewayCase):
    def create_draft(self, body=None, status=201, **values):
        body = body or self.draft(**values)
        return self.assertDone(self.call("orders/create", body), status)

    def sell(self, body=None, **values):
        body = body or self.snapshot(**values)
        return self.assertDone(self.call("hub/finalize", body))

    def reserve(self, reference, status=200, fiscal_type="B02", **values):
        return self.call(
            "orders/reserve-ncf",
            {
                "pos_reference": reference,
                "config_id": self.config.id,
                "fiscal_type": fiscal_type,
                **values,
            },
        )

    def release(self, reference, **values):
        return self.call(
            "orders/release-ncf",
            {"pos_reference": reference, "config_id": self.config.id, **values},
        )

    def assertReplayed(self, result, status=200):
        body = self.assertDone(result, status)
        self.assertEqual(result[2].headers["Idempotent-Replayed"], "true")
        return body

    def orders(self, reference):
        return self.env["pos.order"].search([("pos_reference", "=", reference)])
