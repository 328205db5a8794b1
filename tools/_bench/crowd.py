"""Clients of one server that sell for some seconds, and what they got done."""

import itertools
import random
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from _lib.hub import Hub

from . import machine, traffic


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
        with ThreadPoolExecutor(len(self.workers)) as pool:
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
