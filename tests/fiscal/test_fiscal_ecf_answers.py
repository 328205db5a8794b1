from datetime import datetime, timedelta, timezone

from ...fiscal.ecf import dgii_reading as reading
from ...fiscal.ecf.dgii_answers import (
    Message,
    Result,
    ServiceStatus,
    Status,
    TrackId,
)
from ...fiscal.ecf.dgii_http import BadAnswer
from ...fiscal.ecf.dgii_receivers import address_problem
from ...fiscal.ecf.dgii_states import (
    CODES,
    EXPLANATIONS,
    decide,
    deliveries_to_ask,
    explain,
    standing,
    state_of,
)
from ..pure_case import PureCase

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=timezone.utc)


class TestReading(PureCase):
    def test_names_in_any_case_and_json_or_xml(self):
        expected = Result(
            code=2,
            status="Rechazado",
            sequence_used=False,
            messages=(Message("2020", "Tabla inválida"),),
            track_id="a-1",
            rnc="131246796",
            encf="E310000000001",
        )
        for body in (
            '{"trackId": "a-1", "codigo": "2", "estado": "Rechazado",'
            '"rnc": "131246796", "eNCF": "E310000000001", "secuenciaUtilizada": false,'
            '"mensajes": [{"valor": "Tabla inválida", "codigo": 2020}]}',
            '[{"TrackId": "a-1", "Codigo": 2, "Estado": "Rechazado",'
            '"Rnc": "131246796", "ENCF": "E310000000001",'
            '"SecuenciaUtilizada": "false", "Mensajes": {"Mensaje": ['
            '{"Valor": "Tabla inválida", "Codigo": "2020"}]}}]',
            "\ufeff<?xml version='1.0'?><Respuesta xmlns='urn:x'><trackId>a-1</trackId>"
            "<codigo>2</codigo><estado>Rechazado</estado><rnc>131246796</rnc>"
            "<eNCF>E310000000001</eNCF><secuenciaUtilizada>false</secuenciaUtilizada>"
            "<mensajes><mensaje><valor>Tabla inválida</valor><codigo>2020</codigo>"
            "</mensaje></mensajes></Respuesta>",
        ):
            with self.subTest(body=body[:30]):
                self.assertEqual(reading.read_result(body.encode()), expected)

    def test_messages_in_each_of_their_forms(self):
        for fields, expected in (
            ({}, ()),
            ({"mensajes": None}, ()),
            ({"mensajes": [{"codigo": 0, "valor": ""}]}, ()),
            ({"mensajes": [""]}, ()),
            ({"mensaje": "no"}, (Message("", "no"),)),
            ({"mensaje": ["a", "b"]}, (Message("", "a"), Message("", "b"))),
            ({"mensajes": {"codigo": 1, "valor": "x"}}, (Message("1", "x"),)),
            ({"mensajes": [{"codigo": 614}]}, (Message("614", ""),)),
        ):
            with self.subTest(fields=fields):
                self.assertEqual(reading.read_messages(fields), expected)

    def test_what_is_no_answer_is_refused(self):
        page = b"<!DOCTYPE html><html><body>Mantenimiento</body></html>"
        bomb = b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
        for body in (
            b"",
            b"OK",
            b"{",
            b"[1, 2]",
            b"3",
            b"{}",
            page,
            b"<html><p>x</p></html>",
            bomb,
            b"[" * 100_000,
            b"\xff\xfe",
        ):
            for read in (
                reading.read_result,
                reading.read_status,
                reading.read_reception,
                reading.read_approval,
                reading.read_annulment,
                reading.read_acknowledgement,
                lambda body: reading.read_token(body, NOW),
            ):
                with self.subTest(body=body[:20]), self.assertRaises(BadAnswer):
                    read(body)

    def test_a_reception_with_an_error_is_none(self):
        received, against = reading.read_reception(
            b'{"trackId": null, "error": "Archivo", "mensaje": "vacio"}'
        )
        self.assertIsNone(received)
        self.assertEqual([message.text for message in against], ["Archivo", "vacio"])

    def test_lists_empty_or_of_one_in_json_or_xml(self):
        for body in (b"", b"[]", b"<ArrayOfTrackId/>"):
            self.assertEqual(reading.read_track_ids(body), ())
        one = (
            b'{"trackId": "a", "estado": "Aceptado"}',
            b'[{"TRACKID": "a", "ESTADO": "Aceptado"}]',
            b"<Lista><Item><trackId>a</trackId><estado>Aceptado</estado></Item></Lista>",
        )
        for body in one:
            (found,) = reading.read_track_ids(body)
            self.assertEqual((found.track_id, found.status), ("a", "Aceptado"))
        two = b"<L><I><trackId>a</trackId></I><I><trackId>b</trackId></I></L>"
        self.assertEqual(len(reading.read_track_ids(two)), 2)

    def test_a_token_lasts_as_dgii_says_but_no_longer_than_an_hour(self):
        for issued, ends, minutes in (
            ("2020-11-05T10:00:00Z", "2020-11-05T10:30:00Z", 30),
            ("2020-11-05T10:00:00.1234567-04:00", "2020-11-05T14:20:00Z", 20),
            ("2020-11-05T10:00:00Z", "2020-11-06T10:00:00Z", 60),
            ("2020-11-05T10:00:00Z", "2020-11-05T09:00:00Z", 60),
            ("yesterday", "", 60),
        ):
            body = f'{{"token": "t", "expira": "{ends}", "expedido": "{issued}"}}'
            token = reading.read_token(body.encode(), NOW)
            self.assertEqual(token.expires_at, NOW + timedelta(minutes=minutes))

    def test_an_acknowledgement(self):
        body = (
            b"<ARECF><DetalleAcusedeRecibo><RNCEmisor>1</RNCEmisor><Estado>1</Estado>"
            b"<CodigoMotivoNoRecibido>4</CodigoMotivoNoRecibido>"
            b"</DetalleAcusedeRecibo></ARECF>"
        )
        answer = reading.read_acknowledgement(body)
        self.assertEqual((answer.received, answer.reason), (False, "4"))
        self.assertEqual(answer.body, body)
        with self.assertRaises(BadAnswer):
            reading.read_acknowledgement(body.replace(b"Estado>1", b"Estado>7"))

    def test_an_approval_says_it_in_the_code_or_in_the_state(self):
        for body, accepted in (
            (b'{"codigo": "1", "estado": "Aceptado"}', True),
            (b'{"codigo": "200", "estado": "1"}', True),
            (b'{"estado": "Aceptado"}', True),
            (b'{"codigo": 2, "estado": "Rechazado"}', False),
            (b'{"codigo": "400", "estado": "2"}', False),
        ):
            self.assertEqual(reading.read_approval(body).accepted, accepted)

    def test_a_service_that_is_not_available(self):
        self.assertTrue(ServiceStatus("x", "Disponible").available)
        self.assertFalse(ServiceStatus("x", "No Disponible").available)


class TestDecide(PureCase):
    def test_each_state_and_the_fate_of_its_number(self):
        for code, status, used, state, reusable in (
            (0, "No encontrado", None, "not_found", None),
            (1, "Aceptado", True, "accepted", False),
            (1, "Aceptado", False, "accepted", False),
            (2, "Rechazado", True, "rejected", False),
            (2, "Rechazado", False, "rejected", True),
            (2, "Rechazado", None, "rejected", None),
            (3, "En Proceso", False, "in_process", None),
            (4, "Aceptado Condicional", True, "conditional", False),
            (1, "Aceptado Condicional", True, "conditional", False),
            (None, "RECHAZADO", False, "rejected", True),
            (2, "", False, "rejected", True),
            (1, "Rechazado", False, "unclear", None),
            (2, "Aceptado", False, "unclear", None),
            (7, "Otra cosa", True, "unclear", None),
        ):
            with self.subTest(code=code, status=status, used=used):
                for kind in (Result, Status):
                    answer = kind(code=code, status=status, sequence_used=used)
                    outcome = decide(answer)
                    self.assertEqual(outcome.state, state)
                    self.assertIs(outcome.number_reusable, reusable)
                    final = state in ("accepted", "conditional", "rejected")
                    self.assertEqual(outcome.final, final)

    def test_contradictions_are_no_acceptance(self):
        for code, words, state in (
            (None, "No aceptado", "unclear"),
            (None, "Rechazado. No cumple la aceptación condicional", "rejected"),
            (None, "No Aceptado Condicional", "unclear"),
            (None, "NO FUE ACEPTADO", "unclear"),
            (None, "Sin aceptación", "unclear"),
            (None, "Pendiente de aceptación", "unclear"),
            (None, "Aceptado y luego rechazado", "unclear"),
            (None, "Condicional", "unclear"),
            (1, "No aceptado", "unclear"),
            (4, "No Aceptado Condicional", "unclear"),
            (1, "Rechazado. No cumple la aceptación condicional", "unclear"),
            (2, "No Aceptado Condicional", "rejected"),
            (2, "Rechazado. Condicional", "rejected"),
            (3, "En proceso de aceptación", "in_process"),
            (0, "El e-CF no fue encontrado", "not_found"),
            # and what is said plainly is heard
            (1, "Aceptado sin observaciones", "accepted"),
            (None, " ACEPTADO ", "accepted"),
            (4, "Aceptado Condicional, con mensajes", "conditional"),
            (4, "Condicional", "conditional"),
        ):
            with self.subTest(code=code, words=words):
                self.assertEqual(state_of(code, words), state)

    def test_of_several_deliveries_the_accepted_one_is_asked(self):
        self.assertEqual(deliveries_to_ask(()), [])
        for first, second, asked in (
            ("Aceptado", "Rechazado", 1),
            ("Aceptado Condicional", "En Proceso", 1),
            ("En Proceso", "Rechazado", 2),
            ("Rechazado", "Rechazado", 2),
        ):
            found = TrackId("a", first), TrackId("b", second)
            for order in (found, found[::-1]):
                chosen = deliveries_to_ask(order)
                self.assertEqual(len(chosen), asked)
                self.assertIn(found[0], chosen)

    def test_of_several_outcomes_the_standing_one_counts(self):
        def outcome(code, used=None):
            return decide(Result(code=code, status="", sequence_used=used))

        self.assertIsNone(standing(()))
        for codes, state in (
            (((2, True), (1, True)), "accepted"),
            (((2, True), (3, None)), "in_process"),
            (((2, True), (4, True)), "conditional"),
            (((0, None), (2, False)), "rejected"),
        ):
            outcomes = [outcome(*one) for one in codes]
            self.assertEqual(standing(outcomes).state, state)
        burned = standing([outcome(2, False), outcome(2, True)])
        self.assertIs(burned.number_reusable, False)
        free = standing([outcome(2, False), outcome(2, False)])
        self.assertIs(free.number_reusable, True)

    def test_code_that_says_several_things_is_told_by_its_words(self):
        for code, text, key in (
            (
                "615",
                "El RNC del comprador o Id extranjero de la nota de crédito no es "
                "válido, ya que no coincide con el RNC del comprador o Id extranjero "
                "de la factura que intenta modificar.",
                "note_buyer",
            ),
            (
                "615",
                "El monto total de la nota de crédito no puede ser mayor al saldo "
                "disponible de la sumatoria de las operaciones relacionadas al "
                "comprobante referenciado",
                "note_exceeds",
            ),
            ("615", "", "note_disagrees"),
            ("613", "Los comprobantes electrónicos no pueden reemplazarse entre ellos "
             "mismos", "not_replaced"),
            ("135", "", "field_value"),
            ("0135", "El campo eNCF del área IdDoc no es válido", "field_value"),
            ("135", "La secuencia no está autorizada", "number_not_authorised"),
            ("156", "El campo IndicadorNotaCredito del área IdDoc de la sección "
             "Encabezado no es válido", "field_value"),
            ("634", "El valor del campo FechaNCFModificado no coincide con la fecha de "
             "emisión", "note_date"),
            ("75", "", "same_security_code"),
            ("3243", "La longitud del nombre del archivo no es válida", "file_name"),
            ("0", "El comprobante modificado fue anulado por una nota de crédito",
             "note_of_annulled"),
        ):  # fmt: skip
            with self.subTest(code=code, text=text):
                self.assertEqual(explain(Message(code, text)).key, key)

    def test_every_code_has_its_explanation_in_both_languages(self):
        self.assertLessEqual(set(CODES.values()), set(EXPLANATIONS))
        for explanation in EXPLANATIONS.values():
            self.assertTrue(explanation.spanish.endswith("."))
            self.assertTrue(explanation.english.endswith("."))

    def test_messages_are_known_by_code_or_by_their_words(self):
        for code, text, key in (
            ("614", "", "modified_not_issued"),
            ("", "El eNCF modificado no ha sido emitido", "modified_not_issued"),
            ("0", "La secuencia ya ha sido utilizada", "already_used"),
            ("0", "La FIRMA del documento es inválida", "signature"),
            ("0", "La secuencia del e-NCF está vencida", "number_expired"),
            ("0", "La secuencia no está autorizada", "number_not_authorised"),
            ("0", "El total no coincide con el detalle", "totals"),
            ("0", "El XML no cumple el esquema", "structure"),
            ("0", "Cualquier otra cosa", None),
        ):
            found = explain(Message(code, text))
            self.assertEqual(found.key if found else None, key, text)


class TestAddresses(PureCase):
    def test_public_https_is_called_and_nothing_else(self):
        self.assertIsNone(address_problem("https://fe.example.com.do:443/x"))
        self.assertIsNone(address_problem("https://8.8.8.8/"))
        for url in ("http://fe.example.com", "https://10.1.2.3", "https://intranet"):
            self.assertTrue(address_problem(url), url)
