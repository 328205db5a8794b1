from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.do import ncf as stdnum_ncf

from ...fiscal import ncf
from ..pure_case import PureCase

repeatable = settings(derandomize=True, max_examples=100, deadline=None)

NUMBERS = st.sampled_from(sorted(ncf.DOCUMENT_TYPES)).flatmap(
    lambda prefix: st.tuples(st.just(prefix), st.integers(1, ncf.max_sequence(prefix)))
)


class NcfCase(PureCase):
    def assertRefused(self, code, function, *args, **kwargs):
        with self.assertRaises(ncf.NcfError) as caught:
            function(*args, **kwargs)
        self.assertEqual(caught.exception.code, code, caught.exception)


class TestFiscalNcf(NcfCase):
    @repeatable
    @given(NUMBERS)
    def test_a_written_number_reads_back(self, pair):
        text = ncf.format_ncf(*pair)
        self.assertEqual(ncf.parse_ncf(text.lower()), ncf.Ncf(*pair, text))
        self.assertEqual(ncf.parse_reference(text), ncf.Ncf(*pair, text))
        self.assertEqual(stdnum_ncf.validate(text), text)

    @repeatable
    @given(st.from_regex(r"[ABEPZ][0-9]{10}([0-9]{2})?([0-9]{6})?", fullmatch=True))
    def test_stdnum_knows_the_same_numbers(self, text):
        try:
            ncf.parse_ncf(text)
            known = True
        except ncf.NcfError as error:
            # stdnum does not look at the sequence.
            known = error.code == "NCF_ZERO"
        self.assertEqual(known, stdnum_ncf.is_valid(text) and text[0] in "BE")

    def test_stdnum_knows_the_same_types(self):
        candidates = [f"{letter}{code:02}" for letter in "BE" for code in range(100)]
        self.assertEqual(
            [
                prefix
                for prefix in candidates
                if stdnum_ncf.is_valid(prefix + "1" * (8 if prefix[0] == "B" else 10))
            ],
            list(ncf.DOCUMENT_TYPES),
        )

    def test_the_last_number_is_written_and_the_next_refused(self):
        self.assertEqual(ncf.format_ncf("B02", 99_999_999), "B0299999999")
        self.assertEqual(ncf.format_ncf("E32", 9_999_999_999), "E329999999999")
        self.assertRefused("NCF_FORMAT", ncf.format_ncf, "B02", 100_000_000)
        self.assertRefused("NCF_FORMAT", ncf.format_ncf, "E32", 10_000_000_000)
        self.assertRefused("NCF_FORMAT", ncf.format_ncf, "B02", -1)

    def test_sequence_zero_does_not_exist(self):
        self.assertRefused("NCF_ZERO", ncf.format_ncf, "B02", 0)
        self.assertRefused("NCF_ZERO", ncf.parse_ncf, "B0200000000")
        self.assertRefused("NCF_ZERO", ncf.parse_ncf, "E320000000000")
        self.assertRefused("NCF_ZERO", ncf.parse_reference, "A010010010100000000")

    def test_a_misshapen_number_is_refused(self):
        for text in (
            "",
            "B020000016",
            "B02000001600",
            "B02 00000160",
            " B0200000160",
            "B0200000160\n",
            "B02-00000160",
            "B0200000I60",
            "B02٠٠٠٠٠١٦٠",
            "E3200000001",
            "Z0200000160",
            "A010010010100000001",
            200000160,
            None,
        ):
            with self.subTest(text=text):
                self.assertRefused("NCF_FORMAT", ncf.parse_ncf, text)
                if text != "A010010010100000001":
                    self.assertRefused("NCF_FORMAT", ncf.parse_reference, text)

    def test_an_unknown_type_is_refused(self):
        for text in ("B0500000001", "B3100000001", "E420000000001", "E010000000001"):
            with self.subTest(text=text):
                self.assertRefused("NCF_TYPE", ncf.parse_ncf, text)
        self.assertRefused("NCF_TYPE", ncf.parse_reference, "A010010010500000001")
        self.assertRefused("NCF_TYPE", ncf.sequence_digits, "E42")

    def test_a_note_may_refer_to_an_old_number(self):
        old = ncf.parse_reference("p020030040200000123")
        self.assertEqual(old, ncf.Ncf("P02", 123, "P020030040200000123"))
        self.assertEqual(old.document_type.prefix, "B02")
        self.assertTrue(stdnum_ncf.is_valid(old.text))


class TestFiscalTypes(NcfCase):
    def prefixes(self, **wanted):
        return {
            prefix
            for prefix, kind in ncf.DOCUMENT_TYPES.items()
            if all(getattr(kind, key) == value for key, value in wanted.items())
        }

    def test_debit_notes_expire_but_credit_notes_do_not(self):
        self.assertEqual(
            self.prefixes(expires=False), {"B02", "B04", "B12", "E32", "E34"}
        )

    def test_each_type_asks_for_its_buyer(self):
        self.assertEqual(
            {
                rule: self.prefixes(buyer=rule)
                for rule in (k.buyer for k in ncf.DOCUMENT_TYPES.values())
            },
            {
                "required": {"B01", "B11", "B15", "E31", "E41", "E45"},
                "threshold": {"B02", "E32"},
                "special": {"B14", "E44"},
                "none": {"B12", "B13", "B17", "E43"},
                "optional": {"B16", "E47"},
                "name": {"E46"},
                "as_original": {"B03", "B04", "E33", "E34"},
            },
        )

    def test_only_notes_need_a_reference(self):
        self.assertEqual(
            self.prefixes(needs_reference=True), {"B03", "B04", "E33", "E34"}
        )
        self.assertEqual(self.prefixes(internal_type="debit_note"), {"B03", "E33"})
        self.assertEqual(self.prefixes(internal_type="credit_note"), {"B04", "E34"})

    def test_the_buyer_issues_purchases_petty_cash_and_payments_abroad(self):
        self.assertEqual(
            self.prefixes(direction="purchase"),
            {"B11", "B13", "B17", "E41", "E43", "E47"},
        )

    def test_twins_point_at_each_other_and_only_b12_has_none(self):
        self.assertEqual(self.prefixes(twin=None), {"B12"})
        self.assertEqual(self.prefixes(active=False), {"B12"})
        twins = {}
        for prefix, kind in ncf.DOCUMENT_TYPES.items():
            self.assertEqual(
                (kind.prefix, kind.series, kind.code), (prefix, prefix[0], prefix[1:])
            )
            self.assertEqual(kind.electronic, prefix[0] == "E")
            if kind.twin:
                twin = ncf.DOCUMENT_TYPES[kind.twin]
                self.assertEqual(twin.twin, prefix)
                self.assertNotEqual(twin.series, kind.series)
                if not kind.electronic:
                    twins[kind.code] = twin.code
        self.assertEqual(
            twins,
            {
                "01": "31",
                "02": "32",
                "03": "33",
                "04": "34",
                "11": "41",
                "13": "43",
                "14": "44",
                "15": "45",
                "16": "46",
                "17": "47",
            },
        )

    def test_every_code_gets_its_own_type_whatever_the_series_in_use(self):
        for prefix, kind in ncf.DOCUMENT_TYPES.items():
            for text in (
                prefix,
                prefix.lower(),
                kind.code,
                f" {prefix[0]}-{kind.code} ",
            ):
                for electronic in (None, False, True):
                    with self.subTest(text=text, electronic=electronic):
                        self.assertEqual(ncf.resolve_type(text, electronic), prefix)

    def test_every_word_follows_the_series_in_use(self):
        for prefix, kind in ncf.DOCUMENT_TYPES.items():
            for word in kind.words:
                with self.subTest(word=word):
                    if kind.twin:
                        self.assertEqual(
                            ncf.resolve_type(word, kind.electronic), prefix
                        )
        for text in ("Consumidor Final", "CONSUMO", "consumidor-final"):
            self.assertEqual(ncf.resolve_type(text), "B02")
        self.assertEqual(ncf.resolve_type("Régimen  Especial", electronic=True), "E44")
        self.assertEqual(ncf.resolve_type("Nota de Crédito", electronic=False), "B04")

    def test_a_word_means_one_type_of_each_series(self):
        words = [(k.series, w) for k in ncf.DOCUMENT_TYPES.values() for w in k.words]
        self.assertEqual(len(words), len(set(words)))

    def test_an_unknown_type_is_never_guessed(self):
        for text in ("", "  ", "2", "05", "42", "B31", "E02", "B", "factura", None, 2):
            with self.subTest(text=text):
                self.assertRefused("FISCAL_TYPE", ncf.resolve_type, text)

    def test_the_single_income_record_has_no_electronic_form(self):
        self.assertEqual(ncf.resolve_type("registro_unico"), "B12")
        self.assertRefused(
            "FISCAL_TYPE", ncf.resolve_type, "registro_unico", electronic=True
        )
