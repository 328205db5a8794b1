"""Any JSON is a request of its shape or a refusal with paths, never a defect."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ... import schemas  # noqa: F401, reads all shapes
from ...models.runtime.problem import ApiProblem
from ...models.runtime.wire import parse, parse_sold
from ...schemas.base import Wire
from ...schemas.snapshot import Snapshot
from ..pure_case import PureCase

_REQUESTS = settings(
    derandomize=True, max_examples=60, deadline=None, database=None, print_blob=False
)

#: What broke a reader somewhere: ends of calendars and of numbers, halves of pairs.
HOSTILE = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2026-11-28T10:00:00+99:99",
    "2026-11-28",
    "20261128T100000Z",
    "1900-02-29",
    "2026-W48-6",
    10**30,
    -(2**63),
    1e308,
    -0.0,
    float("nan"),
    float("inf"),
    "1e400",
    "NaN",
    "-Infinity",
    "١٢",
    "\x00",
    "\ud800",
    "x" * 5000,
    True,
    {"id": True},
    {"table_number": "x"},
    {"vat": None},
    [[0, 0, {}]],
    [[5, 1]],
    [[6, 0, ["x"]]],
    [[]],
    {},
    [],
)

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(HOSTILE),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def shapes(base=Wire):
    """All shapes of requests."""
    found = [base] if base.model_fields else []
    for shape in base.__subclasses__():
        found += shapes(shape)
    return found


def names(shape):
    """The names a shape knows its fields by, in both spellings."""
    fields = shape.model_fields
    return sorted(set(fields) | {field.alias or name for name, field in fields.items()})


def requests(shape, depth=2):
    """Objects of the names of a shape with anything in them, whole lines included."""
    inner = [requests(one, depth - 1) for one in _within(shape)] if depth else []
    value = st.one_of(anything, *inner, *(st.lists(one, max_size=2) for one in inner))
    return st.dictionaries(st.sampled_from(names(shape)), value, max_size=8)


def _within(shape):
    """Shapes that a shape's fields are made of."""
    text = repr([field.annotation for field in shape.model_fields.values()])
    return [one for one in shapes() if f".{one.__name__}" in text and one != shape]


class TestShapes(PureCase):
    def attempt(self, reader, *args):
        """Read, and hold a refusal against what an answer can carry."""
        try:
            return reader(*args)
        except ApiProblem as problem:
            self.assertEqual(problem.code, "VALIDATION")
            self.assertTrue(problem.errors)
            for entry in problem.errors:
                self.assertIsInstance(entry["path"], str)
                self.assertTrue(entry["message"])
            body = json.dumps(problem.body("r"), ensure_ascii=False)
            self.assertLess(len(body.encode()), 60_000)
            return None

    def test_there_are_shapes_of_all_routes(self):
        self.assertGreater(len(shapes()), 30)

    @_REQUESTS
    @given(st.data())
    def test_any_json_is_read_or_refused_by_every_shape(self, data):
        for shape in shapes():
            self.attempt(parse, shape, data.draw(requests(shape), shape.__name__))

    @_REQUESTS
    @given(anything)
    def test_what_is_no_object_is_refused_by_every_shape(self, value):
        for shape in shapes():
            self.attempt(parse, shape, value)

    @settings(_REQUESTS, max_examples=400)
    @given(requests(Snapshot))
    @example({"pos_reference": "A", "lines": [], "date_order": HOSTILE[0]})
    @example({"pos_reference": "A", "lines": [], "date_order": HOSTILE[1]})
    def test_any_snapshot_is_read_or_refused_as_a_draft_and_as_a_sale(self, value):
        self.attempt(parse, Snapshot, value)
        self.attempt(parse_sold, value)

    def test_moments_at_the_ends_of_the_calendar_are_refused(self):
        for moment in HOSTILE[:2]:
            body = {"pos_reference": "A", "lines": [], "date_order": moment}
            with self.assertRaises(ApiProblem) as caught:
                parse(Snapshot, body)
            [entry] = caught.exception.errors
            self.assertEqual(entry["path"], "date_order")
            snapshot, [warning] = parse_sold(body)
            self.assertIsNone(snapshot.date_order)
            self.assertEqual(
                (warning["path"], warning["given"]), ("date_order", moment)
            )
