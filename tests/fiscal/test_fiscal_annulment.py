from ...fiscal.annulment import ANNULMENT_REASONS
from ..pure_case import PureCase


class TestFiscalAnnulment(PureCase):
    def test_the_ten_reasons_of_format_608_are_there(self):
        self.assertEqual(
            list(ANNULMENT_REASONS), [f"{code:02}" for code in range(1, 11)]
        )
        for code, reason in ANNULMENT_REASONS.items():
            self.assertEqual(reason.code, code)
            self.assertTrue(reason.spanish and reason.english)

    def test_the_list_is_the_one_in_force_since_2018(self):
        reasons = ANNULMENT_REASONS
        self.assertEqual(reasons["04"].spanish, "Corrección de la información")
        self.assertEqual(reasons["08"].spanish, "Errores en secuencia de NCF")
        self.assertEqual(reasons["10"].spanish, "Pérdida o hurto de talonarios")
