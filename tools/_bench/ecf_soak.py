"""``ecf-soak``: many documents over a bad line, while their workers are killed.

DGII's simulator fails one call in five and loses one answer in ten, until the last
documents have only their waits before them. Two workers, each a process of its own,
work the queue; at seeded moments one gets SIGKILL in the middle of its work and another
takes its place. At the end DGII holds each document once and the database knows it.
"""

import os
import random
import signal
import subprocess
import time

from _lib import database, simulator
from _lib.process import die_with_parent, stop
from _lib.progress import step

from . import inside, sale, world
from .report import Result

DOCUMENTS, QUICK = 500, 30
KILLS, QUICK_KILLS = 8, 1
WORKERS, SEED = 2, 1968
#: The share of the documents that the line is bad for, and the workers killed in.
BAD = 0.9
_PATIENCE = 420
#: Short, so that what a dead worker had in hand is looked at soon.
_SETTINGS = {
    "connect": 1,
    "read": 3,
    "whole": 5,
    "retry": 0.05,
    "poll": 0.05,
    "grace": 0.5,
    "lease": 4,
    "lost_after": 3600,
}
_WORKER = """
import sys
from odoo.tools import config
config.parse_config(["-c", sys.argv[2]], setup_logging=True)
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
with Registry(sys.argv[1]).cursor() as cr:
    api.Environment(cr, SUPERUSER_ID, {})["nu.pos.ecf.queue"]._work(linger=1e9)
"""
_WAITING = (
    "SELECT count(*) FROM nu_pos_ecf WHERE state NOT IN"
    " ('accepted', 'conditional', 'rejected', 'annulled')"
)


def run(env, options):
    count = QUICK if options.quick else DOCUMENTS
    with database.fresh(env, "bench") as db, simulator.run() as dgii:
        simulator.point(db, dgii.url, **_SETTINGS)
        _sell(env, db, count)
        dgii.control(fail_every=5, lose_chance=0.1, seed=SEED)
        began = time.monotonic()
        with step(f"Bench ecf-soak: {count} documents, workers are killed"):
            kills = _work(env, db, dgii, QUICK_KILLS if options.quick else KILLS)
        seconds = time.monotonic() - began
        report = dgii.control()
        problems, found = _compare(db, report, count)
    return [
        Result(
            "ecf-soak",
            found["accepted"],
            count,
            1.0,
            "accepted",
            lower=False,
            detail={
                "workers killed": kills,
                "calls that failed before DGII looked": found["interrupted"],
                "seconds": round(seconds, 1),
                "documents a second": round(count / seconds, 1),
                "calls": report["calls"],
                "sent more than once, the same bytes": found["repeated"],
                "seed": SEED,
            },
            problems=problems,
        )
    ]


def _sell(env, db, count):
    """Make the documents, by sales as hubs send them; one in ten is an E31."""
    db.query("UPDATE nu_pos_ncf_range SET last_number = 99999999")
    inside.prepare(env, db)
    site = inside.Site(db)
    with site.transaction() as odoo:
        restaurant = world.demo(odoo)
        hub = world.hub_register(odoo, restaurant)
    sales = []
    for index in range(count):
        kind = "E32" if index % 10 else "E31"
        customer = 0 if index % 10 else restaurant.customer
        sales.append(world.snapshot(hub, f"NU/SOAK/{index}", kind, customer))
    with step(f"Selling {count} times"):
        sale.sell_all(site, restaurant.cashier, sales)


def _start(env, db):
    config = env.write_config(
        db.folder / "worker.conf",
        db.name,
        db.folder / "data",
        logfile=db.folder / "worker.log",
    )
    return subprocess.Popen(
        [str(env.python), "-c", _WORKER, db.name, str(config)],
        env=env.environ(config),
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )


def _work(env, db, dgii, kills):
    """Keep two workers at it until nothing waits; how many were killed."""
    chance = random.Random(SEED)
    [(total,)] = db.query(_WAITING)
    bad = int(BAD * total)
    moments = sorted(chance.randrange(1, bad) for _kill in range(kills))
    is_bad = True
    workers = [_start(env, db) for _worker in range(WORKERS)]
    killed, until = 0, time.monotonic() + _PATIENCE
    try:
        while time.monotonic() < until:
            [(waiting,)] = db.query(_WAITING)
            if not waiting:
                break
            if is_bad and not moments and total - waiting >= bad:
                dgii.control(fail_every=0, lose_chance=0)
                is_bad = False
            if moments and total - waiting >= moments[0]:
                moments.pop(0)
                place = chance.randrange(WORKERS)
                os.kill(workers[place].pid, signal.SIGKILL)
                workers[place].wait()
                killed += 1
                workers[place] = _start(env, db)
            time.sleep(0.05)
    finally:
        for worker in workers:
            stop(worker, 3)
    return killed


def _compare(db, report, count):
    """What DGII holds against what the database says."""
    problems = []
    rows = db.query("SELECT name, state, attempts, lease FROM nu_pos_ecf")
    accepted = {row[0] for row in rows if row[1] == "accepted"}
    others = {row[:2] for row in rows if row[1] != "accepted"}
    if len(rows) != count or others:
        problems.append(f"{len(rows)} documents, not accepted: {sorted(others)[:10]}")
    if set(report["accepted"]) != accepted:
        odd = set(report["accepted"]) ^ accepted
        problems.append(f"DGII and the database differ: {sorted(odd)[:10]}")
    sales = db.query(
        "SELECT count(*), count(DISTINCT nu_ncf_id) FROM pos_order"
        " WHERE pos_reference LIKE 'NU/SOAK/%%' AND state IN ('paid', 'done')"
    )[0]
    if sales != (count, count):
        problems.append(f"sales and numbers: {sales}")
    broken = db.query("SELECT prefix FROM nu_pos_ncf_invariant() WHERE NOT ok")
    if broken:
        problems.append(f"the ledger does not add up: {broken}")
    strangers = set(report["attempts"]) - {row[0] for row in rows}
    if strangers:
        problems.append(f"sent, and nobody knows them: {sorted(strangers)[:10]}")
    twice = {name for name, times in report["accepted_times"].items() if times > 1}
    if twice:
        problems.append(f"accepted more than once: {sorted(twice)[:10]}")
    changed = {name for name, files in report["versions"].items() if files > 1}
    if changed:
        problems.append(f"not the same bytes: {sorted(changed)[:10]}")
    repeated = sum(times > 1 for times in report["attempts"].values())
    interrupted = db.query(
        "SELECT count(*) FROM nu_restaurant_pos_order_audit WHERE event = 'ecf_sent'"
    )[0][0] - sum(report["attempts"].values())
    return problems, {
        "accepted": len(accepted),
        "repeated": repeated,
        "interrupted": interrupted,
    }
