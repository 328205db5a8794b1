"""Traffic of hubs over HTTP: what is sold, who sells it, and what must come of it.

Shared by the benches that work through a server. A client repeats what was not
answered; afterwards ``compare`` holds the answers against what the database keeps.
"""

import http.client
import itertools
import queue
import random
import threading
import time

from _lib.hub import Hub

HUB = ("hub@demo.do", "hub-Demo-2026")
MANAGER = ("gerente@demo.do", "gerente-Demo-2026")
CASHIER = ("caja@demo.do", "caja-Demo-2026")
PRODUCTS = 20  # D001 and on, all with ITBIS and legal tip
READY = ("/web/login", "/pos-api/v1/health")
_TIMEOUT = 30
_PATIENCE = 300
# Counting goes on, but a bench is no flood to be stopped.
_NO_LIMIT = """
    INSERT INTO ir_config_parameter (key, value)
    VALUES ('nu_pos.rate_limit_per_minute', '100000000')
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
"""
_WIDEN = (
    "UPDATE nu_pos_ncf_range SET last_number = 99999999 WHERE last_number < 1000000"
)


def open_gates(db):
    """Let a database of the bench serve more than one restaurant would ask for."""
    db.query(_NO_LIMIT)
    db.query(_WIDEN)


def demo_tills(db):
    """Return ``[(register, cash method)]`` of the demo data."""
    rows = db.query(
        "SELECT name, res_id FROM ir_model_data WHERE module = 'nu_restaurant_pos' "
        "AND name IN ('demo_pos_config', 'demo_pm_cash')"
    )
    ids = dict(rows)
    return [(ids["demo_pos_config"], ids["demo_pm_cash"])]


# --- what is sold ---------------------------------------------------------------------


def snapshot(chance, reference, till, lines=None):
    """Return a sale of one to five dishes, or of ``lines``, paid in cash exactly."""
    config, cash = till
    lines = [
        {
            "id": f"line-{place}",
            "product": f"D{chance.randint(1, PRODUCTS):03d}",
            "qty": chance.randint(1, 4),
            "price_unit": 25 * chance.randint(2, 40),
        }
        for place in range(lines or chance.randint(1, 5))
    ]
    total = round(1.28 * sum(line["qty"] * line["price_unit"] for line in lines), 2)
    return {
        "pos_reference": reference,
        "config_id": config,
        "order_type": "dine_in",
        "fiscal_type": "B02",
        "lines": lines,
        "amount_total": total,
        "payments": [{"payment_method_id": cash, "amount": total, "id": "p"}],
    }


def sales(tills, count, seed, name):
    """Return ``{reference: snapshot}`` of sales, on the tills in turns."""
    chance = random.Random(seed)
    turns = itertools.cycle(tills)
    references = [f"NU/{name}/{index:05d}" for index in range(count)]
    return {
        reference: snapshot(chance, reference, next(turns)) for reference in references
    }


# --- who sells ------------------------------------------------------------------------


class Clients:
    """Threads that send sales until each is answered.

    They are the tills of one hub, which logs in for all of them. ``urls`` are the
    servers, one for each client in turns; ``token`` is one of an earlier crowd.
    """

    def __init__(self, urls, sales, count, timeout=_TIMEOUT, token=None):
        self.todo = queue.SimpleQueue()
        for sale in sales.values():
            self.todo.put(sale)
        self.timeout = timeout
        self.token = token
        self.answers = {}
        self.problems = []
        self.repeats = 0
        self.pages = 0
        self.seconds = []
        self.lock = threading.Lock()
        self.door = threading.Lock()
        self.threads = [
            threading.Thread(
                target=self._work, args=(urls[number % len(urls)],), daemon=True
            )
            for number in range(count)
        ]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def join(self):
        deadline = time.monotonic() + _PATIENCE
        for thread in self.threads:
            thread.join(max(deadline - time.monotonic(), 0.1))
        if any(thread.is_alive() for thread in self.threads):
            self.problems.append(f"not all sales were answered in {_PATIENCE} s")
        return self

    @property
    def busy(self):
        return any(thread.is_alive() for thread in self.threads)

    def _work(self, url):
        hub = Hub(url, timeout=self.timeout)
        try:
            while True:
                self._sell(hub, self.todo.get_nowait())
        except queue.Empty:
            return
        except Exception as error:
            self.problems.append(f"a client stopped: {error!r}")

    def _sell(self, hub, sale):
        while True:
            began = time.perf_counter()
            answer = self._send(hub, sale)
            if answer is not None and answer.status == 200 and answer.get("fiscal"):
                with self.lock:
                    self.seconds.append(time.perf_counter() - began)
                    self.answers[sale["pos_reference"]] = answer.body
                return
            if answer is not None and not self._may_repeat(hub, answer):
                self.problems.append(
                    f"{sale['pos_reference']}: {answer.status} {answer.body}"
                )
                return
            with self.lock:
                self.repeats += 1
            time.sleep(0.05)

    def _send(self, hub, sale):
        """Return the answer, None where there was none."""
        try:
            with self.door:
                hub.token = self.token
                if hub.token is None:
                    answer = hub.log_in(*HUB)
                    if answer.status != 200:
                        return answer
                    self.token = hub.token
            return hub.call("POST", "/hub/finalize", sale)
        except (OSError, http.client.HTTPException):
            return None

    def _may_repeat(self, hub, answer):
        if answer.status == 401:
            with self.door:
                if self.token == hub.token:
                    self.token = None
            return True
        if not isinstance(answer.body, dict):
            # A page of Odoo's, not an answer of the API: without a database Odoo says
            # 404 to any address.
            with self.lock:
                self.pages += 1
            return True
        return bool(answer.get("retryable"))


class Screen:
    """A browser's session with Odoo's own screens."""

    def __init__(self, url, db, login, password, timeout=60):
        self.hub = Hub(url, timeout=timeout)
        answer = self._post(
            "/web/session/authenticate",
            {"db": db.name, "login": login, "password": password},
        )
        cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
        self.headers = {"Cookie": cookie}
        self.uid = answer.get("result", "uid")
        self.context = answer.get("result", "user_context")

    def _post(self, path, parameters, headers=None):
        body = {"jsonrpc": "2.0", "method": "call", "params": parameters}
        return self.hub.send("POST", path, body, headers)

    def call(self, model, method, *arguments, **context):
        """Return what a public method returns; raises ``ScreenError``."""
        answer = self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {
                "model": model,
                "method": method,
                "args": arguments,
                "kwargs": {"context": {**self.context, **context}},
            },
            self.headers,
        )
        if answer.status != 200 or "error" in answer.body:
            raise ScreenError(answer.get("error", "data") or answer.body)
        return answer.body.get("result")


class ScreenError(Exception):
    """Odoo's own screen would show an error."""


# --- what came of it ------------------------------------------------------------------

_STORY = """
    SELECT o.pos_reference, count(DISTINCT o.id), count(DISTINCT n.id), min(o.id),
           min(n.name), min(n.state), min(o.state), min(o.amount_total),
           (SELECT count(*) FROM nu_restaurant_pos_order_audit a
             WHERE a.pos_reference = o.pos_reference AND a.event = 'hub_finalize'),
           (SELECT sum(p.amount) FROM pos_payment p WHERE p.pos_order_id = min(o.id))
      FROM pos_order o
      JOIN nu_pos_ncf n ON n.pos_reference = o.pos_reference AND n.kind = 'sale'
     WHERE starts_with(o.pos_reference, 'NU/')
     GROUP BY o.pos_reference
"""
# What each session must hold: its orders' total in payments, all of its own.
_SUMS = """
    SELECT s.name, o.total, p.total, p.foreigners
      FROM pos_session s
      JOIN LATERAL (
            SELECT COALESCE(sum(amount_total), 0) AS total FROM pos_order
             WHERE session_id = s.id AND state IN ('paid', 'done')) o ON true
      JOIN LATERAL (
            SELECT COALESCE(sum(p.amount), 0) AS total,
                   count(*) FILTER (WHERE p.session_id <> s.id) AS foreigners
              FROM pos_payment p JOIN pos_order q ON q.id = p.pos_order_id
             WHERE q.session_id = s.id AND q.state IN ('paid', 'done')) p ON true
     WHERE o.total <> p.total OR p.foreigners > 0
"""


def compare(db, sales, answers, again, others=0):
    """Return every contradiction between what was asked, answered and kept.

    ``again`` are the answers to repeats; they may be of some sales only. ``others`` is
    how many numbers went elsewhere, to sales on Odoo's own screen; None where numbers
    were given back too.
    """
    problems = []
    story = {row[0]: row[1:] for row in db.query(_STORY)}
    for reference, sale in sales.items():
        kept, answer = story.pop(reference, None), answers.get(reference)
        if not (kept and answer):
            problems.append(f"{reference}: kept {kept}, answered {answer}")
            continue
        facts = _facts(sale, kept, answer)
        repeat = again.get(reference)
        if repeat:
            facts["the repeat creates nothing"] = repeat["created"] is False
            facts["the repeat's order"] = repeat["order_id"] == answer["order_id"]
            facts["the repeat's number"] = (
                repeat["fiscal"]["reference"] == answer["fiscal"]["reference"]
            )
        problems += [f"{reference}: not {fact}" for fact in facts if not facts[fact]]
    problems += [f"{reference}: sold by nobody" for reference in story]
    issued = None if others is None else len(sales) + others
    return problems + ledger_problems(db, issued)


def _facts(sale, kept, answer):
    orders, numbers, order, ncf, number_state, state, total, audits, paid = kept
    return {
        "one order": orders == 1,
        "one number": numbers == 1,
        "issued": number_state == "issued",
        "paid": state in ("paid", "done"),
        "the total asked for": float(total) == sale["amount_total"],
        "the payment asked for": float(paid) == sale["amount_total"],
        "one audit row": audits == 1,
        "the answer's order": answer["order_id"] == order,
        "the answer's number": answer["fiscal"]["reference"] == ncf,
    }


def ledger_problems(db, issued=None):
    """Return where the ledger, or the sums of a session, do not add up.

    ``issued``: how many numbers of B02 were issued and no other was taken; None where
    that is not known.
    """
    problems = []
    rows = db.query(
        "SELECT prefix, first_number, next_number, issued, reserved, released, voided, "
        "ok FROM nu_pos_ncf_invariant()"
    )
    for prefix, first, following, told, reserved, released, voided, ok in rows:
        taken = issued if prefix == "B02" else 0
        as_asked = issued is None or (following - first, told) == (taken, taken)
        if not (ok and as_asked):
            problems.append(
                f"{prefix}: {first} to {following - 1}, issued {told}, reserved "
                f"{reserved}, released {released}, voided {voided}, ok {ok}"
            )
    problems += [
        f"session {name}: orders of {total}, payments of {paid}, {others} elsewhere"
        for name, total, paid, others in db.query(_SUMS)
    ]
    return problems
