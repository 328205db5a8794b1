"""Draft vendor bills of received e-CF."""

import base64
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.fields import Command

from ...fiscal.ecf.description import PROPINA_LEGAL, SERVICE, Billing, Terms
from ...fiscal.ecf.normalize import parse_received
from ...fiscal.ecf.signature import verify
from ...fiscal.identity import format_tax_id
from ...fiscal.money import from_float, round_half_up

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


class BillBuilder:
    """Builds the draft vendor bill, refund or debit note of one received e-CF.

    Quantities and prices are the supplier's; taxes are the company's own of the same
    rate. The total must be that of the document: cents of rounding get a line, and
    any other difference is noted on the bill, for a person to decide.

    :param received: ``nu.pos.ecf.received``
    """

    def __init__(self, received):
        self.company = company = received.company_id
        self.received = received.with_company(company).with_context(
            allowed_company_ids=company.ids,
            lang=company.partner_id.lang or received.env.lang,
        )
        self.env = self.received.env
        self.notes = []

    def build(self):
        """:return: ``(account.move, notes)``; the bill may be one that a person had
            entered before

        :raise UserError: the accounts are not set up for it
        """
        received, notes = self.received, self.notes
        # what was signed, which is not all that stands in the file
        document, problems = parse_received(verify(base64.b64decode(received.xml)).root)
        if problems:
            raise UserError(problems[0].message)
        partner = self._partner(document.issuer)
        existing = self._existing_bill(partner, received.name)
        if existing:
            return existing, [self.env._("A bill with this number was there already.")]
        values = self._values(document, partner)
        bill = (
            self.env["account.move"]
            .sudo()
            .with_context(default_move_type=values["move_type"])
            .create(values)
        )
        self._round_to_total(bill, document)
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

    # -- Supplier ------------------------------------------------------------------

    def _partner(self, issuer):
        """The supplier with that RNC, made if there is none."""
        partners = self.env["res.partner"].sudo()
        forms = [issuer.rnc, f"DO{issuer.rnc}", format_tax_id(issuer.rnc)]
        found = partners.search(
            [
                ("vat", "in", forms),
                ("company_id", "in", [False, self.company.id]),
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

    def _existing_bill(self, partner, number):
        return (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("move_type", "in", ("in_invoice", "in_refund")),
                    ("commercial_partner_id", "=", partner.commercial_partner_id.id),
                    ("ref", "=", number),
                    ("state", "!=", "cancel"),
                ],
                limit=1,
            )
        )

    # -- Values --------------------------------------------------------------------

    def _values(self, document, partner):
        company = self.company
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
            "invoice_line_ids": self._lines(document),
        }
        if document.terms == Terms.CREDIT and document.due_date:
            values["invoice_date_due"] = document.due_date
            values["invoice_payment_term_id"] = False
        if journal.l10n_latam_use_documents:
            values["l10n_latam_document_type_id"] = self.received.document_type_id.id
            values["l10n_latam_document_number"] = document.encf
        reference = document.reference
        if document.kind in ("33", "34") and reference and reference.ncf:
            original = self._existing_bill(partner, reference.ncf)
            if original:
                link = "reversed_entry_id" if is_refund else "debit_origin_id"
                values[link] = original.id
            else:
                self.notes.append(
                    self.env._(
                        "The bill %s that this note modifies is not here.",
                        reference.ncf,
                    )
                )
        return values

    def _lines(self, document):
        rates = _rates(document)
        lines, has_tip = [], False
        tip = self._of_chart(_CHART_TIP)
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
            taxes = self._itbis(rate, line.nature == SERVICE)
            if rate and not taxes:
                self.notes.append(
                    self.env._("There is no purchase tax of %s %%.", rate)
                )
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
                        "tax_ids": self._itbis(rate, False).ids,
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

    # -- Taxes ---------------------------------------------------------------------

    def _itbis(self, rate, is_service):
        """The company's purchase tax of a rate: that of its chart of accounts, else
        its default one, else the first. Taxes that a price includes do not serve."""
        taxes = self.env["account.tax"].sudo()
        found = self._of_chart(_CHART_TAXES.get((rate, is_service)))
        if found and found.amount == rate:
            return found
        default = self.company.account_purchase_tax_id
        if default and self._serves(default) and default.amount == rate:
            return default
        if not rate:
            return taxes
        every = taxes.search(
            [
                *taxes._check_company_domain(self.company),
                ("type_tax_use", "=", "purchase"),
                ("amount_type", "=", "percent"),
                ("amount", "=", rate),
            ]
        )
        return every.filtered(self._serves)[:1]

    def _of_chart(self, name):
        chart = self.env["account.chart.template"].with_company(self.company).sudo()
        found = name and chart.ref(name, raise_if_not_found=False)
        taxes = self.env["account.tax"].sudo()
        return found if found and self._serves(found) else taxes

    def _serves(self, tax):
        return (
            tax.active
            and tax.type_tax_use == "purchase"
            and tax.amount_type == "percent"
            and not tax.price_include
        )

    # -- Total ---------------------------------------------------------------------

    def _round_to_total(self, bill, document):
        """Bring the bill to the document's total by cents; note other differences."""
        total = document.totals.total
        difference = total - from_float(bill.amount_total)
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
            difference = total - from_float(bill.amount_total)
        if difference:
            note = self.env._(
                "The total of the document is %(told)s and that of the bill "
                "%(made)s: correct the bill before it is posted.",
                told=total,
                made=from_float(bill.amount_total),
            )
            self.notes.append(note)


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
