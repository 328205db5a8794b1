"""Sales on one account at once, on real connections."""

from odoo.tests import tagged

from ...models.runtime.problem import ApiProblem
from ..numbers.test_ncf_concurrency import RealCursorCase


@tagged("post_install", "-at_install")
class TestCreditConcurrency(RealCursorCase):
    def setUp(self):
        super().setUp()

        def make(env):
            partners = env["res.partner"].with_company(self.company)
            house = partners.create(
                {
                    "name": f"Casa {self.prefix}",
                    "ref": f"{self.prefix}-casa",
                    "company_id": self.company.id,
                    "use_partner_credit_limit": True,
                    "credit_limit": 1000,
                }
            )
            contact = partners.create(
                {
                    "name": f"Compras {self.prefix}",
                    "ref": f"{self.prefix}-compras",
                    "parent_id": house.id,
                    "company_id": self.company.id,
                }
            )
            return (house | contact).ids

        self.partner_ids = self.in_transaction(make)
        self.addCleanup(
            self.in_transaction,
            lambda env: env["res.partner"].browse(self.partner_ids).unlink(),
        )
        self.addCleanup(self._clean)

    def sell(self, **customer):
        body = {
            **self.snapshot(
                payments=[{"payment_method_id": self.credit.id, "amount": 640.0}]
            ),
            "pos_reference": self.own_reference(),
            **customer,
        }

        def run(env):
            return env["pos.order"]._nu_submit(body, finalize=True).body["state"]

        try:
            return self.in_transaction(run, self.hub.id)
        except ApiProblem as problem:
            return problem.code

    def test_limit_holds_however_the_customer_is_named(self):
        """1,000.00 are free and each sale takes 640.00: by id, by code, by an object,
        by name and through a contact of the house, all at once, one is sold."""
        house, contact = self.partner_ids
        results = self.race(
            lambda: self.sell(partner_id=house),
            lambda: self.sell(customer=f"{self.prefix}-casa"),
            lambda: self.sell(customer={"ref": f"{self.prefix}-casa"}),
            lambda: self.sell(customer=f"Casa {self.prefix}"),
            lambda: self.sell(partner_id=contact),
        )
        self.assertEqual(sorted(map(str, results)), ["CREDIT_LIMIT"] * 4 + ["paid"])
        limit, balance = self.in_transaction(
            lambda env: env["res.partner"].browse(house)._nu_credit(self.company)
        )
        self.assertEqual((limit, balance), (1000, 640))
