from decimal import Decimal

from ...fiscal.words import in_words
from ..pure_case import PureCase


class TestFiscalWords(PureCase):
    def test_amounts_are_said_as_a_receipt_says_them(self):
        for amount, words in (
            ("0", "CERO PESOS CON 00/100"),
            ("0.05", "CERO PESOS CON 05/100"),
            ("1", "UN PESO CON 00/100"),
            ("1.99", "UN PESO CON 99/100"),
            ("16", "DIECISÉIS PESOS CON 00/100"),
            ("21", "VEINTIÚN PESOS CON 00/100"),
            ("31", "TREINTA Y UN PESOS CON 00/100"),
            ("100", "CIEN PESOS CON 00/100"),
            ("101.05", "CIENTO UN PESOS CON 05/100"),
            ("500", "QUINIENTOS PESOS CON 00/100"),
            ("1000", "MIL PESOS CON 00/100"),
            ("1001", "MIL UN PESOS CON 00/100"),
            ("1408", "MIL CUATROCIENTOS OCHO PESOS CON 00/100"),
            ("21000", "VEINTIÚN MIL PESOS CON 00/100"),
            ("21021.21", "VEINTIÚN MIL VEINTIÚN PESOS CON 21/100"),
            ("31031", "TREINTA Y UN MIL TREINTA Y UN PESOS CON 00/100"),
            ("101101", "CIENTO UN MIL CIENTO UN PESOS CON 00/100"),
            ("250000", "DOSCIENTOS CINCUENTA MIL PESOS CON 00/100"),
            ("1000000", "UN MILLÓN DE PESOS CON 00/100"),
            ("1000001", "UN MILLÓN UN PESOS CON 00/100"),
            ("21000000", "VEINTIÚN MILLONES DE PESOS CON 00/100"),
            ("31000000.50", "TREINTA Y UN MILLONES DE PESOS CON 50/100"),
            ("1001000000", "MIL UN MILLONES DE PESOS CON 00/100"),
        ):
            with self.subTest(amount=amount):
                self.assertEqual(in_words(Decimal(amount)), words)

    def test_half_a_cent_goes_up_and_may_make_a_peso(self):
        self.assertEqual(in_words(Decimal("0.995")), "UN PESO CON 00/100")

    def test_what_is_given_back_is_said_so(self):
        self.assertEqual(in_words(Decimal("-1.50")), "MENOS UN PESO CON 50/100")

    def test_no_amount_says_a_thing_in_two_ways(self):
        said = {in_words(Decimal(n)) for n in range(0, 120000, 7)}
        self.assertEqual(len(said), len(range(0, 120000, 7)))
