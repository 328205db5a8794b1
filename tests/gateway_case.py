"""What the tests over HTTP share: how a refusal and a success look."""

from .common import ApiCase

DISPATCHER = "odoo.addons.nu_restaurant_pos.controllers.dispatcher"
INSIDES = ("Traceback", 'File "', "psycopg2", "SELECT ", "INSERT ", "odoo.addons")


class GatewayCase(ApiCase):
    """How a refusal looks, and what belongs to a company the hub does not work in."""

    def assertRefused(self, result, status, code, path=None):
        """Status, headers and body of a problem; the body, for a closer look."""
        got, body, response = result
        self.assertEqual((got, (body or {}).get("code")), (status, code), body)
        headers = response.headers
        self.assertEqual(
            headers["Content-Type"], "application/problem+json; charset=utf-8"
        )
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertTrue(body["request_id"])
        self.assertEqual(headers["X-Request-Id"], body["request_id"])
        self.assertEqual(body["status"], status)
        self.assertTrue(body["title"])
        self.assertTrue(body["detail"])
        self.assertEqual(body["error"], body["detail"])
        self.assertIsInstance(body["retryable"], bool)
        self.assertTrue(body["type"].endswith(code.lower().replace("_", "-")))
        if status == 503:
            self.assertGreater(int(headers["Retry-After"]), 0)
        if path is not None:
            self.assertIn(path, [entry["path"] for entry in body["errors"]], body)
        for inside in INSIDES:
            self.assertNotIn(inside, response.text)
        return body

    def assertDone(self, result, status=200):
        """Status and headers of a success; the body."""
        got, body, response = result
        self.assertEqual(got, status, body)
        self.assertEqual(
            response.headers["Content-Type"], "application/json; charset=utf-8"
        )
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertTrue(response.headers["X-Request-Id"])
        return body

    @classmethod
    def make_other_company(cls):
        """A register, product, customer and payment method out of the hub's reach."""
        cls.other_company = cls.env.ref("base.main_company")
        env = cls.env(context={"allowed_company_ids": cls.other_company.ids})
        values = {"company_id": cls.other_company.id}
        cls.other_config = env["pos.config"].create({"name": "Ajena", **values})
        cls.other_product = env["product.product"].create(
            {"name": "Ajeno", "default_code": "AJENO", **values}
        )
        cls.other_partner = env["res.partner"].create(
            {"name": "Cliente ajeno", **values}
        )
        cls.other_method = cls.other_config.payment_method_ids[:1]

    def order_count(self):
        return self.env["pos.order"].search_count([])
