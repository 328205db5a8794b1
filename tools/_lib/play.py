"""The hub's play: a short working day over HTTP, each answer printed and checked.

A hub logs in, keeps an open check, reserves a number, sells, sends the same sale again,
sends it changed, and syncs a batch in which one sale is wrong. Electronic sales reach
DGII's simulator, one of them although the answer is lost. At the end the ledger of
numbers must add up.
"""

import http.client
import json
import uuid
from decimal import Decimal

from .hub import Hub
from .play_electronic import Electronic

FISCAL_TYPE = "B02"
LINES = (("D001", 2), ("D010", 1), ("D020", 3))
_SECRETS = {"access_token", "refresh_token", "password"}
_WIDTH = 480


class Play:
    """One performance; ``failures`` lists what did not hold."""

    def __init__(self, url, database, info, simulator=None):
        self.simulator = simulator
        self.hub = Hub(url)
        self.database = database
        self.info = info
        self.failures = []
        self.run = uuid.uuid4().hex[:8]

    def perform(self):
        """Play all of it and tell whether every check held."""
        try:
            self._day()
        except (OSError, http.client.HTTPException) as error:
            self._check(False, f"the server answers ({error})")
        self._ledger()
        verdict = "all checks held" if not self.failures else "NOT ALL CHECKS HELD"
        print(f"\nThe hub's play: {verdict}.")
        for failure in self.failures:
            print(f"  failed: {failure}")
        return not self.failures

    # --- the day --------------------------------------------------------------

    def _day(self):
        if not self._log_in():
            return
        method = self._cash_method()
        quote = self._open_check()
        if method is None or quote is None:
            return
        sale = self._sale("sale", method, quote)
        number = self._reserve(sale)
        self._finalize(sale, number)
        self._replay(sale, number)
        self._refuse_changed(sale)
        self._batch(method, quote)
        if self.simulator:
            Electronic(self, self.simulator).perform(method, quote)

    def _log_in(self):
        login, password = self.info["hub_login"], self.info["hub_password"]
        self._title("The hub logs in")
        self._print_request("POST", "/auth/login", {"login": login, "password": "..."})
        answer = self.hub.log_in(login, password)
        self._print_answer(answer)
        return self._check(answer.status == 200 and self.hub.token, "it gets a token")

    def _cash_method(self):
        self._title("It asks for the register's payment methods")
        body = {"config_id": self.info["config_id"]}
        answer = self._call("POST", "/payments/methods", body)
        methods = answer.get("payment_methods") or []
        cash = [method for method in methods if method.get("type") == "cash"]
        self._check(answer.status == 200 and cash, "one of them is cash")
        return cash[0]["id"] if cash else None

    def _open_check(self):
        self._title("A check is opened; Odoo computes its totals")
        answer = self._call("POST", "/orders/create", self._snapshot("open"))
        total = answer.get("amount_total")
        self._check(answer.status == 201, "it is created")
        self._check(answer.get("fiscal") is None, "an open check takes no number")
        held = self._check(total and Decimal(str(total)) > 0, "its total is positive")
        return answer.body if held else None

    def _reserve(self, sale):
        self._title(f"A {FISCAL_TYPE} number is reserved for the next sale")
        body = {key: sale[key] for key in ("pos_reference", "config_id", "fiscal_type")}
        first = self._call("POST", "/orders/reserve-ncf", body)
        number = first.get("fiscal", "reference")
        self._check(first.status == 200, "it is given")
        self._check(str(number).startswith(FISCAL_TYPE), f"it is a {FISCAL_TYPE}")
        again = self._call("POST", "/orders/reserve-ncf", body)
        self._check(
            again.get("fiscal", "reference") == number and not again.get("created"),
            "asking again gives the same number",
        )
        return number

    def _finalize(self, sale, number):
        self._title("The sale is finalized")
        answer = self._call("POST", "/hub/finalize", sale)
        self._check(answer.status == 200, "it is accepted")
        self._check(answer.get("created") is True, "it is new")
        self._check(answer.get("fiscal", "reference") == number, "its number is kept")
        self._check(answer.get("fiscal", "state") == "issued", "the number is issued")

    def _replay(self, sale, number):
        self._title("The network failed: the hub sends the same sale again")
        answer = self._call("POST", "/hub/finalize", sale)
        self._check(answer.status == 200, "it is accepted")
        self._check(answer.get("created") is False, "nothing new is created")
        self._check(
            answer.get("fiscal", "reference") == number, "the number is the same"
        )

    def _refuse_changed(self, sale):
        self._title("The same sale with another quantity is refused")
        lines = [dict(sale["lines"][0], qty=7), *sale["lines"][1:]]
        answer = self._call("POST", "/hub/finalize", dict(sale, lines=lines))
        self._check(
            answer.status == 422 and answer.get("code") == "IDEMPOTENCY_MISMATCH",
            "it is 422 IDEMPOTENCY_MISMATCH",
        )

    def _batch(self, method, quote):
        self._title("Three sales come in one batch, the second with a wrong total")
        orders = [self._sale(f"batch-{index}", method, quote) for index in range(3)]
        wrong = Decimal(str(quote["amount_total"])) + 10
        orders[1]["amount_total"] = float(wrong)
        body = {"message_id": f"play-{self.run}", "orders": orders}
        answer = self._call("POST", "/hub/batch-sync", body)
        results = answer.get("results") or []
        self._check(answer.status == 207, "the answer is 207")
        self._check(
            [row.get("status") for row in results] == ["ok", "error", "ok"],
            "the first and the third are sold, the second is not",
        )
        self._check(
            answer.get("results", 1, "code") == "TOTALS_MISMATCH",
            "the second says TOTALS_MISMATCH",
        )
        numbers = [row["fiscal"]["reference"] for row in results if row.get("fiscal")]
        self._check(len(set(numbers)) == 2, "the two numbers differ")

    def _ledger(self):
        self._title("Every number ever taken is accounted for")
        with self.database.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT to_regprocedure('nu_pos_ncf_invariant()')")
            if not self._check(cursor.fetchone()[0], "the database can tell"):
                return
            cursor.execute("SELECT * FROM nu_pos_ncf_invariant()")
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, row)) for row in cursor.fetchall()]
        for row in rows:
            if row["issued"] or row["reserved"] or not row["ok"]:
                print("   ", ", ".join(f"{key} {row[key]}" for key in names))
        self._check(rows and all(row["ok"] for row in rows), "no range lost or doubled")
        self._check(
            sum(row["issued"] for row in rows) >= 3 or bool(self.failures),
            "the three sales' numbers are issued",
        )

    # --- what is sent ---------------------------------------------------------

    def _snapshot(self, name):
        return {
            "pos_reference": f"NU/PLAY/{self.run}/{name}",
            "config_id": self.info["config_id"],
            "order_type": "dine_in",
            "guest_count": 2,
            "fiscal_type": FISCAL_TYPE,
            "lines": [
                {"id": f"line-{index}", "product": code, "qty": quantity}
                for index, (code, quantity) in enumerate(LINES, 1)
            ],
        }

    def _sale(self, name, method, quote):
        """Return a sale of the quoted lines, paid in cash with change."""
        total = Decimal(str(quote["amount_total"]))
        paid = (total // 100 + 1) * 100
        return dict(
            self._snapshot(name),
            amount_total=float(total),
            amount_tax=quote.get("amount_tax"),
            amount_paid=float(paid),
            amount_return=float(paid - total),
            payments=[
                {"id": "pay-1", "payment_method_id": method, "amount": float(paid)}
            ],
        )

    # --- what is shown --------------------------------------------------------

    def _title(self, text):
        print(f"\n{text}")

    def _call(self, method, path, body=None):
        self._print_request(method, path, body)
        answer = self.hub.call(method, path, body)
        self._print_answer(answer)
        return answer

    def _print_request(self, method, path, body):
        print(f"  > {method} {path} {_short(body)}")

    def _print_answer(self, answer):
        print(f"  < {answer.status} {_short(answer.body)}", flush=True)

    def _check(self, held, text):
        print(f"    {'ok' if held else 'FAILED'}: {text}", flush=True)
        if not held:
            self.failures.append(text)
        return bool(held)


def _short(body):
    """Return a body as one line of readable length, without its secrets."""
    if isinstance(body, dict):
        body = {key: "..." if key in _SECRETS else body[key] for key in body}
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]} ..."
