from hypothesis import given, settings
from hypothesis import strategies as st

from ...fiscal.version import (
    ClientVersion,
    VersionError,
    is_older,
    parse_client_version,
)
from ..pure_case import PureCase

repeatable = settings(derandomize=True, max_examples=100, deadline=None)
NUMBERS = st.lists(st.integers(0, 20), min_size=4, max_size=4)


class TestFiscalVersion(PureCase):
    def test_a_version_is_numbers_and_a_build(self):
        self.assertEqual(parse_client_version("1.2.0+42"), ClientVersion((1, 2), 42))
        self.assertEqual(parse_client_version(" 3 "), ClientVersion((3,), None))
        self.assertEqual(parse_client_version("0.0"), ClientVersion((), None))

    def test_missing_numbers_are_zero(self):
        for client in ("1.2", "1.2.0", "1.2.0.0"):
            for minimum in ("1.2", "1.2.0", "1.2.0.0"):
                self.assertFalse(is_older(client, minimum))
        self.assertTrue(is_older("1.2", "1.2.0.1"))
        self.assertFalse(is_older("1.2.0.1", "1.2"))

    def test_numbers_are_compared_as_numbers(self):
        self.assertTrue(is_older("1.9", "1.10"))
        self.assertFalse(is_older("1.10", "1.9"))

    def test_a_build_counts_only_where_the_minimum_names_one(self):
        self.assertFalse(is_older("1.2.0+1", "1.2.0"))
        self.assertTrue(is_older("1.2.0+41", "1.2.0+42"))
        self.assertFalse(is_older("1.2.0+42", "1.2+42"))
        self.assertTrue(is_older("1.2.0", "1.2.0+42"))
        self.assertFalse(is_older("1.2.1", "1.2.0+42"))
        self.assertTrue(is_older("1.1.9+99", "1.2.0+42"))

    def test_a_malformed_version_is_refused(self):
        for text in (
            "",
            "v1.2",
            "1.2-beta",
            "1..2",
            "1.2.",
            "1.2+",
            "1.2+a",
            "١.٢",
            "1.2+4+5",
            "1 .2",
            "9" * 10,
            "1.1.1.1.1.1.1",
            None,
            1.2,
        ):
            with self.subTest(text=text), self.assertRaises(VersionError):
                parse_client_version(text)
        with self.assertRaises(VersionError):
            is_older("1.2", "latest")

    @repeatable
    @given(NUMBERS, NUMBERS)
    def test_versions_order_as_their_numbers_do(self, one, other):
        older = is_older(".".join(map(str, one)), ".".join(map(str, other)))
        self.assertEqual(older, one < other)
