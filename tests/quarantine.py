"""What the tests of quarantined sales share."""

from ..models.runtime.problem import ApiProblem


class QuarantineMixin:
    """Refusals whose traces stay: ``assertRaises`` of Odoo rolls back what the refused
    call has written, and here that is what is looked at."""

    def setUp(self):
        super().setUp()
        # what tests on real connections left behind is none of these
        self.env.cr.execute("DELETE FROM nu_pos_sale_quarantine")
        self.env.invalidate_all()

    def refused(self, code, function, *args, **kwargs):
        """The problem a call is refused with."""
        try:
            function(*args, **kwargs)
        except ApiProblem as problem:
            self.assertEqual(problem.code, code, problem.detail)
            self.env.invalidate_all()
            return problem
        self.fail(f"not refused with {code}")

    def quarantined(self, code, body, **kwargs):
        """Finalize what is refused; the record that keeps it."""
        problem = self.refused(code, self.finalize, body, **kwargs)
        self.assertIs(problem.extra.get("quarantined"), True, problem.extra)
        record = self.env["nu.pos.sale.quarantine"].browse(
            problem.extra["quarantine_id"]
        )
        self.assertEqual(record.code, code)
        return record

    def without_numbers(self, prefix="B16"):
        """A sale whose type has no authorised range; one that has comes with
        :meth:`authorise`."""
        buyer = self.ref("partner_state")
        return self.snapshot(fiscal_type=prefix, partner_id=buyer.id)

    def authorise(self, prefix="B16", last=9):
        return self.env["nu.pos.ncf.range"].create(
            {
                "company_id": self.company.id,
                "document_type_id": self.type(prefix).id,
                "first_number": 1,
                "last_number": last,
                "date_expiry": "2099-12-31",
            }
        )

    def events(self, reference):
        return (
            self.env["nu_restaurant_pos.order_audit"]
            .search([("pos_reference", "=", reference)], order="id")
            .mapped("event")
        )
