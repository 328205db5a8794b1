"""``ecf``: what the signature of a document costs, and what a document costs a sale.

First one document is built, validated and signed, against signing it alone: the same
key, the same bytes. Then a sale with an e-NCF (two signatures, the receipt's and its
summary's, and a queue that is woken) runs in turns with the same sale on series B.
"""

from _lib import database
from _lib.progress import step

from . import inside, paired, profiling, sale, world
from .report import Result

#: Milliseconds one document may take on this machine, whatever the ratio.
_MOST_MS = 15


def run(env, options):
    rounds = 15 if options.quick else 150
    with database.fresh(env, "bench") as db, step("Bench ecf"):
        db.query(sale.WIDEN)
        db.query("UPDATE res_company SET nu_ecf_send = true")
        inside.prepare(env, db)
        site = inside.Site(db)
        with site.transaction() as odoo:
            restaurant = world.demo(odoo)
            hub = world.hub_register(odoo, restaurant)
        makers = {
            "ours": sale._ours(site, hub, "ecf-e32", "E32", False),
            "reference": sale._ours(site, hub, "ecf-b02", "B02", False),
        }
        sales = paired.alternate(makers, rounds, sale.WARM_UP)
        document = paired.alternate(_document(site, db), rounds, sale.WARM_UP)
        problems = sale.check_ours(db, "NU/ecf-e32/%", rounds + sale.WARM_UP)
        problems += _check(db, rounds + sale.WARM_UP)
        if options.profile:
            profiling.show("a sale with E32", makers["ours"])
    return [_signing(document), _selling(sales, problems)]


def _document(site, db):
    """Makers of a whole document, and of its signature alone."""
    from odoo.addons.nu_restaurant_pos.fiscal.ecf import build
    from odoo.addons.nu_restaurant_pos.fiscal.ecf.signature import sign
    from odoo.addons.nu_restaurant_pos.fiscal.ecf.validate import checked_ecf

    [(order_id,)] = db.query(
        "SELECT max(order_id) FROM nu_pos_ecf WHERE name LIKE 'E32%%'"
    )
    with site.transaction() as odoo:
        order = odoo["pos.order"].browse(order_id)
        described, _modified = odoo["nu.pos.ecf.describer"].of_order(order)
        identity = odoo["nu.pos.ecf.certificate"]._identity_of(order.company_id)
        moment = order.nu_ncf_id.date_issued
    ready = build.to_xml(build.complete(described, moment))

    def whole(_index):
        def act():
            xml, problems = checked_ecf(build.complete(described, moment))
            assert not problems
            assert sign(xml, identity)

        return act

    def alone(_index):
        return lambda: sign(ready, identity)

    return {"ours": whole, "reference": alone}


def _check(db, sales):
    found = db.query(
        "SELECT count(*), count(summary_xml), count(*) FILTER (WHERE state = 'queued')"
        " FROM nu_pos_ecf"
    )[0]
    return [] if set(found) == {sales} else [f"documents, summaries, queued: {found}"]


def _signing(samples):
    ours, reference = samples["ours"], samples["reference"]
    problems = []
    if ours.median_ms > _MOST_MS:
        problems.append(f"a document takes {ours.median_ms:.1f} ms")
    return Result(
        "ecf",
        ours.median_ms,
        reference.median_ms,
        2.0,
        "ms",
        detail={"10 to 90 percent, ms": {k: s.spread() for k, s in samples.items()}},
        problems=problems,
    )


def _selling(samples, problems):
    ours, reference = samples["ours"], samples["reference"]
    return Result(
        "ecf: finalize E32 against B02",
        ours.median_ms,
        reference.median_ms,
        1.2,
        "ms",
        detail={
            "queries": {side: samples[side].median_queries for side in samples},
            "10 to 90 percent, ms": {k: s.spread() for k, s in samples.items()},
            "ratio in one round, median": round(
                paired.ratio_in_a_round(ours, reference), 3
            ),
        },
        problems=problems,
    )
