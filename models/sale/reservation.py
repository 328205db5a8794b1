"""Numbers asked for before the sale, and given back without one."""

from ...fiscal.canonical import floats_to_decimal
from ..access.res_users import HUB_GROUP
from ..runtime.nu_pos_answering import Answer
from ..runtime.problem import ApiProblem
from ..runtime.reference import lock_key, refuse_server_reference
from ..runtime.service import Service
from ..runtime.unit_of_work import unit_of_work
from .pos_config import register_of
from .pos_order_wire import PAID_STATES

#: Numbers that one user may hold at a register for orders that are not paid yet.
MAX_RESERVATIONS = 200


def order_key(_records, config, wire):
    """Key of the order that a request names, in the company of its register."""
    return [lock_key(config._nu_company_id(config.id), wire.pos_reference)]


class Reservations(Service):
    """``orders/reserve-ncf`` and ``orders/release-ncf``, under the order's lock."""

    @unit_of_work(lock=order_key, register=register_of, permission="payment")
    def reserve(self, unit, config, wire):
        """Take the number of an order before it is finalized, or answer it again.

        :param wire: ``schemas.order.Reservation``
        :return: ``Answer``
        """
        refuse_server_reference(wire.pos_reference)
        company = config.company_id
        order = self.env["pos.order"]._nu_by_reference(company, wire.pos_reference)
        Ncf = self.env["nu.pos.ncf"]
        held = Ncf._live(company, wire.pos_reference)
        self.env["nu.pos.permission"].require_moved(
            "payment", order.config_id or held.config_id, config
        )
        if order.state == "cancel":
            raise ApiProblem("ORDER_CANCELLED", current=order._nu_current())
        if order.state == "draft" and order._nu_mode_warnings():
            # the number would wait for a sale that never comes
            raise ApiProblem("VALIDATION", errors=order._nu_mode_warnings())
        kind = (
            self.env["l10n_latam.document.type"]._nu_find(wire.fiscal_type, sale=True)
            if wire.fiscal_type
            else held.document_type_id
            or order.nu_document_type_id
            or config.nu_default_document_type_id
        )
        if not kind:
            raise ApiProblem(
                "VALIDATION",
                errors=[{"path": "fiscal_type", "message": "required"}],
            )
        kind._nu_check_sale()
        if order.state in PAID_STATES and not held:
            raise ApiProblem("ORDER_PAID", current=order._nu_current())
        if not held:
            self._check_count(config)
        ncf, created, replaced = Ncf.take(
            unit, kind, config, wire.pos_reference, told=True, replace=wire.replace
        )
        audit = self.env["nu_restaurant_pos.order_audit"]
        for record, event in ((replaced, "release"), (ncf, "reserve")):
            if record and (created or record == replaced):
                audit._record(
                    event,
                    company=company,
                    pos_reference=wire.pos_reference,
                    order=order,
                    ncf=record.name,
                    payload=floats_to_decimal(
                        {
                            "fiscal_type": record.document_type_id.doc_code_prefix,
                            **({"metadata": wire.metadata} if wire.metadata else {}),
                        }
                    ),
                )
        body = {
            "status": "ok",
            "pos_reference": wire.pos_reference,
            "created": created,
            "fiscal": {
                **ncf._fiscal_block(order.account_move),
                "range_id": ncf.range_id.id,
                "remaining": ncf.range_id.remaining,
            },
        }
        if wire.metadata is not None:
            body["metadata"] = wire.metadata
        if replaced:
            body["replaced"] = {"reference": replaced.name, "state": replaced.state}
        return Answer(body)

    def _check_count(self, config):
        """A caller who reserves and never sells would use a range up: a number that a
        client was told goes back by a decision only.

        :raise ApiProblem: ``CONFLICT`` beyond ``nu_pos.max_reservations``, 0 = no limit
        """
        limit = int(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("nu_pos.max_reservations", MAX_RESERVATIONS)
        )
        if limit <= 0:
            return
        count = self.env["nu.pos.ncf"].search_count(
            [
                ("state", "=", "reserved"),
                ("told", "=", True),
                ("config_id", "=", config.id),
                ("write_uid", "=", self.env.uid),
            ],
            limit=limit,
        )
        if count >= limit:
            raise ApiProblem(
                "CONFLICT",
                f"{count} numbers are reserved at {config.display_name} for orders "
                "that are not paid: finalize or release them first",
            )

    def check_release(self, wire, config):
        """A number that was printed is annulled, which is a right of its own. A hub
        says what its terminals printed.

        :raise ApiProblem: ``FORBIDDEN``
        """
        identity = self.env["nu.pos.identity"].current()
        is_hub = not identity.employee and identity.user.has_group(HUB_GROUP)
        if wire.printed and not is_hub:
            self.env["nu.pos.permission"].require("annul_ncf", config)

    @unit_of_work(lock=order_key, register=register_of)
    def release(self, unit, config, wire):
        """Give the reserved number of an order back, or void it if it was printed.

        :param wire: ``schemas.order.Release``
        :return: ``Answer``
        """
        refuse_server_reference(wire.pos_reference)
        company = config.company_id
        Ncf = self.env["nu.pos.ncf"]
        # a return that failed holds the number of its note
        ncf = Ncf._live(company, wire.pos_reference) or Ncf._live(
            company, wire.pos_reference, "credit_note"
        )
        order = self.env["pos.order"]._nu_by_reference(company, wire.pos_reference)
        last = ncf or Ncf.search(
            [
                ("company_id", "=", company.id),
                ("pos_reference", "=", wire.pos_reference),
            ],
            limit=1,
        )
        own = order.config_id or last.config_id
        self.env["nu.pos.permission"].require_moved("payment", own, config)
        self.check_release(wire, own or config)
        if ncf.state == "issued":
            raise ApiProblem(
                "ORDER_PAID",
                f"{ncf.name} is on a paid sale: it takes a credit note to undo it",
                fiscal=ncf._fiscal_block(),
            )
        if not ncf:
            if not last:
                raise ApiProblem(
                    "NOT_FOUND", f"No number is held by {wire.pos_reference}"
                )
            # a repeat of a release that was done
            return Answer(self._release_body(wire, last), replayed=True)
        if wire.printed:
            ncf._void(wire.reason_code or "04", wire.reason)
        else:
            ncf._release()
        self.env["nu_restaurant_pos.order_audit"]._record(
            "void" if wire.printed else "release",
            company=company,
            pos_reference=wire.pos_reference,
            ncf=ncf.name,
            payload={"reason": wire.reason, "reason_code": wire.reason_code},
        )
        return Answer(self._release_body(wire, ncf))

    def _release_body(self, wire, ncf):
        return {
            "status": "ok",
            "pos_reference": wire.pos_reference,
            "fiscal": ncf._fiscal_block(),
        }
