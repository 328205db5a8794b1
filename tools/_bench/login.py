"""``login``: what it costs to know who calls.

``login``: a password at ``/auth/login`` against Odoo's own ``res.users.authenticate``,
each in a transaction of its own, in turns in one process. ``login-call``: asking
for an order there is not, over HTTP with a token, against asking the same in a web
session of Odoo's.
"""

import statistics
import time

from _lib import database, server
from _lib.hub import Hub
from _lib.progress import step

from . import inside, paired, traffic
from .report import Result

BUDGET = 1.2
CALL_BUDGET = 2.0
_NONE = [("id", "=", 0)]


def run(env, options):
    rounds = 2 if options.quick else 20
    calls = 60 if options.quick else 200
    with database.fresh(env, "bench") as db, step("Bench login"):
        traffic.open_gates(db)
        with server.run(env, db, workers=1, ready=traffic.READY) as odoo:
            call = _calls(odoo, db, calls)
        inside.prepare(env, db)
        return [_log_ins(inside.Site(db), rounds), call]


def _log_ins(site, rounds):
    from odoo.addons.nu_restaurant_pos.schemas.auth import Login

    login, password = traffic.HUB
    with site.transaction() as odoo:
        register = odoo.ref("nu_restaurant_pos.demo_pos_config").id
        employee = odoo.ref("nu_restaurant_pos.demo_employee_cashier").id
        device = odoo.ref("nu_restaurant_pos.demo_device").identifier
    by_password = Login(login=login, password=password)
    by_pin = Login(config_id=register, employee_id=employee, pin="1111")
    credential = {"type": "password", "login": login, "password": password}

    def ours(wire, identifier):
        with site.transaction() as odoo:
            assert odoo["nu.pos.identity"].login(wire, identifier)["access_token"]

    def reference():
        with site.transaction() as odoo:
            users = odoo["res.users"]
            assert users.authenticate(dict(credential), {"interactive": False})["uid"]

    samples = paired.alternate(
        {
            "ours": lambda _index: lambda: ours(by_password, "bench"),
            "reference": lambda _index: reference,
            "PIN": lambda _index: lambda: ours(by_pin, device),
        },
        rounds,
        warm_up=1,
    )
    mine, theirs, pin = samples.values()
    return Result(
        "login",
        mine.median_ms,
        theirs.median_ms,
        BUDGET,
        "ms",
        detail={
            "by PIN on a registered device, ms": round(pin.median_ms, 1),
            "queries": {side: samples[side].median_queries for side in samples},
            "ratio in one round, median": round(
                paired.ratio_in_a_round(mine, theirs), 3
            ),
        },
    )


def _calls(odoo, db, count):
    hub = Hub(odoo.url, device="bench-login")
    hub.log_in(*traffic.HUB)
    stranger = Hub(odoo.url)
    screen = traffic.Screen(odoo.url, db, *traffic.HUB)
    calls = {
        # an order there is not: all of the gate, and one look
        "token": lambda: hub.call("GET", "/orders/0").status == 404,
        "nobody": lambda: stranger.call("GET", "/health").status == 200,
        "session": lambda: screen.call("pos.order", "search_count", _NONE) == 0,
    }
    seconds = {name: [] for name in calls}
    for number in range(count + 20):
        for name, call in calls.items():
            began = time.perf_counter()
            assert call(), name
            if number >= 20:
                seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(seconds[name]) * 1000 for name in seconds}
    identity = medians["token"] - medians["nobody"]
    return Result(
        "login-call",
        medians["token"],
        medians["session"],
        CALL_BUDGET,
        "ms",
        detail={
            "a call by nobody (health), ms": round(medians["nobody"], 2),
            "identity, version, rate and permission, ms": round(identity, 2),
            "calls": count,
        },
    )
