"""What was sold, in the words of an e-CF."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, ormcache

from ...fiscal import calendar
from ...fiscal.ecf.description import (
    GOOD,
    PROPINA_LEGAL,
    SERVICE,
    AdditionalTax,
    Adjustment,
    Billing,
    Buyer,
    Change,
    Document,
    Form,
    Issuer,
    ItemCode,
    Line,
    Payment,
    Reference,
    Terms,
    Totals,
)
from ...fiscal.ecf.fields import changed
from ...fiscal.ecf.kinds import clean
from ...fiscal.identity import digits_of
from ...fiscal.money import from_float, round_half_up
from ..accounting.account_move_buyer import BUYER

ZERO = Decimal(0)
#: What an issuer's own contact says of it.
ISSUER_READS = ("city", "phone", "state_id", "street", "street2", "vat", "website")
FORMS = {
    "cash": Form.CASH,
    "transfer": Form.BANK,
    "card": Form.CARD,
    "credit": Form.ON_CREDIT,
    "voucher": Form.GIFT_VOUCHER,
    "barter": Form.BARTER,
    "other": Form.OTHER,
}
#: Tabla IV of the Formato e-CF, by Odoo's units; anything else is a unit (43).
UNITS = {
    "uom.product_uom_kgm": 21,
    "uom.product_uom_lb": 23,
    "uom.product_uom_litre": 24,
    "uom.product_uom_gram": 17,
    "uom.product_uom_oz": 61,
    "uom.product_uom_dozen": 13,
    "uom.product_uom_hour": 19,
    "uom.product_uom_gal": 15,
}
UNIT = 43
RATES = {Billing.ITBIS_18: Decimal(18), Billing.ITBIS_16: Decimal(16)}
#: Nota de crédito.
NOTE = "34"
#: Types whose XML has no forms of payment.
WITHOUT_PAYMENTS = ("34", "43")
#: Longest NumeroFacturaInterna; phones of an issuer (Formato e-CF).
_INTERNAL, _MOST_PHONES = 20, 3
_BETWEEN_PHONES = re.compile(r"[^0-9\s().+-]+")
# numbering plan of the Dominican Republic, with or without its country code
_PHONE = re.compile(r"1?(8[024]9)([0-9]{3})([0-9]{4})")


class NuPosEcfDescriber(models.AbstractModel):
    """Describes orders for ``fiscal.ecf``. Reads only.

    Totals are Odoo's own, those that were paid and booked; ``fiscal.ecf.validate``
    holds them against the lines.

    Extension point: another addon overrides a part (:meth:`_buyer`, :meth:`_terms`,
    ...) for what it adds to orders or invoices.
    """

    _name = "nu.pos.ecf.describer"
    _description = "Describer of electronic receipts"

    @api.private
    @api.model
    def of_order(self, order, ncf=None, reference=None):
        """:param ncf: the number it gets, if it is not the order's own
        :param reference: ``Reference`` to the document in whose place it is
        :return: ``(Document, nu.pos.ecf that a note modifies)``
        """
        order = order.sudo()
        ncf = ncf or order.nu_ncf_id
        kind = ncf.document_type_id.doc_code_prefix[1:]
        company = order.company_id
        lines, adjustments, totals = self._amounts(order, kind)
        original = order.refunded_order_id
        modified = self.env["nu.pos.ecf"]._of_ncf(original.nu_ncf_id)
        document = Document(
            kind=kind,
            encf=ncf.name,
            sequence_expiry=ncf.document_type_id.nu_expires
            and ncf.range_id.date_expiry
            or None,
            issue_date=ncf.date_issued_day,
            issuer=self._issuer(company),
            buyer=self._note_buyer(order, modified)
            if original
            else self._buyer(order, kind),
            lines=lines,
            adjustments=adjustments,
            totals=totals,
            reference=reference
            or (self._reference(order, original) if original else None)
            or self._followed(order, kind),
            internal_number=_internal_number(order.name),
            **self._terms(order, kind, ncf.date_issued_day),
        )
        return document, modified

    # -- Who ------------------------------------------------------------------------

    @api.model
    def _issuer(self, company):
        partner = company.partner_id
        partner.flush_recordset(ISSUER_READS)
        # read in every sale: contact and province in one statement
        [(vat, phone, website, *address)] = self.env.execute_query(
            SQL(
                """
                SELECT p.vat, p.phone, p.website, p.street, p.street2, p.city, s.name
                  FROM res_partner p LEFT JOIN res_country_state s ON s.id = p.state_id
                 WHERE p.id = %s
                """,
                partner.id,
            )
        )
        place = company.nu_place_code or None
        return Issuer(
            rnc=digits_of(vat),
            name=_text(company.name, 150),
            trade_name=_text(company.nu_trade_name, 150),
            branch=_text(company.nu_branch, 20),
            address=_one_line(address) or "SANTO DOMINGO",
            municipality=place,
            province=place and f"{place[:2]}0000",
            phones=_phones(phone),
            email=_text(company.email, 80),
            website=_text(website, 50),
        )

    @api.model
    def _buyer(self, order, kind):
        if kind == "43":
            return None
        partner = order.partner_id - order.config_id.nu_default_partner_id
        return self._buyer_as_sold(order, partner)

    @api.model
    def _buyer_as_sold(self, document, partner):
        """Whom the number was issued to: a note goes to the receipt's buyer (DGII's
        message 615), whatever became of the contact since. How he is reached is of
        today.

        :param document: order or invoice
        """
        buyer = self._buyer_named(document)
        partner = partner.commercial_partner_id
        return buyer and replace(
            buyer, email=_text(partner.email, 80), address=partner._nu_address()
        )

    @api.model
    def _buyer_named(self, document):
        """The buyer by name and tax id, as the number was issued; None for nobody."""
        if not any(document[name] for name in BUYER):
            return None
        rnc = digits_of(document.nu_buyer_vat)
        rnc = rnc if len(rnc) in (9, 11) else None
        return Buyer(
            rnc=rnc,
            foreign_id=None if rnc else _text(document.nu_buyer_foreign_id, 20),
            name=_text(document.nu_buyer_name, 150),
        )

    @api.model
    def _note_buyer(self, document, modified):
        """The buyer of a note is the one whom the receipt it modifies names, whatever
        became of his contact since: DGII compares them (message 615).

        :param document: ``pos.order`` or ``account.move`` of the note
        :param modified: ``nu.pos.ecf`` of the receipt, if that is electronic
        """
        if modified:
            return modified.buyer_signed()
        return self._buyer_named(document)

    # -- What ------------------------------------------------------------------------

    @api.model
    def _amounts(self, order, kind):
        """``(lines, discounts of the document, totals)``. A note tells what it takes
        back as positive amounts."""
        sign = -1 if kind == NOTE else 1
        lines, taken_off, nets = [], [], {}
        for line in order.lines:
            if not line.qty:
                continue
            billing, has_tip = self._billing(tuple(line._nu_taxes().ids), kind)
            net = sign * from_float(line._nu_signed()[0])
            if line.nu_is_not_invoiced:
                billing = Billing.NOT_INVOICED
                if net < 0:
                    # a voucher is redeemed: it pays (``_nu_paid_by_form``)
                    continue
            nets[billing] = nets.get(billing, ZERO) + net
            if line._nu_takes_off() != (kind == NOTE):
                taken_off.append((billing, has_tip, -net))
            else:
                lines.append(self._line(line, net, billing, has_tip))
        lines, adjustments = self._take_off(lines, taken_off)
        has_tip = any(line.additional_taxes for line in lines)
        totals = self._totals(order, nets, sign, has_tip)
        return tuple(lines), adjustments, totals

    @api.model
    def _line(self, line, net, billing, has_tip):
        product = line.product_id
        # a line that was typed with a negative quantity and price sells
        quantity = abs(Decimal(repr(line.qty)))
        gross, discount = self._gross(line, net)
        return Line(
            codes=_codes(product),
            billing=billing,
            name=_item_name(line.full_product_name or product.name, product),
            nature=SERVICE if product.type == "service" else GOOD,
            quantity=quantity,
            unit=self._unit(product.uom_id.id),
            price=round_half_up(gross / quantity, 4),
            discount=discount or None,
            additional_taxes=(PROPINA_LEGAL,) if has_tip else (),
            amount=net,
        )

    @api.model
    def _take_off(self, lines, taken_off):
        """Tell the negative lines of a sale, discounts and rewards.

        They are discounts of the document (DescuentosORecargos), one for each
        treatment. DGII shares those among all lines when it reckons the propina legal
        (Formato e-CF field 109): where some lines bear it and others do not, a discount
        is told on the lines that it was given on instead.

        :param taken_off: ``[(billing, bears the tip, amount)]``
        :return: ``(lines, adjustments)``
        """
        bearing = {bool(line.additional_taxes) for line in lines}
        sums = {}
        for billing, has_tip, amount in taken_off:
            sums[billing, has_tip] = sums.get((billing, has_tip), ZERO) + amount
        off = {}
        for (billing, has_tip), amount in sums.items():
            if len(bearing) > 1 or bearing != {has_tip}:
                lines, amount = _discounted(lines, billing, has_tip, amount)
            off[billing] = off.get(billing, ZERO) + amount
        return lines, tuple(
            Adjustment(
                kind="D", description="Descuento", amount=amount, billing=billing
            )
            for billing, amount in sorted(off.items())
            if amount
        )

    @api.model
    def _gross(self, line, net):
        """``(before discount, discount)`` of a line without taxes."""
        kept = 1 - Decimal(repr(line.discount)) / 100
        if kept <= 0:
            untaxed = line._nu_taxes().compute_all(
                abs(line.price_unit), line.currency_id, abs(line.qty), line.product_id
            )
            gross = from_float(untaxed["total_excluded"])
        else:
            gross = round_half_up(net / kept)
        return gross, gross - net

    @api.model
    def _totals(self, order, nets, sign, has_tip):
        """Totals as they were paid and booked. What rounding leaves between them and
        the lines, which Odoo's screen rounds one by one, is of the greatest of them."""
        invoiced = {billing: net for billing, net in nets.items() if billing}
        if invoiced:
            sold, redeemed = order._nu_not_invoiced()
            amount = sign * (
                from_float(order.amount_total) - from_float(order.amount_tax)
            )
            amount += redeemed - sold
            largest = max(invoiced, key=invoiced.get)
            rest = amount - sum(invoiced.values())
            nets = {**nets, largest: nets[largest] + rest}
        tip = sign * from_float(order.nu_amount_tip) if has_tip else ZERO
        return totals_of(nets, sign * from_float(order.nu_amount_itbis), tip)

    @api.model
    @ormcache("tax_ids", "kind")
    def _billing(self, tax_ids, kind):
        """``(Billing, bears the legal tip)`` of a line's taxes."""
        flat = self.env["account.tax"].sudo().browse(tax_ids)._nu_flat()
        tip = any(tax.nu_is_tip for tax in flat)
        rates = {
            round(tax.amount) for tax in flat if not tax.nu_is_tip and tax.amount > 0
        }
        if 18 in rates:
            return Billing.ITBIS_18, tip
        if rates:
            return Billing.ITBIS_16, tip
        return (Billing.ITBIS_0 if kind == "46" else Billing.EXEMPT), tip

    @api.model
    @ormcache("uom_id")
    def _unit(self, uom_id):
        for xmlid, code in UNITS.items():
            known = self.env.ref(xmlid, raise_if_not_found=False)
            if known and known.id == uom_id:
                return code
        return UNIT

    # -- How it is paid ---------------------------------------------------------------

    @api.model
    def _terms(self, order, kind, day):
        """TipoPago with its forms, which add up to the total of the document."""
        amounts = {}
        for name, amount in order._nu_paid_by_form().items():
            form = FORMS[name]
            if form == Form.GIFT_VOUCHER and kind != "32":
                form = Form.OTHER
            amounts[form] = amounts.get(form, ZERO) + amount
        if not from_float(order.amount_total):
            # a courtesy: DGII knows it as free of charge, but not with fiscal credit
            return {"terms": Terms.CASH if kind == "31" else Terms.FREE}
        on_credit = amounts.get(Form.ON_CREDIT, ZERO) > 0
        values = {"terms": Terms.CREDIT if on_credit else Terms.CASH}
        if on_credit and kind not in WITHOUT_PAYMENTS:
            values["due_date"] = self._due_date(order, day)
        if kind not in WITHOUT_PAYMENTS:
            values["payments"] = tuple(
                Payment(form=form, amount=amount)
                for form, amount in sorted(amounts.items())
                if amount > 0
            )
        return values

    @api.model
    def _due_date(self, order, day):
        term = order.partner_id.with_company(order.company_id).property_payment_term_id
        if not term.line_ids:
            return day + timedelta(days=order.company_id.nu_ecf_credit_days)
        return max(line._get_due_date(day) for line in term.line_ids)

    # -- Notes ------------------------------------------------------------------------

    @api.model
    def _reference(self, order, original):
        """A note names what it modifies: all of it, or some of its amounts."""
        ncf = original.nu_ncf_id
        whole = -from_float(order.amount_total) == from_float(original.amount_total)
        told = order.general_customer_note
        if told == original.general_customer_note:
            # core copies that of the sale, which says nothing of the refund
            told = None
        usual = "Devolución" if whole else "Devolución parcial"
        return Reference(
            ncf=ncf.name or None,
            issued=ncf.date_issued_day or calendar.fiscal_day(original.date_order),
            code=Change.ANNULS if whole else Change.CORRECTS_AMOUNTS,
            reason=_text(told, 90) or usual,
        )

    @api.model
    def _followed(self, order, kind):
        """A fiscal credit invoice in the place of an electronic consumer invoice names
        it (CodigoModificacion 5, Formato e-CF note 81)."""
        ncf = order.nu_reissue_of_id.nu_ncf_id if kind == "31" else None
        if not ncf or not ncf.name.startswith("E32"):
            return None
        return Reference(
            ncf=ncf.name,
            issued=ncf.date_issued_day,
            code=Change.FOLLOWS_CONSUMER_INVOICE,
        )


def totals_of(nets, itbis, tip):
    """``Totals`` of a sale that was booked, in pesos.

    :param nets: ``{Billing: sum of its lines}``
    """
    rates = _split(itbis, nets)
    tax = AdditionalTax(code=PROPINA_LEGAL, rate=Decimal(10), other=tip)
    return Totals(
        taxed_1=nets.get(Billing.ITBIS_18),
        taxed_2=nets.get(Billing.ITBIS_16),
        taxed_3=nets.get(Billing.ITBIS_0),
        exempt=nets.get(Billing.EXEMPT),
        not_invoiced=nets.get(Billing.NOT_INVOICED),
        itbis_1=rates.get(Billing.ITBIS_18),
        itbis_2=rates.get(Billing.ITBIS_16),
        additional_taxes=(tax,) if tip else (),
    )


def _discounted(lines, billing, has_tip, amount):
    """Take an amount off the lines of one treatment, by their nets; the cents left
    over go to the greatest.

    :return: ``(lines, what is left of the amount)``
    """
    mine = [
        place
        for place, line in enumerate(lines)
        if line.billing == billing and bool(line.additional_taxes) == has_tip
    ]
    whole = sum((lines[place].amount for place in mine), ZERO)
    off = min(amount, whole)
    if off <= 0:
        return lines, amount
    parts = {place: round_half_up(off * lines[place].amount / whole) for place in mine}
    greatest = max(mine, key=lambda place: lines[place].amount)
    parts[greatest] += off - sum(parts.values())
    lines = list(lines)
    for place, part in parts.items():
        line = lines[place]
        if part:
            lines[place] = changed(
                line,
                discount=(line.discount or ZERO) + part,
                amount=line.amount - part,
            )
    return lines, amount - off


def _split(itbis, nets):
    """The ITBIS of each rate: what their bases give, to the cent of the whole."""
    rated = [billing for billing in RATES if nets.get(billing)]
    amounts = {
        billing: round_half_up(nets[billing] * RATES[billing] / 100)
        for billing in rated
    }
    if rated:
        largest = max(rated, key=nets.get)
        amounts[largest] += itbis - sum(amounts.values())
    return amounts


def _text(text, longest):
    return clean(text or "")[:longest].strip() or None


def _item_name(text, product):
    """NombreItem: what was sold, without the code that has a place of its own."""
    code = product.default_code
    return _text((text or "").removeprefix(f"[{code}] "), 80)


def _codes(product):
    """CodigosItem: the code that the house gives the product."""
    code = _text(product.default_code, 35)
    return (ItemCode(kind="Interna", code=code),) if code else ()


def _one_line(parts):
    return _text(", ".join(part for part in parts if part), 100)


def _internal_number(name):
    """NumeroFacturaInterna: of a long name its end, which tells documents apart.

    >>> _internal_number("Salón Principal - 2611-a3f0c1")
    'ncipal - 2611-a3f0c1'
    """
    return _text((name or "")[-_INTERNAL:].lstrip(" -/"), _INTERNAL)


def _phones(text):
    """The Dominican numbers in a text, in DGII's form. An optional element is left out
    rather than guessed: of others, and of extensions, nothing is told.

    >>> _phones("809-555-0142 ext. 12"), _phones("(809) 555-0142 / +1 829 555 0143")
    (('809-555-0142',), ('809-555-0142', '829-555-0143'))
    >>> _phones("+34 912 345 678"), _phones("555-0142"), _phones(False)
    ((), (), ())
    """
    found = []
    for part in _BETWEEN_PHONES.split(text or ""):
        match = _PHONE.fullmatch(digits_of(part))
        if match:
            found.append("-".join(match.groups()))
    return tuple(dict.fromkeys(found))[:_MOST_PHONES]
