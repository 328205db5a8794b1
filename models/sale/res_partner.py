from odoo import api, models

from ...schemas.customer import CreditCheck
from ..runtime.problem import Findings
from ..runtime.reference_resolver import ReferenceResolver
from ..runtime.wire import reads


class ResPartner(models.Model):
    """Sales on account: what a customer may still owe."""

    _inherit = "res.partner"

    def _nu_credit(self, company):
        """Credit limit and what is owed, in the company's currency.

        Owed: the open receivables plus sales on account of sessions whose entries are
        not posted yet.

        :return: ``(limit, balance)``
        """
        self.ensure_one()
        partner = self.commercial_partner_id.with_company(company).sudo()
        limit = partner.credit_limit if partner.use_partner_credit_limit else 0.0
        [(pending,)] = (
            self.env["pos.payment"]
            .sudo()
            ._read_group(
                [
                    ("pos_order_id.partner_id", "child_of", partner.id),
                    ("company_id", "=", company.id),
                    ("payment_method_id.journal_id", "=", False),
                    ("pos_order_id.state", "=", "paid"),
                    ("pos_order_id.account_move", "=", False),
                    ("session_id.state", "!=", "closed"),
                ],
                aggregates=["amount:sum"],
            )
        )
        return limit, partner.credit + (pending or 0.0)

    @api.private
    @api.model
    @reads
    def _nu_credit_check(self, wire: CreditCheck):
        """``POST /customers/credit-check``.

        A customer without a limit has no credit.
        """
        config = self.env["pos.config"]._nu_pick(wire.config_id)
        findings = Findings()
        resolver = ReferenceResolver(self.sudo().env)
        partner = resolver.one(
            "customer", wire.partner_id, "partner_id", findings, config
        )
        findings.raise_if_any()
        company = config.company_id
        limit, balance = partner._nu_credit(company)
        available = limit - balance
        fits = company.currency_id.compare_amounts(float(wire.amount), available) <= 0
        return {
            "status": "ok",
            "partner_id": partner.id,
            "eligible": limit > 0 and fits,
            "credit_limit": limit,
            "current_balance": balance,
            "available_credit": available,
        }
