"""``report-607``: the sales of a month, from the tables to the file for DGII.

The documents are made by plain SQL: paid orders with their number and payments, one in
three of fiscal credit (a line of the file), one in fifty a credit note. The subject is
the addon's own work, computing the report and writing its TXT; the reference is one
``COPY`` of the same rows out of the same tables. Both must grow with the documents,
and the memory must not.
"""

import time

from _lib import database
from _lib.progress import step

from . import inside, machine, world
from .report import Result

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (5_000, 20_000)
#: Computing and writing, at most so many times one COPY of the rows.
BUDGET = 5.0
#: Beyond this the memory grows with the documents.
MOST_MEMORY = 60 * 2**20
#: A document may cost so many times more in the greatest month than in the smallest.
MOST_GROWTH = 2.0
_MONTHS = ("2027-03-01", "2027-04-01", "2027-05-01")


def run(env, options):
    sizes = QUICK_SIZES if options.quick else SIZES
    with database.fresh(env, "bench") as db:
        inside.prepare(env, db)
        site = inside.Site(db)
        results = []
        for month, size in zip(_MONTHS, sizes):
            with step(f"Bench report-607, {size} documents"):
                _fill(site, month, size)
                results.append(_measure(site, db, month, size))
        _judge_growth(results)
        return results


def _measure(site, db, month, size):
    reference, copied = _copy(site, month)
    before = machine.peak_memory(reset=True)
    with site.transaction() as odoo:
        report = _report(odoo, month)
        began = time.perf_counter()
        report.action_compute()
        computed = time.perf_counter() - began
        written = 0
        with (db.folder / "607.txt").open("wb") as target:
            report._write_txt(target)
            written = target.tell()
        seconds = time.perf_counter() - began
        listed, lines = report.listed_count, report.line_count
    growth = machine.peak_memory() - before
    problems = []
    if not copied == lines == size:
        problems.append(f"{size} documents made, {copied} copied, {lines} reported")
    if growth > MOST_MEMORY:
        problems.append(f"memory grew by {growth / 2**20:.0f} MB")
    return Result(
        f"report-607 {size}",
        seconds,
        reference,
        BUDGET,
        "s",
        detail={
            "documents": size,
            "lines of the file": listed,
            "computing, s": computed,
            "writing, s": seconds - computed,
            "TXT, MB": written / 1e6,
            "us a document": seconds / size * 1e6,
            "memory grew by, MB": growth / 2**20,
        },
        problems=problems,
    )


def _judge_growth(results):
    """Linear: a document costs in the greatest month what it costs in the smallest."""
    first, last = results[0], results[-1]
    cost = [one.detail["us a document"] for one in (first, last)]
    if cost[1] > MOST_GROWTH * cost[0]:
        last.problems.append(
            f"{cost[1]:.1f} us a document, {cost[0]:.1f} in the smallest month"
        )


def _report(odoo, month):
    company = world.demo(odoo).company
    return (
        odoo["nu.pos.dgii.report"]
        .with_company(company)
        .create({"format": "607", "date_from": month, "company_id": company})
    )


def _copy(site, month):
    """Return the seconds and rows of one COPY of the report's rows to nowhere."""
    with site.transaction() as odoo:
        report = _report(odoo, month)
        _columns, query = odoo["nu.pos.dgii.documents"]._of(report)
        text = odoo.cr._obj.mogrify(query.code, query.params).decode()
        sink = _Lines()
        began = time.perf_counter()
        odoo.cr._obj.copy_expert(f"COPY ({text}) TO STDOUT", sink)
        seconds = time.perf_counter() - began
        report.unlink()
    return seconds, sink.count


class _Lines:
    """A file that counts lines and keeps none."""

    count = 0

    def write(self, data):
        self.count += data.count(b"\n" if isinstance(data, bytes) else "\n")
        return len(data)


# --- the documents --------------------------------------------------------------------


def _fill(site, month, size):
    """Paid orders of a month, with numbers and payments, by a few statements."""
    with site.transaction() as odoo:
        there = world.demo(odoo)
        cr = odoo.cr
        company = there.company
        register = odoo.ref("nu_restaurant_pos.demo_pos_config")
        types = odoo["l10n_latam.document.type"]
        ranges = {}
        for prefix in ("B01", "B02", "B04"):
            kind = types._nu_find(prefix)
            ranges[prefix] = _range(cr, company, kind.id)
        values = {
            "month": month,
            "size": size,
            "company": company,
            "session": register.current_session_id.id,
            "config": register.id,
            "buyer": odoo.ref("nu_restaurant_pos.demo_partner_company").id,
            "cash": odoo.ref("nu_restaurant_pos.demo_pm_cash").id,
            "card": odoo.ref("nu_restaurant_pos.demo_pm_card").id,
            "tag": month[2:7],
            **{
                f"{name}_{prefix}": value
                for prefix, pair in ranges.items()
                for name, value in zip(("range", "type"), pair)
            },
        }
        for table in _TABLES:
            # its workers would spoil the times, and hold on to the database
            cr.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        for statement in _STATEMENTS:
            cr.execute(statement, values)
    site.db.server.query("ANALYZE", database=site.db.name)


def _range(cr, company, kind):
    """``(range, type)``: the demo's own range of the type."""
    cr.execute(
        "SELECT id FROM nu_pos_ncf_range "
        "WHERE company_id = %s AND document_type_id = %s LIMIT 1",
        (company, kind),
    )
    return cr.fetchone()[0], kind


_TABLES = (
    "nu_pos_ncf",
    "nu_pos_dgii_report_line",
    "pos_order",
    "pos_order_line",
    "pos_payment",
)
_STATEMENTS = (
    """
    CREATE TEMP TABLE made ON COMMIT DROP AS
    SELECT nextval('pos_order_id_seq') AS order_id, nextval('nu_pos_ncf_id_seq') AS id,
           place, %(month)s::timestamp + interval '5 hours'
               + (place %% 27) * interval '1 day' AS at,
           CASE WHEN place %% 50 = 0 THEN 'B04' WHEN place %% 3 = 0 THEN 'B01'
                ELSE 'B02' END AS prefix,
           round((100 + place %% 1900)::numeric, 2) AS net
      FROM generate_series(1, %(size)s) place
    """,
    """
    INSERT INTO nu_pos_ncf (id, name, company_id, document_type_id, range_id,
        sequence_number, kind, state, date_issued, date_issued_day, amount_total,
        config_id, pos_reference, order_id)
    SELECT id, prefix || lpad((50000000 + id)::text, 8, '0'), %(company)s,
           CASE prefix WHEN 'B01' THEN %(type_B01)s WHEN 'B02' THEN %(type_B02)s
                ELSE %(type_B04)s END,
           CASE prefix WHEN 'B01' THEN %(range_B01)s WHEN 'B02' THEN %(range_B02)s
                ELSE %(range_B04)s END,
           50000000 + id, CASE prefix WHEN 'B04' THEN 'credit_note' ELSE 'sale' END,
           'issued', at, at::date,
           round(net * 1.28, 2) * CASE prefix WHEN 'B04' THEN -1 ELSE 1 END,
           %(config)s, 'BENCH/' || id, NULL
      FROM made
    """,
    """
    INSERT INTO pos_order (id, name, company_id, session_id, partner_id, pos_reference,
        amount_tax, amount_total, amount_paid, amount_return, state, date_order,
        nu_ncf_id, nu_ncf, nu_amount_itbis, nu_amount_tip, is_refund,
        nu_document_type_id, nu_buyer_name, nu_buyer_vat)
    SELECT order_id, 'BENCH/' || id, %(company)s, %(session)s,
           CASE prefix WHEN 'B01' THEN %(buyer)s END, 'BENCH/' || id,
           sign * (round(net * 0.18, 2) + round(net * 0.1, 2)),
           sign * (net + round(net * 0.18, 2) + round(net * 0.1, 2)),
           sign * (net + round(net * 0.18, 2) + round(net * 0.1, 2)), 0, 'paid', at,
           id, prefix || lpad((50000000 + id)::text, 8, '0'),
           sign * round(net * 0.18, 2), sign * round(net * 0.1, 2), prefix = 'B04',
           CASE prefix WHEN 'B01' THEN %(type_B01)s WHEN 'B02' THEN %(type_B02)s
                ELSE %(type_B04)s END, buyer.name, buyer.vat
      FROM made
     CROSS JOIN LATERAL (SELECT CASE prefix WHEN 'B04' THEN -1 ELSE 1 END) s (sign)
      LEFT JOIN res_partner buyer ON buyer.id = %(buyer)s AND prefix = 'B01'
    """,
    "UPDATE nu_pos_ncf n SET order_id = made.order_id FROM made WHERE made.id = n.id",
    """
    INSERT INTO pos_payment (pos_order_id, session_id, payment_method_id, amount,
        payment_date)
    SELECT o.id, %(session)s, method, part, o.date_order
      FROM made JOIN pos_order o ON o.id = made.order_id,
           LATERAL (VALUES (%(card)s, round(o.amount_total / 2, 2)),
                           (%(cash)s, o.amount_total - round(o.amount_total / 2, 2)))
               AS paid (method, part)
    """,
    """
    INSERT INTO pos_order_line (order_id, name, product_id, qty, price_unit,
        price_subtotal, price_subtotal_incl, company_id, refunded_orderline_id)
    SELECT made.order_id, 'BENCH', (SELECT min(id) FROM product_product), 1, net, net,
           round(net * 1.28, 2), %(company)s, NULL
      FROM made WHERE prefix = 'B04'
    """,
)
