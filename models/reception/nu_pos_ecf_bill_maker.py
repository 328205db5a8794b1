"""A supplier's e-CF in the words of Odoo's accounting."""

import base64
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...fiscal.ecf.description import PROPINA_LEGAL, SERVICE, Billing, Terms
from ...fiscal.ecf.normalize import parse_received
from ...fiscal.ecf.signature import verify
from ...fiscal.identity import format_tax_id
from ...fiscal.money import round_half_up

ZERO, CENT = Decimal(0), Decimal("0.01")
#: Names of taxes in the Dominican chart of accounts (l10n_do).
_CHART_TAXES = {
    (18, True): "tax_18_purch_serv",
    (18, False): "tax_18_purch",
    (16, True): "tax_16_purch",
    (16, False): "tax_16_purch",
    (0, True): "tax_0_purch",
    (0, False): "tax_0_purch",
}
_CHART_TIP = "tax_tip_purch"


class NuPosEcfBillMaker(models.AbstractModel):
    """Makes draft vendor bills, refunds and debit notes of received e-CF.

    Quantities and prices are the supplier's; taxes are the company's own of the same
    rate. The total must be that of the document: cents of rounding get a line, and
    any other difference is told on the bill, for a person to judge.
    """

    _name = "nu.pos.ecf.bill.maker"
    _description = "Maker of vendor bills from electronic receipts"

    @api.model
    def _make(self, received):
        """:return: ``(account.move, notes)``; the bill may be one that a person had
            entered before

        :raise UserError: the accounts are not set up for it
        """
        company = received.company_id
        self = self.with_company(company).with_context(
            allowed_company_ids=company.ids, lang=self._language(company)
        )
        received = received.with_env(self.env)
        # what was signed, which is not all that stands in the file
        document, problems = parse_received(verify(base64.b64decode(received.xml)).root)
        if problems:
            raise UserError(problems[0].message)
        partner = self._partner(document.issuer, company)
        known = self._known_bill(company, partner, received.name)
        if known:
            return known, [self.env._("A bill with this number was there already.")]
        values, notes = self._values(received, document, partner)
        bill = (
            self.env["account.move"]
            .sudo()
            .with_context(default_move_type=values["move_type"])
            .create(values)
        )
        notes += self._settle(bill, document)
        self.env["ir.attachment"].sudo().create(
            {
                "name": received.xml_name,
                "raw": base64.b64decode(received.xml),
                "mimetype": "application/xml",
                "res_model": "account.move",
                "res_id": bill.id,
            }
        )
        for note in notes:
            bill.message_post(body=note)
        return bill, notes

    @api.model
    def _language(self, company):
        return company.partner_id.lang or self.env.lang

    # -- Whose ---------------------------------------------------------------------

    @api.model
    def _partner(self, issuer, company):
        """The supplier with that RNC, made if there is none."""
        partners = self.env["res.partner"].sudo()
        forms = [issuer.rnc, f"DO{issuer.rnc}", format_tax_id(issuer.rnc)]
        found = partners.search(
            [
                ("vat", "in", forms),
                ("company_id", "in", [False, company.id]),
                ("parent_id", "=", False),
            ],
            order="company_id, id",
            limit=1,
        )
        if found:
            return found
        return partners.with_context(no_vat_validation=True).create(
            {
                "name": issuer.name,
                "vat": issuer.rnc,
                "is_company": len(issuer.rnc) == 9,
                "street": issuer.address,
                "phone": issuer.phones[0] if issuer.phones else False,
                "email": issuer.email,
                "country_id": self.env.ref("base.do").id,
                "supplier_rank": 1,
            }
        )

    @api.model
    def _known_bill(self, company, partner, number):
        return (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("move_type", "in", ("in_invoice", "in_refund")),
                    ("commercial_partner_id", "=", partner.commercial_partner_id.id),
                    ("ref", "=", number),
                    ("state", "!=", "cancel"),
                ],
                limit=1,
            )
        )

    # -- What ----------------------------------------------------------------------

    @api.model
    def _values(self, received, document, partner):
        company, notes = received.company_id, []
        journals = self.env["account.journal"].sudo()
        journal = journals.search(
            [*journals._check_company_domain(company), ("type", "=", "purchase")],
            limit=1,
        )
        if not journal:
            raise UserError(self.env._("%s has no purchase journal.", company.name))
        is_refund = document.kind == "34"
        values = {
            "move_type": "in_refund" if is_refund else "in_invoice",
            "company_id": company.id,
            "journal_id": journal.id,
            "partner_id": partner.id,
            "ref": document.encf,
            "invoice_date": document.issue_date,
            "currency_id": self.env.ref("base.DOP").id,
            "invoice_line_ids": self._lines(document, company, notes),
        }
        if document.terms == Terms.CREDIT and document.due_date:
            values["invoice_date_due"] = document.due_date
            values["invoice_payment_term_id"] = False
        if journal.l10n_latam_use_documents:
            values["l10n_latam_document_type_id"] = received.document_type_id.id
            values["l10n_latam_document_number"] = document.encf
        reference = document.reference
        if document.kind in ("33", "34") and reference and reference.ncf:
            original = self._known_bill(company, partner, reference.ncf)
            if original:
                link = "reversed_entry_id" if is_refund else "debit_origin_id"
                values[link] = original.id
            else:
                notes.append(
                    self.env._(
                        "The bill %s that this note modifies is not here.",
                        reference.ncf,
                    )
                )
        return values, notes

    @api.model
    def _lines(self, document, company, notes):
        rates = _rates(document)
        lines, has_tip = [], False
        tip = self._tip_tax(company)
        for line in document.lines:
            if line.billing == Billing.NOT_INVOICED:
                lines.append(
                    Command.create(
                        {
                            "display_type": "line_note",
                            "name": f"{line.name} ({line.amount})",
                        }
                    )
                )
                continue
            rate = rates[line.billing]
            taxes = self._itbis(rate, line.nature == SERVICE, company)
            if rate and not taxes:
                notes.append(self._no_tax(rate))
            bears_tip = PROPINA_LEGAL in line.additional_taxes
            if bears_tip and tip:
                taxes |= tip
                has_tip = True
            inside = rate if document.prices_with_tax else 0
            name = "\n".join(filter(None, (line.name, line.description)))
            lines.append(
                Command.create(
                    {"name": name, **_priced(line, inside), "tax_ids": taxes.ids}
                )
            )
        for adjustment in document.adjustments:
            sign = -1 if adjustment.kind == "D" else 1
            rate = rates.get(adjustment.billing, 0)
            lines.append(
                Command.create(
                    {
                        "name": adjustment.description
                        or self.env._("Discount of the document"),
                        "quantity": 1,
                        "price_unit": sign * float(adjustment.amount or 0),
                        "tax_ids": self._itbis(rate, False, company).ids,
                    }
                )
            )
        for tax in document.totals.additional_taxes:
            parts = (tax.specific, tax.ad_valorem, tax.other)
            amount = sum((part for part in parts if part), ZERO)
            if not amount or (tax.code == PROPINA_LEGAL and has_tip):
                continue
            lines.append(
                Command.create(
                    {
                        "name": self.env._("Additional tax %s", tax.code),
                        "quantity": 1,
                        "price_unit": float(amount),
                        "tax_ids": [],
                    }
                )
            )
        return lines

    @api.model
    def _no_tax(self, rate):
        return self.env._("There is no purchase tax of %s %%.", rate)

    # -- Taxes ---------------------------------------------------------------------

    @api.model
    def _itbis(self, rate, is_service, company):
        """The company's purchase tax of a rate: that of its chart of accounts, else
        its default one, else the first. Taxes that a price includes do not serve."""
        taxes = self.env["account.tax"].sudo()
        found = self._of_chart(_CHART_TAXES.get((rate, is_service)), company)
        if found and found.amount == rate:
            return found
        default = company.account_purchase_tax_id
        if default and self._serves(default) and default.amount == rate:
            return default
        if not rate:
            return taxes
        every = taxes.search(
            [
                *taxes._check_company_domain(company),
                ("type_tax_use", "=", "purchase"),
                ("amount_type", "=", "percent"),
                ("amount", "=", rate),
            ]
        )
        return every.filtered(self._serves)[:1]

    @api.model
    def _tip_tax(self, company):
        return self._of_chart(_CHART_TIP, company)

    @api.model
    def _of_chart(self, name, company):
        chart = self.env["account.chart.template"].with_company(company).sudo()
        found = name and chart.ref(name, raise_if_not_found=False)
        taxes = self.env["account.tax"].sudo()
        return found if found and self._serves(found) else taxes

    @api.model
    def _serves(self, tax):
        return (
            tax.active
            and tax.type_tax_use == "purchase"
            and tax.amount_type == "percent"
            and not tax.price_include
        )

    # -- Whether it adds up --------------------------------------------------------

    @api.model
    def _settle(self, bill, document):
        """Bring the bill to the document's total by cents; tell other differences."""
        told = document.totals.total
        difference = told - _decimal(bill.amount_total)
        count = len(document.lines) + len(document.adjustments)
        if difference and abs(difference) <= min(CENT * count, Decimal(1)):
            bill.write(
                {
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": self.env._("Rounding"),
                                "quantity": 1,
                                "price_unit": float(difference),
                                "tax_ids": [],
                            }
                        )
                    ]
                }
            )
            difference = told - _decimal(bill.amount_total)
        if not difference:
            return []
        return [
            self.env._(
                "The total of the document is %(told)s and that of the bill "
                "%(made)s: correct the bill before it is posted.",
                told=told,
                made=_decimal(bill.amount_total),
            )
        ]


def _decimal(value):
    return round_half_up(Decimal(repr(float(value))))


def _rates(document):
    """Per cent of ITBIS by IndicadorFacturacion."""
    totals = document.totals
    return {
        Billing.ITBIS_18: 18 if totals.rate_1 is None else totals.rate_1,
        Billing.ITBIS_16: 16 if totals.rate_2 is None else totals.rate_2,
        Billing.ITBIS_0: 0,
        Billing.EXEMPT: 0,
    }


def _priced(line, inside):
    """Quantity, price and discount without ITBIS that give the line's amount.

    :param inside: per cent of ITBIS that the prices hold
    """
    kept = 1 + Decimal(inside) / 100
    quantity, gross = line.quantity, line.price * line.quantity
    net = round_half_up(line.amount / kept)
    percent = ZERO
    if line.discount and gross and not line.surcharge:
        percent = round_half_up(line.discount * 100 / gross)
    price = line.price / kept
    if round_half_up(price * quantity * (1 - percent / 100)) != net:
        # what two decimals of a percentage cannot say goes into the price
        price, percent = line.amount / kept / quantity, ZERO
    return {
        "quantity": float(quantity),
        "price_unit": float(price),
        "discount": float(percent),
    }
