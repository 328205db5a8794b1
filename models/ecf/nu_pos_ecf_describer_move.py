"""What an invoice of the back office says, in the words of an e-CF."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models

from ...fiscal.ecf.description import (
    GOOD,
    PROPINA_LEGAL,
    SERVICE,
    Adjustment,
    Billing,
    Buyer,
    Change,
    Document,
    ForeignTotals,
    Form,
    Line,
    Payment,
    Reference,
    Retention,
    Terms,
)
from ...fiscal.identity import digits_of
from ...fiscal.money import from_float, round_half_up
from .nu_pos_ecf_describer import (
    WITHOUT_PAYMENTS,
    ZERO,
    _codes,
    _internal_number,
    _item_name,
    _text,
    totals_of,
)

#: Types whose every line tells what is withheld (Formato e-CF, Retencion).
WITH_RETENTION = ("41", "47")


class NuPosEcfDescriber(models.AbstractModel):
    """Invoices, notes, and the receipts a buyer issues to itself (41, 43, 47), where
    the supplier stands in the place of the buyer."""

    _inherit = "nu.pos.ecf.describer"

    @api.private
    @api.model
    def of_move(self, move, ncf=None, reference=None):
        """As ``of_order``, of an invoice.

        :return: ``(Document, nu.pos.ecf that a note modifies)``
        """
        move = move.sudo()
        ncf = ncf or move.nu_ncf_id
        kind = ncf.document_type_id.doc_code_prefix[1:]
        lines, adjustments = self._move_lines(move, kind)
        origin = move._nu_origin()
        modified = self.env["nu.pos.ecf"]._of_ncf(origin.nu_ncf_id)
        document = Document(
            kind=kind,
            encf=ncf.name,
            sequence_expiry=ncf.document_type_id.nu_expires
            and ncf.range_id.date_expiry
            or None,
            issue_date=ncf.date_issued_day,
            issuer=self._issuer(move.company_id),
            buyer=self._note_buyer(move, modified)
            if origin.nu_ncf_id and move.is_sale_document()
            else self._move_buyer(move, kind),
            lines=lines,
            adjustments=adjustments,
            totals=self._move_totals(move, lines, adjustments),
            reference=reference
            or (self._move_reference(move) if move._nu_is_note() else None),
            income_type=move.is_sale_document() and move.nu_income_type or None,
            internal_number=_internal_number(move.name),
            foreign=self._move_currency(move),
            **self._move_terms(move, kind, ncf.date_issued_day),
        )
        return document, modified

    @api.model
    def _of_sale(self, order, move, ncf, reference=None):
        """Of an order where there is one, else of the invoice; see ``of_order``."""
        if order:
            return self.of_order(order, ncf, reference)
        return self.of_move(move, ncf, reference)

    @api.model
    def _move_buyer(self, move, kind):
        partner = move.commercial_partner_id
        if kind == "43" or not partner:
            return None
        if move.is_sale_document():
            return self._buyer_as_sold(move, partner)
        # Of what we buy the supplier stands here; in a note as in the receipt.
        signed = self.env["nu.pos.ecf"]._of_ncf(move._nu_origin().nu_ncf_id)
        rnc = digits_of(signed.buyer_rnc or partner.vat)
        rnc = rnc if len(rnc) in (9, 11) and kind != "47" else None
        foreign = partner.nu_foreign_id or (kind == "47" and partner.vat) or None
        return Buyer(
            rnc=rnc,
            foreign_id=None if rnc else _text(foreign, 20),
            name=_text(signed.buyer_name or partner.name, 150),
            email=_text(partner.email, 80),
            address=partner._nu_address(),
        )

    # -- Lines -----------------------------------------------------------------------

    @api.model
    def _move_lines(self, move, kind):
        """Lines, and what is taken off with negative lines as document discounts."""
        held = self._withheld(move) if kind in WITH_RETENTION else {}
        lines, discounts = [], defaultdict(lambda: ZERO)
        ruling = (move._nu_ruling_type().doc_code_prefix or f"E{kind}")[1:]
        ruling = "46" if ruling in ("16", "46") else kind
        sign = 1 if move.move_type in ("in_invoice", "out_refund") else -1
        for line in move.invoice_line_ids:
            if line.display_type != "product" or not line.quantity:
                continue
            billing, has_tip = self._billing(tuple(line.tax_ids.ids), ruling)
            net = from_float(sign * line.balance)
            if line._nu_is_apart():
                billing = Billing.NOT_INVOICED
                if net < 0:
                    # a voucher is redeemed: it pays
                    continue
            if net < 0:
                discounts[billing] -= net
                continue
            lines.append(
                self._move_line(line, kind, net, billing, has_tip, held.get(line.id))
            )
        adjustments = tuple(
            Adjustment(kind="D", description="Descuento", amount=off, billing=billing)
            for billing, off in sorted(discounts.items())
        )
        return tuple(lines), adjustments

    @api.model
    def _move_line(self, line, kind, net, billing, has_tip, held):
        product = line.product_id
        kept = 1 - Decimal(repr(line.discount)) / 100
        gross = round_half_up(net / kept) if kept > 0 else net
        quantity = abs(Decimal(repr(line.quantity)))
        itbis, isr = held or (ZERO, ZERO)
        return Line(
            codes=_codes(product),
            billing=billing,
            retention=self._retention(kind, itbis, isr),
            name=_item_name((line.name or product.name or "-").split("\n")[0], product)
            or "-",
            nature=GOOD if line._nu_is_good() and kind != "47" else SERVICE,
            quantity=quantity,
            unit=self._unit(line.product_uom_id.id),
            price=round_half_up(gross / quantity, 4),
            discount=gross - net or None,
            additional_taxes=(PROPINA_LEGAL,) if has_tip else (),
            amount=net,
        )

    @api.model
    def _retention(self, kind, itbis, isr):
        if kind == "41":
            return Retention(itbis=itbis, isr=isr or None)
        if kind == "47":
            return Retention(isr=isr)
        return None

    @api.model
    def _withheld(self, move):
        """``{line id: (ITBIS, ISR)}`` that is withheld, in pesos."""
        base_lines, _tax_lines = move._get_rounded_base_and_tax_lines()
        result = {}
        for base_line in base_lines:
            sums = {"itbis_withheld": ZERO, "isr_withheld": ZERO}
            for data in base_line["tax_details"]["taxes_data"]:
                if data["tax"].nu_kind in sums:
                    sums[data["tax"].nu_kind] += abs(from_float(data["tax_amount"]))
            record = base_line.get("record")
            if record:
                result[record.id] = (sums["itbis_withheld"], sums["isr_withheld"])
        return result

    # -- Totals ----------------------------------------------------------------------

    @api.model
    def _move_totals(self, move, lines, adjustments):
        nets = defaultdict(lambda: ZERO)
        for line in lines:
            nets[line.billing] += line.amount
        for adjustment in adjustments:
            nets[adjustment.billing] -= adjustment.amount
        itbis, tip = from_float(move.nu_amount_itbis), from_float(move.nu_amount_tip)
        return totals_of(dict(nets), itbis, tip)

    @api.model
    def _move_currency(self, move):
        if move.currency_id == move.company_currency_id:
            return None
        rate = Decimal(repr(1 / move.invoice_currency_rate))
        return ForeignTotals(
            currency=move.currency_id.name, rate=round_half_up(rate, 4)
        )

    # -- Terms and reference ---------------------------------------------------------

    @api.model
    def _move_terms(self, move, kind, day):
        """Nobody has paid yet when an invoice is posted: credit, if it is due later."""
        total = from_float(move._nu_total())
        if not total:
            return {"terms": Terms.CASH if kind == "31" else Terms.FREE}
        due = move.invoice_date_due
        if not due or due <= day:
            return {"terms": Terms.CASH}
        values = {"terms": Terms.CREDIT}
        if kind not in WITHOUT_PAYMENTS:
            values["due_date"] = due
            values["payments"] = (Payment(form=Form.ON_CREDIT, amount=total),)
        return values

    @api.model
    def _move_reference(self, move):
        annuls = move._nu_annuls() and not move.debit_origin_id
        return Reference(
            ncf=move.nu_modified_ncf,
            issued=move.nu_modified_date,
            code=Change.ANNULS if annuls else Change.CORRECTS_AMOUNTS,
            reason=_text(move.nu_note_reason, 90),
        )
