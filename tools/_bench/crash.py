"""``crash``: sales go on while what serves them is killed; no number may suffer.

Clients send sales over HTTP to a server with two worker processes. At seeded moments
workers get SIGKILL, the whole server gets it and is started again, and PostgreSQL is
shut down at once and started again. A client repeats what was not answered. At the end
the database and the answers must tell the same story.
"""

import contextlib
import http.client
import os
import queue
import random
import signal
import statistics
import threading
import time
from pathlib import Path

from _lib import database, server
from _lib.hub import Hub
from _lib.progress import say, step

from . import private_cluster
from .report import Result

SALES = 200
CLIENTS = 6
SEED = 1968
HUB = ("hub@demo.do", "hub-Demo-2026")
PRODUCTS = 20  # D001 and on, all with ITBIS and legal tip
READY = ("/web/login", "/pos-api/v1/health")
_TIMEOUT = 30
_PATIENCE = 300


def run(env, options):
    try:
        with private_cluster.fresh(env, f"nu_crash_{os.getpid()}") as found:
            own, db, private = found
            return [_perform(own, db, options, private)]
    except private_cluster.Unavailable as reason:
        with database.fresh(env, "bench") as db:
            return [_perform(env, db, options, None, str(reason))]


def _perform(env, db, options, private, reason=None):
    sales = _sales(db)
    plan = _plan(private is not None, options.quick)
    port = server.free_port()
    with contextlib.ExitStack() as stack:
        killer = Killer(env, db, port, private, stack)
        # The thread that starts a server must live as long: it is this one.
        killer.start()
        clients = Clients(killer.url, sales)
        began = time.monotonic()
        with step(f"Bench crash: {len(sales)} sales, {len(plan)} kills"):
            clients.start()
            killer.perform(plan, clients)
            clients.join()
        duration = time.monotonic() - began
        with step("Sending all of them once more"):
            again = Clients(killer.url, sales)
            again.start()
            again.join()
    problems = [*clients.problems, *again.problems]
    problems += _compare(db, sales, clients.answers, again.answers)
    right = 0 if problems else len(sales)
    return Result(
        "crash",
        right,
        len(sales),
        1.0,
        "sales right",
        lower=False,
        detail={
            "kills": killer.counts
            if private
            else {**killer.counts, "PostgreSQL": f"left alone: {reason}"},
            "sent again": clients.repeats,
            "of those after a page of Odoo's own (no database)": clients.pages,
            "of those sold already, the answer was lost": sum(
                not answer["created"] for answer in clients.answers.values()
            ),
            "seconds": round(duration, 1),
            "one answer, median ms": {
                "sale": round(statistics.median(clients.seconds) * 1000),
                "repeat of a sale": round(statistics.median(again.seconds) * 1000),
            },
            "clients": CLIENTS,
            "seed": SEED,
        },
        problems=problems[:20],
    )


# --- what is sold ---------------------------------------------------------------------


def _sales(db):
    """Return ``{reference: snapshot}``: one to five dishes, paid in cash exactly."""
    chance = random.Random(SEED)
    rows = db.query(
        "SELECT name, res_id FROM ir_model_data WHERE module = 'nu_restaurant_pos' "
        "AND name IN ('demo_pos_config', 'demo_pm_cash')"
    )
    ids = dict(rows)
    sales = {}
    for index in range(SALES):
        lines = [
            {
                "id": f"line-{place}",
                "product": f"D{chance.randint(1, PRODUCTS):03d}",
                "qty": chance.randint(1, 4),
                "price_unit": 25 * chance.randint(2, 40),
            }
            for place in range(chance.randint(1, 5))
        ]
        total = round(1.28 * sum(line["qty"] * line["price_unit"] for line in lines), 2)
        reference = f"NU/CRASH/{index:04d}"
        sales[reference] = {
            "pos_reference": reference,
            "config_id": ids["demo_pos_config"],
            "order_type": "dine_in",
            "fiscal_type": "B02",
            "lines": lines,
            "amount_total": total,
            "payments": [
                {"payment_method_id": ids["demo_pm_cash"], "amount": total, "id": "p"}
            ],
        }
    return sales


# --- who sells ------------------------------------------------------------------------


class Clients:
    """Threads that send sales until each is answered."""

    def __init__(self, url, sales):
        self.url = url
        self.todo = queue.SimpleQueue()
        for snapshot in sales.values():
            self.todo.put(snapshot)
        self.answers = {}
        self.problems = []
        self.repeats = 0
        self.pages = 0
        self.seconds = []
        self.lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self._work, daemon=True)
            for _client in range(CLIENTS)
        ]

    def start(self):
        for thread in self.threads:
            thread.start()

    def join(self):
        deadline = time.monotonic() + _PATIENCE
        for thread in self.threads:
            thread.join(max(deadline - time.monotonic(), 0.1))
        if any(thread.is_alive() for thread in self.threads):
            self.problems.append(f"not all sales were answered in {_PATIENCE} s")

    @property
    def busy(self):
        return any(thread.is_alive() for thread in self.threads)

    def _work(self):
        hub = Hub(self.url, timeout=_TIMEOUT)
        try:
            while True:
                self._sell(hub, self.todo.get_nowait())
        except queue.Empty:
            return
        except Exception as error:
            self.problems.append(f"a client stopped: {error!r}")

    def _sell(self, hub, snapshot):
        while True:
            began = time.perf_counter()
            answer = self._send(hub, snapshot)
            if answer is not None and answer.status == 200 and answer.get("fiscal"):
                with self.lock:
                    self.seconds.append(time.perf_counter() - began)
                    self.answers[snapshot["pos_reference"]] = answer.body
                return
            if answer is not None and not self._may_repeat(hub, answer):
                self.problems.append(
                    f"{snapshot['pos_reference']}: {answer.status} {answer.body}"
                )
                return
            with self.lock:
                self.repeats += 1
            time.sleep(0.05)

    def _send(self, hub, snapshot):
        """Return the answer, None where there was none."""
        try:
            if hub.token is None:
                answer = hub.log_in(*HUB)
                if answer.status != 200:
                    return answer
            return hub.call("POST", "/hub/finalize", snapshot)
        except (OSError, http.client.HTTPException):
            return None

    def _may_repeat(self, hub, answer):
        if answer.status == 401:
            hub.token = None
            return True
        if not isinstance(answer.body, dict):
            # A page of Odoo's, not an answer of the API: without a database Odoo says
            # 404 to any address.
            with self.lock:
                self.pages += 1
            return True
        return bool(answer.get("retryable"))


# --- who kills ------------------------------------------------------------------------


def _plan(with_postgres, quick):
    """Return ``[(sales answered, seconds to wait, what to kill)]``, in order."""
    chance = random.Random(SEED + 1)
    targets = ["worker"] * (8 if quick else 16) + ["server"] * (2 if quick else 4)
    if with_postgres:
        targets += ["postgres"] * (1 if quick else 2)
    chance.shuffle(targets)
    moments = sorted(chance.sample(range(5, SALES - 10), len(targets)))
    return [
        (moment, chance.uniform(0, 0.08), target)
        for moment, target in zip(moments, targets)
    ]


class Killer:
    """Starts the server, and ends it or parts of it without a word."""

    def __init__(self, env, db, port, private, stack):
        self.env = env
        self.db = db
        self.port = port
        self.private = private
        self.stack = stack
        self.url = f"http://127.0.0.1:{port}"
        self.running = None
        self.counts = {"worker": 0, "server": 0}
        if private:
            self.counts["PostgreSQL"] = 0

    def start(self):
        self.running = self.stack.enter_context(
            server.run(self.env, self.db, workers=2, port=self.port, ready=READY)
        )

    def perform(self, plan, clients):
        for moment, pause, target in plan:
            while clients.busy and len(clients.answers) < moment:
                time.sleep(0.002)
            time.sleep(pause)
            getattr(self, f"_kill_{target}")()

    def _kill_worker(self):
        """Kill one of the processes that answer requests; its parent starts another."""
        workers = _workers(self.running.pid)
        if workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.Random(SEED + self.counts["worker"]).choice(workers), 9)
                self.counts["worker"] += 1

    def _kill_server(self):
        """Kill the parent and all its processes at once, and start anew."""
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.process.wait()
        while server.is_taken(self.port):
            time.sleep(0.02)
        self.counts["server"] += 1
        self.start()

    def _kill_postgres(self):
        say("PostgreSQL is shut down at once")
        self.private.crash()
        self.counts["PostgreSQL"] += 1


def _workers(pid):
    """Return the processes that answer requests: children that listen, not Odoo's
    websocket process, which is a program of its own."""
    found = []
    parent = Path(f"/proc/{pid}/cmdline").read_bytes()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text().split():
                with contextlib.suppress(OSError):
                    if Path(f"/proc/{child}/cmdline").read_bytes() == parent:
                        found.append(int(child))
    return found


# --- what came of it ------------------------------------------------------------------

_STORY = """
    SELECT o.pos_reference, count(DISTINCT o.id), count(DISTINCT n.id), min(o.id),
           min(n.name), min(n.state), min(o.state), min(o.amount_total),
           (SELECT count(*) FROM nu_restaurant_pos_order_audit a
             WHERE a.pos_reference = o.pos_reference AND a.event = 'hub_finalize'),
           (SELECT sum(p.amount) FROM pos_payment p WHERE p.pos_order_id = min(o.id))
      FROM pos_order o
      JOIN nu_pos_ncf n ON n.pos_reference = o.pos_reference
     WHERE o.pos_reference LIKE 'NU/CRASH/%%'
     GROUP BY o.pos_reference
"""


def _compare(db, sales, answers, again):
    """Return every contradiction between what was asked, answered and kept."""
    problems = []
    story = {row[0]: row[1:] for row in db.query(_STORY)}
    for reference, snapshot in sales.items():
        kept = story.get(reference)
        answer, repeat = answers.get(reference), again.get(reference)
        if not (kept and answer and repeat):
            problems.append(f"{reference}: kept {kept}, {answer}, {repeat}")
            continue
        orders, numbers, order, ncf, number_state, state, total, audits, paid = kept
        facts = {
            "one order": orders == 1,
            "one number": numbers == 1,
            "issued": number_state == "issued",
            "paid": state in ("paid", "done"),
            "the total asked for": float(total) == snapshot["amount_total"],
            "the payment asked for": float(paid) == snapshot["amount_total"],
            "one audit row": audits == 1,
            "the answer's order": answer["order_id"] == order,
            "the answer's number": answer["fiscal"]["reference"] == ncf,
            "the repeat creates nothing": repeat["created"] is False,
            "the repeat's order": repeat["order_id"] == order,
            "the repeat's number": repeat["fiscal"]["reference"] == ncf,
        }
        problems += [f"{reference}: not {fact}" for fact in facts if not facts[fact]]
    count = db.query(
        "SELECT count(*) FROM pos_order WHERE starts_with(pos_reference, 'NU/')"
    )
    if count[0][0] != len(sales):
        problems.append(f"{count[0][0]} orders for {len(sales)} sales")
    rows = db.query(
        "SELECT prefix, first_number, next_number, issued, reserved, released, voided, "
        "ok FROM nu_pos_ncf_invariant()"
    )
    for prefix, first, following, issued, reserved, released, voided, ok in rows:
        taken = len(sales) if prefix == "B02" else 0
        if not ok or (following - first, issued) != (taken, taken):
            problems.append(
                f"{prefix}: {first} to {following - 1}, issued {issued}, reserved "
                f"{reserved}, released {released}, voided {voided}, ok {ok}"
            )
    return problems
