"""DGII's list of taxpayers, read from whatever it comes in."""

import io
import zipfile

from ...fiscal import taxpayers
from ..pure_case import PureCase

CONUCO = "131246796|EL  CONUCO SRL|CONUCO|REST| | | | |01/02/2015|ACTIVO|NORMAL\r\n"
PENA = "101850043|PEÑA & NÚÑEZ||REST| | | | |31/02/2015|Suspendido|RST\r\n"
CSV = (
    "RNC,RAZÓN SOCIAL,ACTIVIDAD ECONÓMICA,FECHA,ESTADO,RÉGIMEN\r\n"
    '"131246796","CONUCO, SRL","REST","01/02/2015","ACTIVO","NORMAL"\r\n'
    "00113918205,JUAN PÉREZ,,,ACTIVO,\r\n"
)


def zipped(**members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return target.getvalue()


def read(data, **options):
    return list(taxpayers.read_chunks(io.BytesIO(data), **options))


def read_all(data):
    return [found for chunk in read(data) for _line, found in chunk.taxpayers]


class TestLists(PureCase):
    def assertBroken(self, code, data):
        with self.assertRaises(taxpayers.BrokenFile) as caught:
            read(data)
        self.assertEqual(caught.exception.code, code)

    def test_the_same_list_in_any_encoding_and_wrapping(self):
        text = CONUCO + PENA
        for data in (
            text.encode("cp1252"),
            text.encode(),
            text.encode("utf-8-sig"),
            zipped(a_txt="LEEME", b_TXT=text.encode("cp1252")),
        ):
            with self.subTest(data[:8]):
                conuco, pena = read_all(data)
                self.assertEqual(conuco.name, "EL CONUCO SRL")
                self.assertEqual(
                    (conuco.trade_name, conuco.regime), ("CONUCO", "NORMAL")
                )
                self.assertEqual((pena.name, pena.trade_name), ("PEÑA & NÚÑEZ", None))
                self.assertEqual((pena.state, pena.start), ("SUSPENDIDO", None))

    def test_the_newer_list_between_commas(self):
        for data in (CSV.encode("cp1252"), zipped(RNC_csv=CSV.encode())):
            conuco, juan = read_all(data)
            self.assertEqual((conuco.name, conuco.start), ("CONUCO, SRL", "2015-02-01"))
            self.assertEqual((juan.rnc, juan.name), ("00113918205", "JUAN PÉREZ"))
            self.assertEqual((juan.activity, juan.regime), (None, None))

    def test_malformed_lines_are_told_and_passed_over(self):
        lines = (
            "1|2|3\r\n",
            CONUCO.replace("131246796", "13124679"),
            CONUCO.replace("131246796", "13124679X"),
            CONUCO.replace("EL  CONUCO SRL", "  "),
            CONUCO.replace("|ACTIVO", "|AC|TIVO"),
            "\r\n",
            CONUCO.replace("EL ", "EL\x00 "),
        )
        [chunk] = read("".join(lines).encode("cp1252"))
        self.assertEqual(
            [(bad.number, bad.reason) for bad in chunk.bad],
            [(1, "columns"), (2, "rnc"), (3, "rnc"), (4, "name"), (5, "columns")],
        )
        [(number, found)] = chunk.taxpayers
        self.assertEqual((number, found.name), (7, "EL CONUCO SRL"))

    def test_chunks_cover_every_line_once_and_go_on_anywhere(self):
        data = "".join(
            CONUCO.replace("131246796", str(400000000 + n)) for n in range(25)
        )
        data = data.encode()
        whole = [item for chunk in read(data, size=7) for item in chunk.taxpayers]
        self.assertEqual([number for number, _found in whole], list(range(1, 26)))
        for skip in (0, 7, 14, 21, 25):
            chunks = read(data, size=7, skip=skip)
            rest = [item for chunk in chunks for item in chunk.taxpayers]
            self.assertEqual(rest, whole[skip:])
            self.assertEqual(chunks[-1].last, 25)

    def test_a_zip_cut_off_or_damaged_is_broken(self):
        data = zipped(RNC_txt=CONUCO * 2000)
        damaged = bytearray(data)
        damaged[len(data) // 2] ^= 0xFF
        self.assertBroken("zip", data[:-30])
        self.assertBroken("zip", data[: len(data) // 2])
        self.assertBroken("zip", bytes(damaged))
        self.assertBroken("member", zipped(RNC_exe="x"))

    def test_a_text_cut_off_in_a_line_is_broken(self):
        text = (CONUCO * 3).encode()
        self.assertBroken("truncated", text[:-30])
        with self.assertRaises(taxpayers.BrokenFile):
            read(text[:-30], size=3)  # the chunk ends with the broken line
        self.assertEqual(len(read_all(text[:-2])), 3)  # only its line end is missing

    def test_what_is_no_list_is_refused(self):
        self.assertBroken("empty", b"")
        self.assertBroken("empty", b"hello\n")
        self.assertBroken("empty", CSV.partition("\n")[0].encode())
        self.assertBroken("member", b"x" * 3_000_000)

    def test_keys_forgive_accents_marks_and_case(self):
        for text in ("Peña & Núñez, S.R.L.", "PENA  NUNEZ SRL", "péña·núñez srl"):
            self.assertEqual(taxpayers.search_key(text), "PENA NUNEZ SRL")
        self.assertIsNone(taxpayers.search_key("&"))
