"""``contention``: many tills at once over HTTP, on one register and on four.

1, 2, 8 and 16 clients sell in turns for a few seconds each, on a server with two worker
processes; at last a cashier sells on Odoo's own screen of the same register while hubs
do. Ours is what 8 clients get done on one register, the reference what one gets done.

A machine that lends its second core to somebody else for a moment would be measured
instead of the addon. Two busy processes show before and after each turn what it gives;
turns count when that is ``QUIET`` at least, as long as there are enough of them.
"""

import itertools
import random
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from _lib import database, server
from _lib.hub import Hub
from _lib.progress import step

from . import inside, machine, traffic, world
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


# --- the crowd ------------------------------------------------------------------------


class Turn:
    """What a number of clients got done in some seconds."""

    def __init__(self):
        self.rate = 0.0
        self.seconds = []
        self.cpu = {}
        self.cores = 0.0

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def p99(self):
        ordered = sorted(self.seconds)
        return ordered[int(len(ordered) * 0.99)]


class Crowd:
    """Logged-in clients, what they sold and what they were answered."""

    def __init__(self, odoo, db, size):
        self.db = db
        self.workers = machine.workers(odoo.pid)
        self.hubs = [Hub(odoo.url, device=f"bench-{number}") for number in range(size)]
        with ThreadPoolExecutor(WORKERS) as pool:
            for answer in pool.map(lambda hub: hub.log_in(*traffic.HUB), self.hubs):
                assert answer.status == 200, answer
        self.serial = itertools.count()
        self.chance = random.Random(1844)
        self.sold = {}
        self.answers = {}
        self.problems = []

    def sell(self, tills, count, seconds, until=None, act=None):
        """Let ``count`` clients sell for some seconds, or until an event is set; each
        sends its next sale when the last one is answered. Returns the ``Turn``.

        ``act``: what they do instead, see ``keep_draft``.
        """
        turn = Turn()
        lists = [[] for _client in range(count)]
        barrier = threading.Barrier(count + 1)
        finish = until.is_set if until else _Clock(seconds).is_over
        threads = [
            threading.Thread(
                target=self._work,
                args=(
                    *(self.hubs[number], tills[number % len(tills)]),
                    *(barrier, finish, lists[number], act or self.make_sale),
                ),
                daemon=True,
            )
            for number in range(count)
        ]
        for thread in threads:
            thread.start()
        parties = {
            "clients": ["self"],
            "workers": self.workers,
            "PostgreSQL": machine.backends(self.db),
        }
        before = {party: machine.cpu_seconds(parties[party]) for party in parties}
        began = time.perf_counter()
        barrier.wait()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - began
        turn.seconds = [latency for found in lists for latency in found]
        turn.rate = len(turn.seconds) / elapsed
        turn.cpu = {
            party: (machine.cpu_seconds(parties[party]) - before[party])
            / max(len(turn.seconds), 1)
            for party in parties
        }
        return turn

    def _work(self, hub, till, barrier, finish, latencies, act):
        barrier.wait()
        while not finish():
            try:
                act(hub, till, latencies)
            except Exception as error:
                self.problems.append(f"a client stopped: {error!r}")
                return

    def make_sale(self, hub, till, latencies):
        reference = f"NU/CROWD/{next(self.serial):06d}"
        # five lines, so that all turns sell alike
        sale = traffic.snapshot(self.chance, reference, till, lines=5)
        self.sold[reference] = sale
        answer = self._send(hub, "/hub/finalize", sale, latencies)
        if answer.status == 200 and answer.body["created"]:
            self.answers[reference] = answer.body
        else:
            self.problems.append(f"{reference}: {answer.status} {answer.body}")

    def keep_draft(self, hub, till, latencies):
        """Open a check of five lines, and send it three times more."""
        reference = f"DRAFT/{next(self.serial):06d}"
        check = traffic.snapshot(self.chance, reference, till, lines=5)
        del check["payments"], check["amount_total"]
        for number in range(4):
            check["lines"][0]["qty"] = number + 1
            answer = self._send(hub, "/orders/create", check, latencies)
            if answer.status not in (200, 201):
                self.problems.append(f"{reference}: {answer.status} {answer.body}")

    def _send(self, hub, path, body, latencies):
        began = time.perf_counter()
        answer = hub.call("POST", path, body)
        latencies.append(time.perf_counter() - began)
        return answer

    def repeat(self, count):
        """Send some sales once more, all clients at a time; returns the answers."""
        chosen = random.Random(7).sample(sorted(self.answers), count)
        answers = {}

        def work(hub, references):
            for reference in references:
                answer = hub.call("POST", "/hub/finalize", self.sold[reference])
                answers[reference] = answer.body

        threads = [
            threading.Thread(target=work, args=(hub, chosen[number :: len(self.hubs)]))
            for number, hub in enumerate(self.hubs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers


class _Clock:
    """Runs from the moment it is first asked."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.began = None

    def is_over(self):
        self.began = self.began or time.perf_counter()
        return time.perf_counter() - self.began >= self.seconds


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
