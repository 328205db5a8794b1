import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ...fiscal import canonical
from ..pure_case import PureCase

repeatable = settings(derandomize=True, max_examples=100, deadline=None)

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=4)
    | st.dates()
    | st.datetimes()
)
DATA = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class TestFiscalCanonical(PureCase):
    @repeatable
    @given(DATA)
    def test_what_is_read_back_has_the_same_text(self, data):
        text = canonical.canonical_json(data)
        self.assertEqual(canonical.canonical_json(json.loads(text)), text)

    def test_the_order_of_keys_does_not_matter(self):
        self.assertEqual(
            canonical.fingerprint({"a": 1, "b": {"c": 2, "d": 3}}),
            canonical.fingerprint({"b": {"d": 3, "c": 2}, "a": 1}),
        )

    def test_the_order_of_a_list_matters(self):
        self.assertNotEqual(
            canonical.fingerprint([1, 2]), canonical.fingerprint([2, 1])
        )

    def test_equal_amounts_have_one_text_and_strings_stay_strings(self):
        amounts = [Decimal("450.00"), Decimal("450"), Decimal("4.5E+2")]
        self.assertEqual(canonical.canonical_json(amounts), '["450","450","450"]')
        self.assertEqual(canonical.canonical_json("450.00"), '"450.00"')
        self.assertEqual(canonical.canonical_json(450), "450")

    def test_the_text_is_compact_and_keeps_its_letters(self):
        self.assertEqual(
            canonical.canonical_json({"ñ": ["mofongo", None], "a": (1, True)}),
            '{"a":[1,true],"ñ":["mofongo",null]}',
        )

    def test_one_moment_has_one_text(self):
        moment = datetime(2026, 12, 31, 3, 59, 59)
        local = moment.replace(tzinfo=timezone.utc).astimezone(
            timezone(timedelta(hours=-4))
        )
        self.assertEqual(canonical.canonical_json(moment), '"2026-12-31T03:59:59Z"')
        self.assertEqual(
            canonical.canonical_json(local), canonical.canonical_json(moment)
        )
        self.assertEqual(canonical.canonical_json(date(2026, 12, 31)), '"2026-12-31"')

    def test_a_float_is_refused_at_any_depth(self):
        for data in (1.0, [0.1], {"a": {"b": float("nan")}}):
            with self.subTest(data=data), self.assertRaises(TypeError):
                canonical.canonical_json(data)

    def test_floats_are_accepted_on_request(self):
        data = {"price": 0.1, "lines": [{"qty": 2.0}, (1, "x")]}
        self.assertEqual(
            canonical.canonical_json(canonical.floats_to_decimal(data)),
            '{"lines":[{"qty":"2"},[1,"x"]],"price":"0.1"}',
        )

    def test_what_has_no_single_text_is_refused(self):
        for data in ({1: "a"}, {1, 2}, b"a", object(), {None: 1}):
            with self.subTest(data=data), self.assertRaises(TypeError):
                canonical.canonical_json(data)
        for text in ("NaN", "Infinity"):
            with self.assertRaises(ValueError):
                canonical.canonical_json(
                    canonical.floats_to_decimal({"a": float(text)})
                )

    def test_half_a_surrogate_pair_has_a_fingerprint(self):
        self.assertEqual(len(canonical.fingerprint(json.loads(r'"\ud83c"'))), 64)

    def test_the_fingerprint_is_the_sha256_of_the_text(self):
        self.assertEqual(
            canonical.fingerprint({}),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        )
