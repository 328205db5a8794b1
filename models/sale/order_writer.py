"""From a judged sale to Odoo's order."""

from uuid import UUID, uuid4

from odoo import fields
from odoo.fields import Command

from ...fiscal.canonical import floats_to_decimal
from ..runtime.call import call_of
from ..runtime.service import Service
from .order_maker import OrderMaker
from .pos_payment import PAST_METHODS


class OrderWriter(Service):
    """Writes judged sales and drafts as Odoo's orders.

    An order that exists goes through core's ``pos.order._process_order``, which is what
    ``sync_from_ui`` runs for each order; around it core only looks for the order to
    update, which the caller has done under a lock, and reads everything back for the
    browser, which nobody needs here. New orders are made together, see
    ``OrderMaker``.

    References, names of lines and order numbers are given, because core would draw
    them from no-gap sequences that one transaction at a time can use.
    """

    def write_all(self, jobs):
        """Write the order of each job and put it there.

        :param jobs: :class:`~.nu_pos_order_flow.Job`
        """
        writer = self
        if any(self._has_past_method(job) for job in jobs if job.finalize):
            writer = self.with_env(
                self.env(context={**self.env.context, "nu_past_methods": PAST_METHODS})
            )
        new = [job for job in jobs if not job.order]
        values_list = [writer._values(job) for job in new]
        OrderMaker(writer.env).make(new, values_list)
        for job in jobs:
            if job not in new:
                writer._update(job)
            job.order = job.order.with_env(self.env)
        # A sale no screen has seen open is none of the screens' business; paid orders
        # they fetch when they are asked for.
        seen = {
            job.order.session_id for job in jobs if not (job.finalize and job in new)
        }
        for session in seen:
            session.config_id.notify_synchronisation(
                session.id, call_of(self.env).device or 0
            )

    def _has_past_method(self, job):
        """Whether it was paid by a method that is not on the register any more."""
        methods = job.config.payment_method_ids
        return any(method not in methods for method, _a, _wire in job.sale.payments)

    def _update(self, job):
        order = job.order.with_env(self.env)
        if job.finalize:
            order.invalidate_recordset()
        values = self._values(job)
        # core wants change negative, and adds the payment for it
        values["amount_return"] = -job.sale.amount_return
        self.env["pos.order"]._process_order(values, order)
        order._ensure_access_token()

    def _values(self, job):
        kitchen = "paid"
        if not job.finalize:
            kitchen = self._kitchen_status(job.sale, job.order)
        values = self._order_values(job.sale, job.order, kitchen)
        if not job.finalize:
            values["nu_kitchen_status"] = kitchen
            self._name_tab(job, values)
            return {**values, "state": "draft"}
        return {
            **values,
            "state": "paid",
            "payment_ids": self._payment_commands(job.sale),
            "to_invoice": job.invoice,
            "nu_kitchen_status": "paid",
            **job.sale.buyer._nu_buyer_values(),
            "nu_ncf_id": job.ncf.id,
            "nu_fingerprint": job.sale.wire.fingerprints(self._sold_names(job.sale)),
        }

    def _sold_names(self, sale):
        """``{path: id}`` of products and payment methods that the snapshot names by
        something else than their id."""
        wire = sale.wire
        names = {
            f"lines[{index}].product": line.product.id
            for index, line in enumerate(sale.lines)
            if not line.wire.product_id
        }
        paid = {id(payment): method.id for method, _amount, payment in sale.payments}
        for index, payment in enumerate(wire.payments or ()):
            if payment.payment_method and not payment.payment_method_id:
                names[f"payments[{index}].payment_method"] = paid.get(id(payment))
        return names

    # -- Values --------------------------------------------------------------------

    def _order_values(self, sale, order, kitchen):
        wire, config = sale.wire, sale.config
        values = {
            "session_id": sale.session.id,
            "company_id": config.company_id.id,
            "uuid": order.uuid or self._uuid(wire.uuid),
            "access_token": order.access_token or uuid4().hex,
            "lines": self._line_commands(sale, order, kitchen),
            "amount_total": sale.amount_total,
            "amount_tax": sale.amount_tax,
            "amount_paid": 0.0,
            "amount_return": 0.0,
            "partner_id": sale.partner.id,
            "pricelist_id": config.pricelist_id.id,
            # taxes of the lines are final: no position may map them a second time
            "fiscal_position_id": False,
            "preset_id": sale.preset.id,
            "table_id": sale.table.id,
            "customer_count": wire.guest_count or order.customer_count or 0,
            "employee_id": sale.employee.id or order.employee_id.id,
            "source": "nu_hub",
            "nu_document_type_id": sale.document_type.id,
            "nu_mode": wire.mode,
            "nu_check_discount": float(wire.check_discount),
            "nu_amount_itbis": sale.amount_itbis,
            "nu_amount_tip": sale.amount_tip,
            "nu_tax_totals": sale.tax_totals,
            "nu_version": order.nu_version + 1,
            "nu_device": (sale.retry or call_of(self.env)).device,
        }
        if sale.warnings:
            values["nu_warnings"] = [
                {name: warning[name] for name in ("code", "path", "message")}
                for warning in sale.warnings
            ]
        elif order.nu_warnings:
            values["nu_warnings"] = False
        for name, value in (
            ("floating_order_name", wire.check_alias),
            ("general_customer_note", wire.note),
            ("nu_staff_name", wire.staff_name),
            ("nu_metadata", wire.metadata),
            ("nu_external_source", wire.source),
            ("nu_external_id", wire.external_id),
            ("nu_kitchen_bumped_at", wire.kitchen_bumped_at),
            ("tracking_number", wire.ticket_number),
            ("date_order", sale.date_order),
        ):
            if value is not None:
                values[name] = value
        if not order:
            number = self._next_tracking_number()
            values.setdefault("tracking_number", f"{number % 1000:03d}")
            # what was in quarantine was sold when it came, by who sent it
            sold = sale.retry
            now = sold.received if sold else fields.Datetime.now()
            values.setdefault("date_order", now)
            values.update(
                pos_reference=wire.pos_reference,
                sequence_number=number % 2**31 or 1,
                user_id=sold.user_id if sold else self.env.uid,
            )
        return values

    def _name_tab(self, job, values):
        """Name a check that has neither table nor alias."""
        named = values.get("floating_order_name") or job.order._nu_alias()
        if not job.sale.table and not named:
            number = values.get("tracking_number") or job.order.tracking_number
            values["floating_order_name"] = job.order._nu_tab_name(number)

    def _next_tracking_number(self):
        self.env.cr.execute("SELECT nextval('nu_pos_order_tracking_seq')")
        return self.env.cr.fetchone()[0]

    def _uuid(self, text):
        """The client's uuid if it is one and free; ids of other kinds stay in
        ``line_id_map`` only."""
        value = _as_uuid(text)
        if value and not self.env["pos.order"].search_count([("uuid", "=", value)]):
            return value
        return str(uuid4())

    def _own_uuids(self, model, wires):
        """``{id of the wire shape: uuid}`` of lines or payments whose client named
        them by a uuid that is free. One query, and none where no uuid was sent."""
        asked = {}
        for wire in wires:
            value = _as_uuid(wire.uuid)
            if value and value not in asked.values():
                asked[id(wire)] = value
        if not asked:
            return {}
        taken = self.env[model].search([("uuid", "in", list(asked.values()))])
        taken = set(taken.mapped("uuid"))
        return {key: value for key, value in asked.items() if value not in taken}

    def _line_values(self, line, reference, index):
        wire = line.wire
        qty = float(wire.qty)
        values = {
            "product_id": line.product.id,
            "qty": 0.0 if wire.is_voided else qty,
            "price_unit": line.price_unit,
            "price_type": "manual" if wire.price_unit is not None else "original",
            "discount": line.discount,
            "tax_ids": [Command.set(line.taxes.ids)],
            "price_subtotal": line.subtotal,
            "price_subtotal_incl": line.subtotal_incl,
            # as the register's screen has it: without the code in brackets
            "full_product_name": line.product.with_context(
                display_default_code=False
            ).display_name,
            "name": f"{reference.rsplit('/', 1)[-1]}/{index + 1}",
            "nu_client_id": wire.id,
            "nu_item_discount": float(wire.discount),
            "nu_is_voided": wire.is_voided,
            "nu_voided_qty": qty if wire.is_voided else 0.0,
        }
        for name, value in (
            ("note", wire.note),
            ("customer_note", wire.customer_note),
            ("nu_kitchen_item_status", wire.kitchen_item_status),
            ("nu_metadata", wire.metadata),
        ):
            if value is not None:
                values[name] = value
        return values

    def _line_commands(self, sale, order, kitchen):
        """Lines keep their id as long as the client keeps its own; what the client no
        longer sends is gone, except what was voided, or is at the kitchen: that stays,
        as voided.

        :param kitchen: status of the order from now on
        """
        known = {line.nu_client_id: line for line in order.lines if line.nu_client_id}
        new = [line.wire for line in sale.lines if line.wire.id not in known]
        uuids = self._own_uuids("pos.order.line", new)
        kept = order.lines.browse()
        commands = []
        for index, line in enumerate(sale.lines):
            values = self._line_values(line, sale.wire.pos_reference, index)
            existing = known.get(line.wire.id) if line.wire.id else None
            sent = self._sent_qty(line, existing, kitchen)
            if sent or existing:
                values["nu_sent_qty"] = sent
            if existing:
                kept |= existing
                changes = self._changes(existing, values)
                if changes:
                    commands.append(Command.update(existing.id, changes))
            else:
                if id(line.wire) in uuids:
                    values["uuid"] = uuids[id(line.wire)]
                commands.append(Command.create(values))
        gone = (order.lines - kept).filtered(lambda line: not line.nu_is_voided)
        at_kitchen = gone.filtered("nu_sent_qty")
        return [
            *(Command.delete(line.id) for line in gone - at_kitchen),
            *(Command.update(line.id, self._voided(line)) for line in at_kitchen),
            *commands,
        ]

    def _sent_qty(self, line, existing, kitchen):
        """What the kitchen has of a line: all of it once the order is sent, else what
        it had and was not voided."""
        qty = 0.0 if line.wire.is_voided else float(line.wire.qty)
        if kitchen == "sent":
            return max(qty, 0.0)
        return max(min(existing.nu_sent_qty, qty), 0.0) if existing else 0.0

    def _voided(self, line):
        return {
            "qty": 0.0,
            "price_subtotal": 0.0,
            "price_subtotal_incl": 0.0,
            "nu_is_voided": True,
            "nu_voided_qty": line.qty,
            "nu_sent_qty": 0.0,
        }

    def _changes(self, line, values):
        """What of ``values`` the line does not hold yet. A check is sent whole each
        time; most of its lines are as they were."""

        def held(field, value):
            value = field.convert_to_cache(value, line)
            return set(value) if field.type == "many2many" else value

        return {
            name: value
            for name, value in values.items()
            if held(line._fields[name], line[name]) != held(line._fields[name], value)
        }

    def _payment_commands(self, sale):
        now = fields.Datetime.now()
        uuids = self._own_uuids(
            "pos.payment", [wire for _method, _amount, wire in sale.payments]
        )
        commands = []
        for method, amount, wire in sale.payments:
            values = {
                "payment_method_id": method.id,
                "nu_kind": method._nu_api_type(),
                "amount": amount,
                "payment_date": now,
            }
            if id(wire) in uuids:
                values["uuid"] = uuids[id(wire)]
            values.update(self.payment_details(wire))
            commands.append(Command.create(values))
        return commands

    def payment_details(self, wire):
        """What a terminal says of a payment beside its amount and method."""
        details = {
            "transaction_id": wire.transaction_id,
            "card_type": wire.card_type,
            "card_brand": wire.card_brand,
            "card_no": wire.card_no,
            "nu_client_id": wire.id,
            "nu_metadata": wire.metadata,
        }
        return {name: value for name, value in details.items() if value}

    # -- Orders made from another ------------------------------------------------------

    def values_like(self, original, session, reference, ncf):
        """Values of a paid order made from another one, without amounts, lines and
        payments; for core's ``_process_order``."""
        number = self._next_tracking_number()
        return {
            "state": "paid",
            "session_id": session.id,
            "company_id": original.company_id.id,
            "uuid": self._uuid(None),
            "access_token": False,
            "pos_reference": reference,
            "sequence_number": number % 2**31 or 1,
            "tracking_number": f"{number % 1000:03d}",
            "date_order": fields.Datetime.now(),
            "user_id": self.env.uid,
            "partner_id": original.partner_id.id,
            "pricelist_id": original.pricelist_id.id,
            "fiscal_position_id": False,
            "preset_id": original.preset_id.id,
            "source": "nu_hub",
            "amount_paid": 0,
            "amount_return": 0,
            "nu_version": 1,
            "nu_kitchen_status": "paid",
            "nu_device": call_of(self.env).device,
            **original._nu_buyer_values(),
            "nu_ncf_id": ncf.id,
            "nu_document_type_id": ncf.document_type_id.id,
        }

    def line_like(self, line, **values):
        """A new line of the same dish at the same price. No fiscal position maps its
        taxes a second time."""
        return Command.create(
            {
                "name": line.name,
                "product_id": line.product_id.id,
                "full_product_name": line.full_product_name,
                "qty": line.qty,
                "price_unit": line.price_unit,
                "discount": line.discount,
                "price_type": line.price_type,
                "tax_ids": [Command.set(line._nu_taxes().ids)],
                "price_subtotal": line.price_subtotal,
                "price_subtotal_incl": line.price_subtotal_incl,
                "extra_tax_data": line.extra_tax_data,
                **values,
            }
        )

    # -- Kitchen ---------------------------------------------------------------------

    def _kitchen_status(self, sale, order):
        """``open`` until sent; an edit after that is ``changed`` until sent again."""
        told = sale.wire.kitchen_status
        if not order:
            return told if told in ("sent", "changed") else "open"
        if told in ("sent", "changed"):
            return told
        was = order.nu_kitchen_status or "open"
        if was == "sent" and self._lines_differ(sale, order):
            return "changed"
        return was

    def _lines_differ(self, sale, order):
        def shape(lines):
            return sorted(lines, key=str)

        now = shape(
            (
                line.wire.id or False,
                line.product.id,
                float(line.wire.qty),
                line.wire.note or False,
            )
            for line in sale.lines
            if not line.wire.is_voided
        )
        before = shape(
            (line.nu_client_id, line.product_id.id, line.qty, line.note)
            for line in order.lines
            if not line.nu_is_voided
        )
        return now != before

    # -- Evidence --------------------------------------------------------------------

    def evidence(self, sale, order):
        """What the audit keeps of a write: what was asked, and what came of it."""
        asked = sale.wire.model_dump(exclude_none=True, exclude_defaults=True)
        return floats_to_decimal(
            {
                "asked": asked,
                "amount_total": sale.amount_total,
                "amount_itbis": sale.amount_itbis,
                "amount_tip": sale.amount_tip,
                "fiscal_type": sale.document_type.doc_code_prefix or None,
                "partner_id": sale.partner.id or None,
                "session_id": sale.session.id,
                "version": order.nu_version,
                "invoice_id": order.account_move.id or None,
            }
        )

    def evidence_of_voids(self, sale):
        """What the audit keeps of items that were voided after the kitchen had them."""
        return floats_to_decimal(
            {
                "lines": [
                    {
                        "line": void.line.nu_client_id or void.line.uuid,
                        "product_id": void.line.product_id.id,
                        "product": void.line.full_product_name,
                        "qty": void.qty,
                        "amount": void.amount,
                        "reason": void.reason,
                    }
                    for void in sale.voids
                ],
            }
        )


def _as_uuid(text):
    """The text in the one spelling of a uuid, None if it is none."""
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None
