"""What a real browser sends to ``sync_from_ui``: recorded by tours, replayed in tests.

A file of ``files/browser`` is one order of Odoo's screen: ``calls`` are the bodies it
sent for it, in order, each with its context, and ``after`` names the recordings whose
orders it refers to. What is of one database or one moment stands there by name:

``@xml.id``                 a record with an XML id
``@session``, ``@config``   of the register that replays
``@product NAME``           a product that the test makes
``@record NAME``            an order of a recording; ``NAME/line 2`` is its second line,
                            ``NAME/payment 1`` its first payment
``@uuid NAME``              the browser's own identifier of any of them
``@sequence``               what the server has given the order meanwhile
``@now``                    the moment of the replay, in UTC
"""

import copy
import json
import os
import re
from pathlib import Path
from uuid import uuid4

from odoo import fields

FOLDER = Path(__file__).parent / "files" / "browser"
# Where to write, absolute, to record anew.
RECORD = "NU_RECORD_BROWSER"
# Of one sale, and of no meaning for what follows.
RANDOM = ("access_token", "ticket_code")
MOMENTS = ("date_order", "payment_date", "write_date", "create_date")
LINES = {"lines": "line", "payment_ids": "payment"}


def load(name):
    """Return a recording."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def names():
    """Return the names of all recordings."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


class Recorder:
    """Turns what a browser sent into recordings, one for each order it sold."""

    def __init__(self, env, config, products=()):
        self.env = env
        self.config = config
        self.products = {product.id: product.name for product in products}
        self.symbols = {}  # uuid -> name
        self.order = None

    def recordings(self, sent, names):
        """Return ``{name: recording}``; ``names`` of the orders as they came first."""
        orders = {}
        for body, context in sent:
            orders.setdefault(body["uuid"], []).append((body, context))
        if len(orders) != len(names):
            raise AssertionError(f"{len(orders)} orders were sent, not {len(names)}")
        result = {}
        for (uuid, calls), name in zip(orders.items(), names):
            # A refused order goes on as a draft, sent whenever the screen likes.
            paid = [body["state"] for body, _context in calls].index("paid")
            calls = calls[: paid + 1]
            self._name_all(uuid, name, [body for body, _context in calls])
            self.seen = set()
            bodies = [
                {
                    "order": self._order(body),
                    "context": self._context(context),
                }
                for body, context in calls
            ]
            after = sorted(self.seen - {name}, key=names.index)
            result[name] = {"after": after, "calls": bodies}
        return result

    def _name_all(self, uuid, name, bodies):
        self.symbols[uuid] = name
        for body in bodies:
            for field in LINES:
                for command in body.get(field) or ():
                    values = command[2] if command[0] in (0, 1) else {}
                    if values.get("uuid"):
                        self._name_part(name, field, values["uuid"])

    def _name_part(self, name, field, uuid):
        if uuid not in self.symbols:
            prefix = f"{name}/{LINES[field]} "
            count = sum(one.startswith(prefix) for one in self.symbols.values())
            self.symbols[uuid] = f"{prefix}{count + 1}"

    def _order(self, body):
        return self._values(self.env["pos.order"], body)

    def _values(self, model, values):
        return {
            name: self._value(model._fields.get(name), name, value)
            for name, value in values.items()
            if not name.startswith("nu_")
        }

    def _value(self, field, name, value):
        if not value:
            return value
        if name in RANDOM:
            return "@random"
        if name in MOMENTS:
            return "@now"
        if name == "sequence_number":
            return "@sequence"
        if name == "id":
            return self._record("pos.order", value)
        if name == "uuid":
            return f"@uuid {self._symbol(value)}"
        if name == "pos_reference":
            return "@reference"
        if field is not None and field.type == "many2one":
            return self._record(field.comodel_name, value)
        if field is not None and field.type in ("one2many", "many2many"):
            return [self._command(field.comodel_name, one) for one in value]
        return self._text(value) if isinstance(value, str) else value

    def _command(self, model, command):
        if isinstance(command, int):
            return self._record(model, command)
        if not isinstance(command, list | tuple):
            return self._text(command)
        kind, record, values = (*command, None, None)[:3]
        if isinstance(values, dict):
            values = self._values(self.env[model], values)
        elif isinstance(values, list):
            values = [self._record(model, one) for one in values]
        if record:
            record = self._record(model, record)
        return [kind, record, values][: len(command)]

    def _record(self, model, number):
        """Return the name of a record."""
        if not isinstance(number, int):
            return self._text(number)
        record = self.env[model].sudo().browse(number)
        if record == self.config.current_session_id:
            return "@session"
        if record == self.config:
            return "@config"
        if model == "product.product" and number in self.products:
            return f"@product {self.products[number]}"
        if "uuid" in record._fields and record.uuid in self.symbols:
            return f"@record {self._symbol(record.uuid)}"
        known = record.get_external_id()[number]
        if not known:
            raise AssertionError(f"no name for {record}")
        return f"@{known}"

    def _symbol(self, uuid):
        name = self.symbols[uuid]
        self.seen.add(name.split("/")[0])
        return name

    def _text(self, value):
        """Put names into a text that holds identifiers, as changes for the kitchen."""
        if not isinstance(value, str):
            return value
        return re.sub(
            r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            lambda match: (
                f"@uuid {self.symbols[match[0]]}"
                if match[0] in self.symbols
                else match[0]
            ),
            value,
        )

    def _context(self, context):
        kept = {
            name: value
            for name, value in context.items()
            if name in ("config_id", "device_identifier", "lang", "tz")
        }
        if kept.get("config_id"):
            kept["config_id"] = "@config"
        return kept


def is_recording():
    """Tell whether tours record what they send."""
    return bool(os.environ.get(RECORD))


def write(recordings):
    """Write recordings where the person who records wants them."""
    folder = Path(os.environ[RECORD])
    folder.mkdir(parents=True, exist_ok=True)
    for name, recording in recordings.items():
        text = json.dumps(recording, indent=1, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", "utf-8")


class Replay:
    """Sends recorded bodies to a register, each name with identifiers of its own.

    ``test`` is a case of ``RestaurantMixin``. Two replays know nothing of each other:
    their sales are different sales.
    """

    def __init__(self, test, config=None, user=None):
        self.test = test
        self.config = config or test.config
        user = user or test.ref("user_cashier")
        self.Order = (
            test.env["pos.order"].with_user(user).with_company(self.config.company_id)
        )
        self.orders = {}
        self._uuids = {}

    def send(self, name, **values):
        """Send an order and those it refers to; return it. ``values`` override those
        of its last body."""
        bodies = self.bodies(name)
        bodies[-1].update(values)
        return self.send_bodies(name, bodies)

    def bodies(self, name):
        """Return the bodies of an order, after sending those it refers to.

        A body that refers to what an earlier one made is completed when it is sent.
        """
        recording = load(name)
        for needed in recording["after"]:
            if needed not in self.orders:
                self.send(needed)
        return [copy.deepcopy(call["order"]) for call in recording["calls"]]

    def send_bodies(self, name, bodies):
        """Send bodies of a recording, changed or not; return the order."""
        contexts = [call["context"] for call in load(name)["calls"]]
        for body, context in zip(bodies, contexts):
            values = self._resolved(body, name)
            context = self._resolved(context, name)
            self.Order.with_context(**context).sync_from_ui([copy.deepcopy(values)])
            self.test.env.invalidate_all()
        self.orders[name] = self._find("pos.order", self.uuid(name))
        return self.orders[name]

    def uuid(self, name):
        """Return the identifier that a name stands for in this replay."""
        return self._uuids.setdefault(name, str(uuid4()))

    def _resolved(self, value, order):
        if isinstance(value, dict):
            return {key: self._resolved(one, order) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._resolved(one, order) for one in value)
        if isinstance(value, str) and "@" in value:
            return self._resolve(value, order)
        return value

    def _resolve(self, text, order):
        if text == "@now":
            return fields.Datetime.to_string(fields.Datetime.now())
        if text == "@random":
            return uuid4().hex
        if text == "@reference":
            return f"26{self.uuid(order)[:4]}-{self.config.id}-{self.uuid(order)[-6:]}"
        if text == "@sequence":
            return self._find("pos.order", self.uuid(order)).sequence_number
        if text == "@session":
            return self.config.current_session_id.id
        if text == "@config":
            return self.config.id
        if text.startswith("@product "):
            return self.test.product_named(text.removeprefix("@product ")).id
        if text.startswith("@record "):
            return self._record(text.removeprefix("@record "))
        if re.fullmatch(r"@[a-z_0-9]+\.\w+", text):
            return self.test.env.ref(text[1:]).id
        return re.sub(
            r"@uuid ([a-z_]+(?:/[a-z]+ \d+)?)", lambda m: self.uuid(m[1]), text
        )

    def _record(self, name):
        part = name.partition("/")[2].partition(" ")[0]
        model = {
            "": "pos.order",
            "line": "pos.order.line",
            "payment": "pos.payment",
        }[part]
        return self._find(model, self.uuid(name)).id

    def _find(self, model, uuid):
        return self.test.env[model].search([("uuid", "=", uuid)])
