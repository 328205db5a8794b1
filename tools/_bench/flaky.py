"""``flaky``: hubs behind a network that cuts connections before, in and after answers.

Clients reach the server through a proxy that cuts every third connection or so; they
repeat what was not answered. At the end each sale must be there once.
"""

import contextlib
import random
import socket
import threading

from _lib import database, server
from _lib.progress import step

from . import traffic
from .report import Result

CLIENTS = 6
SEED = 1916
CUTS = ("before the request", "in the request", "before the answer", "in the answer")
_CUT = 0.1  # the chance of each


def run(env, options):
    count = 20 if options.quick else 200
    with database.fresh(env, "bench") as db, step("Bench flaky"):
        traffic.open_gates(db)
        sales = traffic.sales(traffic.demo_tills(db), count, SEED, "FLAKY")
        with server.run(env, db, workers=2, ready=traffic.READY) as odoo:
            with Proxy(odoo.port) as proxy:
                clients = traffic.Clients([proxy.url], sales, CLIENTS).start().join()
            again = traffic.Clients([odoo.url], sales, CLIENTS, token=clients.token)
            again.start().join()
        problems = [*clients.problems, *again.problems]
        problems += traffic.compare(db, sales, clients.answers, again.answers)
    lost = sum(not answer["created"] for answer in clients.answers.values())
    if not lost:
        problems.append("no answer was lost: the proxy proved nothing")
    right = 0 if problems else count
    detail = {
        "cut": proxy.counts,
        "sent again": clients.repeats,
        "of those sold already, the answer was lost": lost,
        "clients": CLIENTS,
        "seed": SEED,
    }
    return [
        Result(
            "flaky",
            right,
            count,
            1.0,
            "sales right",
            lower=False,
            detail=detail,
            problems=problems[:20],
        )
    ]


class Proxy:
    """Passes connections on to a port of loopback, and cuts some of them."""

    def __init__(self, port):
        self.port = port
        self.chance = random.Random(SEED)
        self.counts = dict.fromkeys(CUTS, 0)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.socket.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _address = self.socket.accept()
                number = self.chance.random()
                place = int(number / _CUT)
                cut = CUTS[place] if place < len(CUTS) else None
                if cut:
                    self.counts[cut] += 1
                threading.Thread(
                    target=self._pass, args=(client, cut), daemon=True
                ).start()

    def _pass(self, client, cut):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            if cut == "before the request":
                return
            upstream = stack.enter_context(
                socket.create_connection(("127.0.0.1", self.port))
            )
            request = _whole(client)
            if cut == "in the request":
                upstream.sendall(request[: len(request) * 2 // 3])
                return
            upstream.sendall(request)
            if cut == "before the answer":
                return
            answer = _whole(upstream)
            client.sendall(answer[: len(answer) // 2] if cut else answer)


def _whole(peer):
    """Return one message of HTTP: its head and as many bytes as that promises."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(peer)
    head, _blank, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += _more(peer)
    return head + b"\r\n\r\n" + body


def _more(peer):
    received = peer.recv(65536)
    if not received:
        raise OSError("the peer ended")
    return received
