"""``memory``: a worker process after thousands of sales, and after the first hundreds.

One worker sells over HTTP. What it has grown by between the two moments must stay under
``MOST_MB``; caches that fill up with what is sold are full at the first moment.
"""

import statistics
import time

from _lib import database, server
from _lib.hub import Hub
from _lib.progress import step

from . import machine, traffic
from .report import Result

MOST_MB = 20.0
SEED = 1492


def run(env, options):
    first, last = (10, 40) if options.quick else (500, 5000)
    with database.fresh(env, "bench") as db, step(f"Bench memory, {last} sales"):
        traffic.open_gates(db)
        sales = traffic.sales(traffic.demo_tills(db), last, SEED, "MEMORY")
        with server.run(env, db, workers=1, ready=traffic.READY) as odoo:
            (worker,) = machine.workers(odoo.pid)
            hub = Hub(odoo.url)
            hub.log_in(*traffic.HUB)
            answers, sizes = {}, []
            began = time.perf_counter()
            for number, (reference, sale) in enumerate(sales.items(), 1):
                answers[reference] = hub.call("POST", "/hub/finalize", sale).body
                if number == first or number % (last // 10) == 0:
                    sizes.append((number, machine.memory_mb(worker)))
            seconds = time.perf_counter() - began
            problems = []
            if machine.workers(odoo.pid) != [worker]:
                problems.append("the worker was replaced meanwhile")
        problems += traffic.compare(db, sales, answers, {})
    early = dict(sizes)[first]
    late = statistics.median(size for _number, size in sizes[-2:])
    return [
        Result(
            "memory",
            max(late - early, 0.0),
            MOST_MB,
            1.0,
            "MB",
            detail={
                f"grown from sale {first} to sale {last}, MB": round(late - early, 1),
                "MB after so many sales": {
                    f"{number}:": round(size, 1) for number, size in sorted(sizes)
                },
                "sales/s, one client and one worker": round(last / seconds, 1),
            },
            problems=problems[:20],
        )
    ]
