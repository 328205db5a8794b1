"""``soak``: a day's mixed traffic, as long as one wishes (``--minutes``).

Clients keep drafts, change and cancel them, reserve and give back numbers, sell, repeat
what they sold and send what is stale or changed, while a manager closes and reopens one
of the two registers again and again and refunds sales of the other. What a client was
answered must then stand in the database, once; the books of every closed session must
hold every sale in it; the audit must verify; and the server must not have grown.
"""

import itertools
import random
import statistics
import threading
import time

from _lib import database, server
from _lib.hub import Hub
from _lib.progress import step

from . import contention, machine, traffic
from .report import Result

CLIENTS = 4
MINUTES, QUICK_MINUTES = 1.0, 0.05
GROWTH_MB = 40  # of a worker, caches that fill up included
_LATER = ("SESSION_CLOSED", "IN_PROGRESS", "BUSY")
_PATIENCE = 60


def run(env, options):
    minutes = options.minutes or (QUICK_MINUTES if options.quick else MINUTES)
    with database.fresh(env, "bench") as db, step(f"Bench soak, {minutes} minutes"):
        tills = contention.tills_of(env, db, 2)
        with server.run(env, db, workers=2, ready=traffic.READY) as odoo:
            day = Day(odoo, db, tills)
            day.warm_up()
            before = day.load()
            day.go_on(minutes * 60)
            after = day.load()
            problems = day.judge(before, after)
            log = odoo.problems()
    right = 0 if problems else len(day.sold)
    detail = {
        "minutes": minutes,
        "done": {name: day.done[name] for name in sorted(day.done)},
        "median ms": {
            name: round(statistics.median(day.seconds[name]) * 1000)
            for name in sorted(day.seconds)
        },
        "answered later, as the register was being closed": day.later,
        "workers, MB before and after": [before[1], after[1]],
        "connections before and after": [before[0], after[0]],
        "warnings in the server's log": len(log),
    }
    return [
        Result(
            "soak",
            right,
            len(day.sold),
            1.0,
            "sales right",
            lower=False,
            detail=detail,
            problems=problems[:20],
        )
    ]


class Day:
    """Clients and a manager at work, and what they know afterwards."""

    def __init__(self, odoo, db, tills):
        self.odoo, self.db, self.tills = odoo, db, tills
        self.workers = machine.workers(odoo.pid)
        # the clients are the terminals of one hub
        self.hub = Hub(odoo.url, device="soak")
        self.hub.log_in(*traffic.HUB)
        self.sold, self.answers, self.again = {}, {}, {}
        self.released, self.refunded = set(), []
        self.done, self.seconds = {}, {}
        self.later = 0
        self.problems = []
        self.serial = itertools.count()
        self.lock = threading.Lock()
        self.over = threading.Event()

    def go_on(self, seconds):
        people = [Client(self, number) for number in range(CLIENTS)] + [Manager(self)]
        threads = [
            threading.Thread(target=self._until_over, args=(person,), daemon=True)
            for person in people
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.over.set()
        for thread in threads:
            thread.join(2 * _PATIENCE)
            if thread.is_alive():
                self.problems.append("somebody waits for an answer for ever")

    def warm_up(self):
        """Have both workers load what they remember."""
        client = Client(self, CLIENTS)
        for _time in range(30):
            client.sale()

    def _until_over(self, person):
        try:
            while not self.over.is_set():
                person.act()
        except Exception as error:
            self.problems.append(f"{type(person).__name__} stopped: {error!r}")
            raise

    def note(self, name, began):
        with self.lock:
            self.done[name] = self.done.get(name, 0) + 1
            self.seconds.setdefault(name, []).append(time.perf_counter() - began)

    def load(self):
        """Return connections to the database and MB of each worker."""
        sizes = [round(machine.memory_mb(pid)) for pid in self.workers]
        return len(machine.backends(self.db)), sizes

    # --- judgement --------------------------------------------------------------------

    def judge(self, before, after):
        problems = [
            *self.problems,
            *traffic.compare(self.db, self.sold, self.answers, self.again, None),
            *self._books(),
            *self._numbers(),
        ]
        admin = traffic.Screen(self.odoo.url, self.db, "admin", "admin")
        job = self.db.query(
            "SELECT res_id FROM ir_model_data WHERE name = 'cron_seal_audit'"
        )
        admin.call("ir.cron", "method_direct_trigger", [job[0][0]])
        found = admin.call("nu_restaurant_pos.order_audit", "action_verify")["params"]
        if found["type"] != "success":
            problems.append(f"the audit: {found}")
        unsealed = self.db.query(
            "SELECT count(*) FROM nu_restaurant_pos_order_audit a"
            " LEFT JOIN nu_pos_audit_seal s ON s.audit_id = a.id WHERE s.id IS NULL"
        )
        if unsealed[0][0]:
            problems.append(f"{unsealed[0][0]} rows of the audit have no seal")
        if after[0] > before[0] + CLIENTS + 4:
            problems.append(f"connections: {before[0]}, then {after[0]}")
        grown = [late - early for early, late in zip(before[1], after[1])]
        if max(grown) > GROWTH_MB:
            problems.append(f"the workers have grown by {grown} MB")
        return problems

    def _books(self):
        """A sale in a closed session that its closing entry does not hold is lost."""
        rows = self.db.query(
            """
            SELECT s.id, o.total, o.open, COALESCE(m.debit, 0)
              FROM pos_session s
              JOIN LATERAL (
                    SELECT COALESCE(sum(amount_total), 0) AS total,
                           count(*) FILTER (WHERE state = 'paid') AS open
                      FROM pos_order
                     WHERE session_id = s.id AND state IN ('paid', 'done')) o ON true
              LEFT JOIN LATERAL (
                    SELECT sum(debit) AS debit FROM account_move_line
                     WHERE move_id = s.move_id) m ON true
             WHERE s.state = 'closed' AND s.config_id = %s
            """,
            [self.tills[1][0]],
        )
        return [
            f"closed session {session}: sales of {total}, {left} of them outside the "
            f"books, which say {debit}"
            for session, total, left, debit in rows
            if left or total != debit
        ]

    def _numbers(self):
        rows = self.db.query(
            "SELECT state, count(*) FROM nu_pos_ncf WHERE kind = 'sale' GROUP BY state"
        )
        counts = dict(rows)
        wanted = {"issued": len(self.sold)}
        found = {name: counts.get(name, 0) for name in ("issued", "reserved", "voided")}
        if found != {"reserved": 0, "voided": 0, **wanted}:
            return [f"numbers: {counts}, sold {len(self.sold)}"]
        return []


class Client:
    """A terminal that does a bit of everything."""

    def __init__(self, day, number):
        self.day = day
        self.chance = random.Random(number)
        self.hub = Hub(day.odoo.url, device=day.hub.device)
        self.hub.token = day.hub.token
        self.mine = []
        self.actions = (
            *(self.sale,) * 6,
            *(self.repeat,) * 2,
            *(self.draft,) * 3,
            self.changed,
            self.give_back,
            self.reserved_sale,
            self.cancelled_draft,
        )

    def act(self):
        self.chance.choice(self.actions)()

    def ask(self, path, body, expected=(200, 201)):
        """Send until it is answered for good, and tell when the answer is wrong."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self.hub.call("POST", path, body)
            if answer.get("code") not in _LATER or time.monotonic() > deadline:
                break
            self.day.later += 1
            time.sleep(0.05)
        if answer.status not in expected:
            name = body.get("pos_reference")
            self.day.problems.append(f"{path} {name}: {answer.status} {answer.body}")
        return answer

    def new(self, till=None):
        reference = f"NU/SOAK/{next(self.day.serial):06d}"
        return traffic.snapshot(
            self.chance, reference, till or self.chance.choice(self.day.tills)
        )

    def finalize(self, sale, name):
        began = time.perf_counter()
        answer = self.ask("/hub/finalize", sale)
        self.day.note(name, began)
        reference = sale["pos_reference"]
        self.day.sold[reference] = sale
        if answer.get("fiscal"):
            self.day.answers[reference] = answer.body
            self.mine.append(reference)
        return answer

    # --- what it does -----------------------------------------------------------------

    def sale(self):
        self.finalize(self.new(), "sale")

    def repeat(self):
        if self.mine:
            reference = self.chance.choice(self.mine)
            began = time.perf_counter()
            answer = self.ask("/hub/finalize", self.day.sold[reference])
            self.day.note("repeat", began)
            self.day.again[reference] = answer.body

    def changed(self):
        """A sale that was made comes once more, with other lines: refused."""
        if self.mine:
            sale = self.day.sold[self.chance.choice(self.mine)]
            lines = [{**sale["lines"][0], "qty": 9}, *sale["lines"][1:]]
            began = time.perf_counter()
            self.ask("/hub/finalize", {**sale, "lines": lines}, expected=(422,))
            self.day.note("changed repeat, refused", began)

    def _draft(self):
        """Open a check on the register that stays open, and add to it."""
        sale = self.new(self.day.tills[0])
        check = {name: sale[name] for name in sale if name not in ("payments", "lines")}
        del check["amount_total"]
        began = time.perf_counter()
        first = self.ask("/orders/create", {**check, "lines": sale["lines"][:1]})
        self.day.note("draft", began)
        whole = {**check, "lines": sale["lines"]}
        began = time.perf_counter()
        self.ask("/orders/create", {**whole, "base_version": first.get("version")})
        self.day.note("update of a draft", began)
        began = time.perf_counter()
        stale = {**whole, "base_version": first.get("version")}
        self.ask("/orders/create", stale, expected=(409,))
        self.day.note("stale update, refused", began)
        return sale

    def draft(self):
        self.finalize(self._draft(), "sale of a draft")

    def cancelled_draft(self):
        sale = self._draft()
        sale = {**sale, "step": "cancel"}
        began = time.perf_counter()
        for name in ("payments", "amount_total"):
            del sale[name]
        self.ask("/orders/create", sale)
        self.day.note("draft cancelled", began)

    def _reserve(self, sale):
        names = ("pos_reference", "config_id", "fiscal_type")
        began = time.perf_counter()
        body = {name: sale[name] for name in names}
        answer = self.ask("/orders/reserve-ncf", body)
        self.day.note("number reserved", began)
        return answer.get("fiscal", "reference")

    def reserved_sale(self):
        sale = self.new()
        number = self._reserve(sale)
        answer = self.finalize(sale, "sale of a reserved number")
        if answer.get("fiscal", "reference") != number:
            self.day.problems.append(f"{number} was reserved, sold {answer.body}")

    def give_back(self):
        sale = self.new()
        self._reserve(sale)
        began = time.perf_counter()
        names = ("pos_reference", "config_id")
        self.ask("/orders/release-ncf", {name: sale[name] for name in names})
        self.day.note("number given back", began)


class Manager:
    """Somebody in Odoo's own screens: refunds here, closes and reopens there."""

    def __init__(self, day):
        self.day = day
        self.screen = traffic.Screen(day.odoo.url, day.db, *traffic.MANAGER)
        self.chance = random.Random(99)
        self.turn = itertools.cycle((self.refund, self.close, self.refund, self.close))
        self.plain = itertools.cycle((True, False))

    def act(self):
        time.sleep(self.chance.uniform(0.2, 1.5))
        next(self.turn)()

    def refund(self):
        """A sale of the first register comes back, whole, in cash."""
        config, cash = self.day.tills[0]
        fresh = [
            answer["order_id"]
            for reference, answer in list(self.day.answers.items())
            if self.day.sold[reference]["config_id"] == config
            and answer["order_id"] not in self.day.refunded
        ]
        if not fresh:
            return
        order = self.chance.choice(fresh)
        began = time.perf_counter()
        refund = self.screen.call("pos.order", "refund", [order])["res_id"]
        read = self.screen.call("pos.order", "read", [refund], ["amount_total"])
        values = {"amount": read[0]["amount_total"], "payment_method_id": cash}
        wizard = self.screen.call(
            "pos.make.payment", "create", [values], active_id=refund
        )
        self.screen.call("pos.make.payment", "check", wizard, active_id=refund)
        self.day.refunded.append(order)
        self.day.note("refund", began)

    def close(self):
        """Close the second register's session as Odoo's screen does, and open anew."""
        config, _cash = self.day.tills[1]
        began = time.perf_counter()
        found = self.screen.call(
            "pos.session",
            "search",
            [("config_id", "=", config), ("state", "!=", "closed")],
        )
        told = self.screen.call("pos.session", "get_closing_control_data", found)
        counted = told["default_cash_details"]["amount"]
        self._say("post_closing_cash_details", found, counted)
        if next(self.plain):
            # what the screen does next; without it sales go on until the very end
            self.screen.call(
                "pos.session", "update_closing_control_state_session", found, ""
            )
        self._say("close_session_from_ui", found)
        self.day.note("session closed", began)
        values = {"config_id": config, "user_id": self.screen.uid}
        opened = self.screen.call("pos.session", "create", [values])
        self.screen.call("pos.session", "set_opening_control", opened, 0.0, "")

    def _say(self, method, *arguments):
        answer = self.screen.call("pos.session", method, *arguments)
        if not answer["successful"]:
            self.day.problems.append(f"{method}: {answer}")
