"""``two-servers``: two Odoo servers over one database, clients spread over both.

The same guarantees as with one. And what one server is told holds on the other at the
next call: whatever a process remembers is a copy that it knows how to throw away.
"""

from _lib import database, server
from _lib.hub import Hub
from _lib.progress import step

from . import traffic
from .report import Result

CLIENTS = 6
SEED = 1863
PASSWORDS = {"hub": traffic.HUB, "cashier": traffic.CASHIER, "manager": traffic.MANAGER}


def run(env, options):
    count = 20 if options.quick else 200
    with database.fresh(env, "bench") as db, step("Bench two-servers"):
        traffic.open_gates(db)
        sales = traffic.sales(traffic.demo_tills(db), count, SEED, "TWO")
        with (
            server.run(env, db, workers=1, ready=traffic.READY) as first,
            server.run(env, db, workers=1, ready=traffic.READY) as second,
        ):
            urls = [first.url, second.url]
            # every sale by two clients at once, one on each server
            both = [traffic.Clients([url], sales, CLIENTS // 2).start() for url in urls]
            for clients in both:
                clients.join()
            heard = Heard(db, first, second)
            heard.check()
            log = first.problems() + second.problems()
        problems = [problem for clients in both for problem in clients.problems]
        problems += _once(sales, *(clients.answers for clients in both))
        problems += traffic.compare(db, sales, both[0].answers, {})
    problems += heard.problems
    right = 0 if problems else count
    detail = {
        "each sale": "sent to both servers at once",
        "told on one server, held on the other at the next call": heard.told,
        "clients": CLIENTS,
        "warnings in the servers' logs": len(log),
    }
    return [
        Result(
            "two-servers",
            right,
            count,
            1.0,
            "sales right",
            lower=False,
            detail=detail,
            problems=problems[:20],
        )
    ]


def _once(sales, mine, theirs):
    """Return the sales that both servers, or neither, say to have made."""
    problems = []
    for reference in sales:
        answers = [found.get(reference) for found in (mine, theirs)]
        if None in answers:
            problems.append(f"{reference}: not answered by both")
            continue
        one, other = answers
        facts = {
            "made once": one["created"] != other["created"],
            "one order": one["order_id"] == other["order_id"],
            "one number": one["fiscal"]["reference"] == other["fiscal"]["reference"],
        }
        problems += [f"{reference}: not {fact}" for fact in facts if not facts[fact]]
    return problems


class Heard:
    """Changes made on the first server, and calls on the second before and after."""

    def __init__(self, db, first, second):
        self.db = db
        self.first, self.second = first, second
        self.told, self.problems = [], []
        rows = db.query(
            "SELECT name, res_id FROM ir_model_data WHERE module = 'nu_restaurant_pos'"
        )
        self.ids = dict(rows)
        self.serial = 0
        admin = ("admin", "admin")
        self.screen = traffic.Screen(first.url, db, *admin)
        self.hub = self._hub(second, "hub")
        # a hub passes on what managers have approved: caps are for people
        self.cashier = self._hub(second, "cashier")

    def _hub(self, odoo, who, device="bench-told"):
        hub = Hub(odoo.url, device=device)
        answer = hub.log_in(*PASSWORDS[who])
        if answer.status != 200:
            self.problems.append(f"{who} could not log in: {answer.body}")
        return hub

    def _draft(self, register="demo", **changes):
        self.serial += 1
        config, _cash = traffic.demo_tills(self.db)[0]
        return {
            "pos_reference": f"TOLD/{self.serial:03d}",
            "config_id": register and config,
            "lines": [{"id": "a", "product": "D001", "qty": 1, **changes}],
        }

    def check(self):
        ids = self.ids
        for wave in range(2):
            # twice: what was remembered anew after a change must go as well
            self._permission(wave)
            self._discount(wave)
        self._case(
            "a client's version",
            lambda: self.hub.call("GET", "/auth/me"),
            lambda: self._write_parameter("nu_pos.min_client_version", "9.0.0"),
            426,
        )
        self._write_parameter("nu_pos.min_client_version", "")
        self._case(
            "a second register, so that a call must name its own",
            lambda: self.hub.call("POST", "/orders/create", self._draft(None)),
            self._open_register,
            422,
            good=(201,),
        )
        self._case(
            "an archived dish",
            lambda: self.hub.call("POST", "/orders/create", self._draft()),
            lambda: self.screen.call(
                "product.product", "write", [ids["demo_product_01"]], {"active": False}
            ),
            422,
            good=(201,),
        )
        manager = self._hub(self.first, "manager")
        till = self._hub(self.second, "cashier", device="terminal-001")
        self._case(
            "a revoked device",
            lambda: till.call("GET", "/auth/me"),
            lambda: manager.call("POST", f"/devices/{ids['demo_device']}/revoke", {}),
            401,
        )
        self._case(
            "an archived user",
            lambda: self.hub.call("GET", "/auth/me"),
            lambda: self.screen.call(
                "res.users", "write", [ids["demo_user_hub"]], {"active": False}
            ),
            401,
        )

    def _open_register(self):
        ids = self.ids
        values = {
            "name": "Terraza",
            "company_id": ids["demo_company"],
            "journal_id": ids["demo_journal_pos"],
            "invoice_journal_id": ids["demo_journal_invoice"],
            "payment_method_ids": [(6, 0, [ids["demo_pm_card"]])],
        }
        companies = [ids["demo_company"]]
        self.screen.call(
            "pos.config", "create", [values], allowed_company_ids=companies
        )

    def _permission(self, wave):
        values = {
            "company_id": self.ids["demo_company"],
            "user_id": self.ids["demo_user_hub"],
            "permission": "create_order",
            "allowed": False,
        }
        model = "nu.pos.permission.user.override"

        def forbid():
            self.line = self.screen.call(model, "create", [values])[0]

        def call():
            return self.hub.call("POST", "/orders/create", self._draft())

        self._case(f"a permission taken ({wave + 1})", call, forbid, 403, good=(201,))
        self.screen.call(model, "unlink", [self.line])
        if call().status != 201:
            self.problems.append("a permission given back was not heard of")

    def _discount(self, wave):
        def call():
            draft = self._draft(discount=30)
            return self.cashier.call("POST", "/orders/create", draft)

        def cap(percent):
            self.screen.call(
                "res.users",
                "write",
                [self.ids["demo_user_cashier"]],
                {"nu_max_discount": percent},
            )

        cap(50)
        self._case(
            f"a cap on discounts ({wave + 1})", call, lambda: cap(10), 403, (201,)
        )
        cap(0)

    def _write_parameter(self, key, value):
        self.screen.call("ir.config_parameter", "set_param", key, value)

    def _case(self, name, call, change, status, good=(200,)):
        """It works, the other server is told something, and it works no more."""
        before = call()
        change()
        after = call()
        if before.status in good and after.status == status:
            self.told.append(name)
        else:
            self.problems.append(
                f"{name}: {before.status} {str(before.body)[:200]}, then "
                f"{after.status} {str(after.body)[:200]}"
            )
