"""``contention``: many tills at once over HTTP, on one register and on four.

1, 2, 8 and 16 clients sell in turns for a few seconds each, on a server with two worker
processes; at last a cashier sells on Odoo's own screen of the same register while hubs
do. Ours is what 8 clients get done on one register, the reference what one gets done.

A machine that lends its second core to somebody else for a moment would be measured
instead of the addon. Two busy processes show before and after each turn what it gives;
turns count when that is ``QUIET`` at least, as long as there are enough of them.
"""

import statistics
import threading
import time

from _lib import database, server
from _lib.progress import step

from . import inside, machine, traffic, world
from .crowd import Crowd
from .report import Result

BUDGET = 1.7
QUIET = 1.85
SLOWEST = 10  # p99 over median
WORKERS = 2
#: Rounds of all turns; quiet rounds of the judged pair to wait for; rounds of it at
#: most; seconds of a turn.
EFFORT, EFFORT_QUICK = (2, 3, 6, 2.0), (1, 1, 1, 1.2)


def run(env, options):
    effort = EFFORT_QUICK if options.quick else EFFORT
    seconds = effort[-1]
    clients = (1, 8) if options.quick else (1, 2, 8, 16)
    with database.fresh(env, "bench") as db, step("Bench contention"):
        tills = tills_of(env, db, 4)
        with server.run(env, db, workers=WORKERS, ready=traffic.READY) as odoo:
            crowd = Crowd(odoo, db, max(clients))
            turns = [
                (registers, count)
                for registers in ((1,) if options.quick else (1, 4))
                for count in clients
            ]
            for registers, count in turns:
                crowd.sell(tills[:registers], count, seconds / 3)
            results = {turn: [] for turn in turns}
            _take_turns(crowd, tills, results, *effort)
            drafts = [
                crowd.sell(tills[:1], 2, seconds, act=crowd.keep_draft)
                for _turn in range(1 if options.quick else 2)
            ]
            screen = _screen_and_hubs(crowd, odoo, db, tills[0], options.quick)
            repeats = crowd.repeat(20 if options.quick else 100)
            log = odoo.problems()
        problems = traffic.compare(db, crowd.sold, crowd.answers, repeats, screen[2])
    return [_judge(results, crowd, drafts, screen, problems, log)]


def tills_of(env, db, count):
    """Open ``count`` registers; returns ``[(register, cash method)]``."""
    traffic.open_gates(db)
    inside.prepare(env, db)
    site = inside.Site(db)
    with site.transaction() as odoo:
        restaurant = world.demo(odoo)
        registers = [world.hub_register(odoo, restaurant)]
        registers += world.more_hub_registers(odoo, restaurant, count - 1)
    inside.leave_connections()
    return [(register.config, register.cash) for register in registers]


def _take_turns(crowd, tills, results, rounds, quiet, longest, seconds):
    """Go round until ``quiet`` turns of the judged pair were quiet, or ``longest``;
    after the first rounds a busy machine is waited for, ``longest`` turns' time."""
    patience = longest * seconds
    for number in range(longest):
        late = number >= rounds
        if late and _quiet_rounds(results) >= quiet:
            return
        before = machine.second_core()
        while late and before < QUIET and patience > 0:
            began = time.monotonic()
            time.sleep(0.5)
            before = machine.second_core()
            patience -= time.monotonic() - began
        for (registers, count), turns in results.items():
            if late and (registers, count) not in JUDGED:
                continue
            turn = crowd.sell(tills[:registers], count, seconds)
            after = machine.second_core()
            turn.cores = min(before, after)
            turns.append(turn)
            before = after


JUDGED = ((1, 1), (1, 8))


def _quiet_rounds(results):
    pairs = zip(*(results[turn] for turn in JUDGED))
    return sum(all(turn.cores >= QUIET for turn in pair) for pair in pairs)


# --- Odoo's own screen beside the hubs ------------------------------------------------


def _screen_and_hubs(crowd, odoo, db, till, quick):
    """Two cashiers sell on Odoo's screen, three hubs on the same register."""
    times, refused = [], []
    done = threading.Event()
    register = _screen_register(db, till)

    def sell(count):
        screen = traffic.Screen(odoo.url, db, *traffic.CASHIER)
        for _sale in range(count):
            moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
            order = world.screen_order(register, moment)
            order["user_id"] = screen.uid
            began = time.perf_counter()
            try:
                screen.call("pos.order", "sync_from_ui", [order])
            except traffic.ScreenError as error:
                refused.append(str(error)[:300])
            times.append(time.perf_counter() - began)

    cashiers = [
        threading.Thread(target=sell, args=(3 if quick else 20,), daemon=True)
        for _cashier in range(2)
    ]

    def watch():
        for cashier in cashiers:
            cashier.join()
        done.set()

    for cashier in cashiers:
        cashier.start()
    threading.Thread(target=watch, daemon=True).start()
    hubs = crowd.sell([till], 3, None, until=done)
    rows = db.query(
        "SELECT count(DISTINCT o.id), count(DISTINCT n.id) FROM pos_order o"
        " JOIN nu_pos_ncf n ON n.order_id = o.id AND n.state = 'issued'"
        " WHERE starts_with(o.pos_reference, '261-')"
    )
    problems = []
    if rows[0] != (len(times) - len(refused),) * 2:
        problems.append(f"screen: orders and numbers {rows[0]} of {len(times)} sales")
    detail = {
        "sales on the screen": len(times),
        "refused there, after Odoo's five tries": len(refused),
        "screen ms, median and longest": [
            round(statistics.median(times) * 1000),
            round(max(times) * 1000),
        ],
        "hub sales beside it": len(hubs.seconds),
        "hub ms, median and longest": [
            round(hubs.median * 1000),
            round(max(hubs.seconds) * 1000),
        ],
    }
    if refused:
        detail["refused with"] = refused[0]
    return detail, problems, rows[0][1]


def _screen_register(db, till):
    """Return the demo's register as Odoo's screen knows it."""
    rows = db.query(
        "SELECT name, res_id FROM ir_model_data WHERE module = 'nu_restaurant_pos'"
    )
    ids = dict(rows)
    restaurant = world.Restaurant(
        company=ids["demo_company"],
        manager=ids["demo_user_manager"],
        cashier=ids["demo_user_cashier"],
        products=tuple(ids[f"demo_product_{number:02d}"] for number in range(1, 6)),
        taxes=(ids["demo_tax_restaurant_18"],),
        fiscal_position=ids["demo_position_restaurant"],
        preset=ids["demo_preset_dine_in"],
        warehouse=ids["demo_warehouse"],
        invoice_journal=ids["demo_journal_invoice"],
        customer=ids["demo_partner_company"],
        consumer=ids["demo_partner_consumer"],
    )
    session = db.query(
        "SELECT id FROM pos_session WHERE config_id = %s AND state = 'opened'",
        [till[0]],
    )
    return world.Register(till[0], session[0][0], till[1], restaurant)


# --- judgement ------------------------------------------------------------------------


def _judge(results, crowd, drafts, screen, problems, log):
    beside, screen_problems, _numbers = screen
    problems = [*crowd.problems, *screen_problems, *problems]
    pairs = list(zip(*(results[turn] for turn in JUDGED)))
    quiet = [
        pair for pair in pairs if all(turn.cores >= QUIET for turn in pair)
    ] or pairs
    one = statistics.median(turn.rate for turn, _eight in quiet)
    eight = statistics.median(turn.rate for _one, turn in quiet)
    table, cpu = {}, {}
    for (registers, count), turns in results.items():
        name = f"{count} client{'s' * (count > 1)}, {registers} register"
        name += "s" * (registers > 1)
        calm = [turn for turn in turns if turn.cores >= QUIET] or turns
        median = statistics.median(turn.median for turn in calm)
        p99 = statistics.median(turn.p99 for turn in calm)
        table[name] = (
            f"{statistics.median(turn.rate for turn in calm):.1f}/s"
            f" ({median * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms)"
        )
        if p99 >= SLOWEST * median:
            problems.append(f"{name}: p99 is {p99 / median:.1f} x the median")
        cpu[name] = _cpu_text(calm)
    return Result(
        "contention",
        eight,
        one,
        BUDGET,
        "sales/s",
        lower=False,
        detail={
            "sales": len(crowd.sold),
            "turns": table,
            "CPU ms a sale": cpu,
            "CPU ms a draft's write, 2 clients": _cpu_text(drafts),
            "work two processes got done beside one, by turn": [
                f"{min(turn.cores for turn in pair):.2f}" for pair in pairs
            ],
            "turns that count": f"{len(quiet)} of {len(pairs)}"
            + ("" if quiet is not pairs else ": the machine was busy with others"),
            "Odoo's screen beside hubs": beside,
            "warnings in the server's log": len(log),
        },
        problems=problems[:20],
    )


def _cpu_text(turns):
    return " + ".join(
        f"{statistics.median(turn.cpu[party] for turn in turns) * 1000:.1f} {party}"
        for party in turns[0].cpu
    )
