"""What a person finds in a house that was upgraded; run in Odoo's shell."""

from freezegun import freeze_time

from odoo.addons.nu_restaurant_pos.models.evidence.audit_chain import AuditChain
from odoo.addons.nu_restaurant_pos.models.upkeep.guarantees import Guarantees

# The old house closed its month and went on selling (history_19_0_1_0_0.py).
MOMENT = "2027-01-03 16:00:00"


def look(env):
    """Facts of the database of ``env``, and what it does when its work goes on."""
    guarantees = Guarantees(env)
    facts = {
        "missing": guarantees.missing(),
        "broken_ranges": guarantees.broken_ranges(),
        "chains": [
            _chain(env, company)
            for company in (env["res.company"], *env["res.company"].search([]))
        ],
        "audit_cron": env.ref("nu_restaurant_pos.cron_verify_audit").model_id.model,
        "filed": env["nu.pos.dgii.report"]
        .search([("state", "=", "filed")])
        .mapped(lambda report: [report.format, report.state])[0],
    }
    with freeze_time(MOMENT):
        facts["next"] = _sell(env)
        facts["rest"] = _give_back_the_rest(env)
    return facts


def _chain(env, company):
    verdict = AuditChain(env, company).verify()
    return {"count": verdict.count, "broken": verdict.broken}


def _sell(env):
    """The number of a new sale over the API."""
    config = env.ref("nu_restaurant_pos.demo_pos_config")
    dish = env.ref("nu_restaurant_pos.demo_product_01")
    cash = env.ref("nu_restaurant_pos.demo_pm_cash")
    hub = env.ref("nu_restaurant_pos.demo_user_hub")
    answer = (
        env["pos.order"]
        .with_user(hub)
        .hub_finalize_snapshot(
            {
                "pos_reference": "NU/UPGRADED/1",
                "config_id": config.id,
                "order_type": "dine_in",
                "fiscal_type": "B02",
                "lines": [
                    {"id": "1", "product_id": dish.id, "qty": 1, "price_unit": 500.0}
                ],
                "amount_total": 640.0,
                "payments": [{"payment_method_id": cash.id, "amount": 640.0}],
            }
        )
    )
    return answer["fiscal"]["reference"]


def _give_back_the_rest(env):
    """Totals of a sale of the screen, of its part refund there and of the rest."""
    part = env["pos.order"].search(
        [("is_refund", "=", True), ("amount_total", "=", -230.4)]
    )
    sale = part.lines.refunded_orderline_id.order_id
    manager = env.ref("nu_restaurant_pos.demo_user_manager")
    body = env["nu.pos.refund"].with_user(manager).submit(str(sale.id), {}).body
    env.cr.rollback()  # what another connection has committed is seen from here on
    rest = env["pos.order"].browse(body["refund_id"])
    return [order.amount_total for order in (sale, part, rest)]
