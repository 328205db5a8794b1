"""The electronic part of the hub's play: receipts reach DGII, whatever happens."""

import json
import time
import urllib.request
import uuid

MANAGER = ("gerente@demo.do", "gerente-Demo-2026")
#: Seconds until DGII's word must be known.
_PATIENCE = 60
_WORDS = {"accepted", "conditional", "rejected"}


class Electronic:
    """Sells with e-NCF and watches what becomes of them."""

    def __init__(self, play, simulator):
        self.play, self.simulator = play, simulator
        self.database = play.database

    def perform(self, method, quote):
        """The four scenes; what does not hold goes into the play's failures."""
        self._consumer(method, quote)
        sale = self._fiscal_credit(method, quote)
        if sale:
            self._credit_note(sale)
        self._lost_answer(method, quote)

    def _consumer(self, method, quote):
        self._title("A consumer's sale with an e-NCF; DGII gets its summary (RFCE)")
        answer = self._sell("e32", method, quote, "E32")
        state = self._await(answer.get("fiscal", "reference"))
        self._check(answer.get("fiscal", "security_code"), "the answer has its code")
        self._check(state == "accepted", f"DGII accepts it ({state})")

    def _fiscal_credit(self, method, quote):
        self._title("A fiscal credit invoice (E31) for an identified buyer")
        answer = self._sell("e31", method, quote, "E31")
        state = self._await(answer.get("fiscal", "reference"))
        return self._check(state == "accepted", f"DGII accepts it ({state})") and answer

    def _credit_note(self, sale):
        self._title("It is refunded on Odoo's screen: a credit note (E34)")
        number = self._refund(sale.get("order_id"))
        self._check(str(number).startswith("E34"), f"it takes a number ({number})")
        state = self._await(number)
        self._check(state == "accepted", f"DGII accepts it ({state})")

    def _lost_answer(self, method, quote):
        self._title("DGII's answer is lost on its way")
        self.simulator.control(lose_answers=1, services=["recepcion"])
        answer = self._sell("lost", method, quote, "E31")
        number = answer.get("fiscal", "reference")
        state = self._await(number)
        self._check(state == "accepted", f"it was asked for: accepted ({state})")
        report = self.simulator.control()
        self._check(
            report["attempts"].get(number) == 1, "it was sent once, no second number"
        )
        self._check(report["faults"]["lose_answers"] == 0, "an answer was lost indeed")

    # --- how ------------------------------------------------------------------

    def _title(self, text):
        self.play._title(text)

    def _check(self, held, text):
        return self.play._check(held, text)

    def _sell(self, name, method, quote, fiscal_type):
        sale = dict(self.play._sale(name, method, quote), fiscal_type=fiscal_type)
        if fiscal_type == "E31":
            sale["partner_id"] = self._id("demo_partner_company")
        answer = self.play._call("POST", "/hub/finalize", sale)
        self._check(answer.status == 200, "it is sold")
        return answer

    def _id(self, name):
        [(found,)] = self.database.query(
            "SELECT res_id FROM ir_model_data WHERE module = 'nu_restaurant_pos'"
            " AND name = %s",
            [name],
        )
        return found

    def _await(self, number):
        """The state of a number's document, as soon as DGII has spoken."""
        until, state = time.monotonic() + _PATIENCE, None
        while time.monotonic() < until and state not in _WORDS:
            rows = self.database.query(
                "SELECT state FROM nu_pos_ecf WHERE name = %s ORDER BY id DESC",
                [number],
            )
            state = rows[0][0] if rows else None
            time.sleep(0.1)
        print(f"    {number}: {state}", flush=True)
        return state

    def _refund(self, order_id):
        """Refund a whole order as Odoo's own screen does; the note's number."""
        uid = self._rpc("common", "login", *MANAGER)

        def call(model, method, *arguments, **keywords):
            return self._rpc(
                "object",
                "execute_kw",
                uid,
                MANAGER[1],
                model,
                method,
                arguments,
                keywords,
            )

        [order] = call("pos.order", "read", [order_id])
        lines = call("pos.order.line", "read", order["lines"])
        [payment] = call("pos.payment", "read", order["payment_ids"][:1])
        own = str(uuid.uuid4())
        values = {
            "uuid": own,
            "access_token": uuid.uuid4().hex,
            "pos_reference": f"2611-{uuid.uuid4().hex[:6]}",
            "session_id": order["session_id"][0],
            "state": "paid",
            "is_refund": True,
            "date_order": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
            "amount_total": -order["amount_total"],
            "amount_tax": -order["amount_tax"],
            "amount_paid": -order["amount_total"],
            "amount_return": 0,
            "partner_id": order["partner_id"] and order["partner_id"][0],
            "preset_id": order["preset_id"] and order["preset_id"][0],
            "to_invoice": bool(order["account_move"]),
            "lines": [
                (0, 0, {
                    "product_id": line["product_id"][0],
                    "qty": -line["qty"],
                    "price_unit": line["price_unit"],
                    "discount": line["discount"],
                    # the browser keeps the signs of what comes back
                    "price_subtotal": line["price_subtotal"],
                    "price_subtotal_incl": line["price_subtotal_incl"],
                    "tax_ids": [(6, 0, line["tax_ids"])],
                    "refunded_orderline_id": line["id"],
                    "uuid": str(uuid.uuid4()),
                })
                for line in lines
            ],
            "payment_ids": [
                (0, 0, {
                    "payment_method_id": payment["payment_method_id"][0],
                    "amount": -order["amount_total"],
                    "payment_date": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
                    "uuid": str(uuid.uuid4()),
                })
            ],
        }  # fmt: skip
        call("pos.order", "sync_from_ui", [values], context={"generate_pdf": False})
        [note] = call("pos.order", "search_read", [("uuid", "=", own)], ["nu_ncf"])
        return note["nu_ncf"]

    def _rpc(self, service, method, *arguments):
        url = f"{self.play.info['base_url']}/jsonrpc"
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "params": {
                "service": service,
                "method": method,
                "args": [self.database.name, *arguments],
            },
        }
        request = urllib.request.Request(url, json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        if "error" in answer:
            raise OSError(answer["error"]["data"]["message"])
        return answer["result"]
