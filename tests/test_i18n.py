"""The addon speaks Spanish: nothing is missing, nothing is left over, it is shown."""

import re
from pathlib import Path

import polib

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

from ..fiscal.annulment import ANNULMENT_REASONS
from ..fiscal.document_types import DOCUMENT_TYPES
from ..fiscal.reports import codes

MODULE = "nu_restaurant_pos"
FOLDER = Path(__file__).resolve().parents[1] / "i18n"
ADVICE = "Run tools/i18n, then translate what it lists."

# Words of ours that Spanish writes the same. Names of demo records and the titles of
# document types are Spanish already.
SAME = {
    "2026-12-24, 2026-12-31",
    "Auditor",
    "Ticket",
    *("ACECF", "ANECF", "ARECF", "RFCE"),
    *(f"e-CF {kind}" for kind in (31, 32, 33, 34, 41, 43, 44, 45, 46, 47)),
    '<span class="text-muted">ITBIS</span>',
    "API",
    "Anexo A",
    "B0100000001",
    "Bytes",
    "DGII",
    "Error",
    "ISC",
    "IT-1",
    "QR",
    "SHA-256",
    "XML",
    "Zona Colonial",
    '[{"code", "text"}]',
    "e-CF",
    "e-NCF",
    "object.file_name[:-4]",
    "object.nu_ncf or object.name",
    "B (NCF)",
    "E (e-NCF)",
    "Hash",
    "Hub",
    "ID",
    "ITBIS",
    "NCF",
    "NU POS",
    "PIN",
    "Propina legal",
    "Terminal",
    "Total",
    "terminal-001",
    "ws://192.168.1.20:8766",
}


def placeholders(term):
    return sorted(re.findall(r"%\(\w+\)[sdf]|%[sd]", term))


def tags(term):
    return re.findall(r"<[^>]+>", term)


def edges(term):
    """The white space around a term, which keeps it apart from its neighbours."""
    return re.match(r"\s*", term).group(), re.search(r"\s*$", term).group()


# The tax office's own words, which no language replaces.
NORMS = {
    word
    for table in (
        codes.EXPENSES,
        codes.INCOME_TAX_WITHHOLDINGS,
        codes.PAYMENT_FORMS,
        codes.INCOMES,
        codes.SERVICES_ABROAD,
        codes.SERVICE_DETAILS,
    )
    for word in table.values()
} | {reason.spanish for reason in ANNULMENT_REASONS.values()}


def is_spanish_source(entry):
    if entry.msgid in NORMS or re.fullmatch(r"\d\d:00|\d\d %", entry.msgid):
        return True
    return all(
        f":{MODULE}.demo_" in place or ",report_name:" in place
        for place, _line in entry.occurrences
    )


@tagged("post_install", "-at_install")
class TestCatalogs(TransactionCase):
    """What the files in i18n/ hold, against the terms the addon has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Rows of (module, type, name, record or line, source, value, comments).
        reader = TranslationModuleReader(cls.env.cr, modules=[MODULE])
        cls.places = {}
        for _module, _type, name, record, source, *_rest in reader:
            cls.places.setdefault(source, f"{name}:{record}")
        cls.spanish = polib.pofile(str(FOLDER / "es.po"))
        cls.template = polib.pofile(str(FOLDER / f"{MODULE}.pot"))

    def assertNothing(self, found, what):
        if found:
            lines = "\n".join(f"  {line}" for line in found)
            self.fail(f"{len(found)} {what}:\n{lines}")

    def test_every_term_is_translated(self):
        known = {entry.msgid for entry in self.spanish.translated_entries()}
        missing = [
            f"{source!r} ({place})"
            for source, place in self.places.items()
            if source not in known
        ]
        self.assertNothing(missing, f"terms have no Spanish. {ADVICE}")

    def test_the_template_has_every_term(self):
        known = {entry.msgid for entry in self.template}
        missing = [repr(source) for source in self.places if source not in known]
        self.assertNothing(missing, f"terms are not in the template. {ADVICE}")

    def test_nothing_is_left_over(self):
        if not self.env.ref(f"{MODULE}.demo_pos_config", raise_if_not_found=False):
            self.skipTest("the terms of the demo data are not here")
        for catalog in (self.spanish, self.template):
            obsolete = [
                repr(entry.msgid)
                for entry in catalog
                if entry.obsolete or entry.msgid not in self.places
            ]
            name = Path(catalog.fpath).name
            self.assertNothing(obsolete, f"terms of {name} are gone. {ADVICE}")

    def test_no_entry_is_a_guess(self):
        found = [repr(entry.msgid) for entry in self.spanish if entry.fuzzy]
        self.assertNothing(found, "entries are marked fuzzy")

    def test_no_entry_is_doubled(self):
        seen, doubled = set(), []
        for entry in self.spanish:
            if entry.msgid in seen:
                doubled.append(repr(entry.msgid))
            seen.add(entry.msgid)
        self.assertNothing(doubled, "terms have two entries")

    def test_placeholders_tags_and_edges_agree(self):
        for part in (placeholders, tags, edges):
            wrong = [
                f"{entry.msgid!r} -> {entry.msgstr!r}"
                for entry in self.spanish
                if part(entry.msgid) != part(entry.msgstr)
            ]
            self.assertNothing(wrong, f"translations have other {part.__name__}")

    def test_english_is_not_copied(self):
        copied = [
            f"{entry.msgid!r} ({entry.occurrences[0][0]})"
            for entry in self.spanish
            if entry.msgid == entry.msgstr
            and entry.msgid not in SAME
            and not is_spanish_source(entry)
        ]
        self.assertNothing(
            copied, "terms were copied; if Spanish is the same, add them to SAME"
        )


@tagged("post_install", "-at_install")
class TestShown(TransactionCase):
    """Odoo reads es.po for the Spanish of the Dominican Republic."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_DO")
        module = cls.env["ir.module.module"]._get(MODULE)
        module._update_translations(["es_DO"], overwrite=True)
        cls.env = cls.env(context=dict(cls.env.context, lang="es_DO"))

    def field(self, model, name, attribute="string"):
        return self.env[model].fields_get([name], [attribute])[name][attribute]

    def test_fields(self):
        self.assertEqual(self.field("nu.pos.ncf.range", "date_expiry"), "Válida hasta")
        self.assertEqual(
            self.field("nu.pos.ncf.range", "config_id"), "Exclusiva de la caja"
        )
        self.assertIn(
            "propina legal del 10 %", self.field("account.tax", "nu_is_tip", "help")
        )

    def test_selections(self):
        states = dict(self.field("nu.pos.ncf.range", "state", "selection"))
        self.assertEqual(states["exhausted"], "Agotada")
        kinds = dict(self.field("pos.preset", "nu_order_type", "selection"))
        self.assertEqual(
            kinds,
            {
                "dine_in": "Para comer aquí",
                "takeout": "Para llevar",
                "delivery": "A domicilio",
            },
        )

    def test_reasons_of_format_608_are_the_ones_of_dgii(self):
        for model, name in (
            ("nu.pos.ncf", "void_reason"),
            ("nu.pos.ncf.void", "reason"),
        ):
            with self.subTest(model):
                self.assertEqual(
                    dict(self.field(model, name, "selection")),
                    {
                        code: f"{code} {reason.spanish}"
                        for code, reason in ANNULMENT_REASONS.items()
                    },
                )

    def test_document_types_have_the_names_of_dgii(self):
        for prefix, kind in DOCUMENT_TYPES.items():
            with self.subTest(prefix):
                record = self.env.ref(f"{MODULE}.document_type_{prefix.lower()}")
                self.assertEqual(record.name, kind.name_es)
                self.assertEqual(record.report_name, kind.title)

    def test_menus_and_actions(self):
        for name, text in (
            ("menu_nu_fiscal_config", "Numeración fiscal"),
            ("menu_nu_pos_ncf_range", "Secuencias de NCF"),
            ("nu_pos_ncf_action", "Libro de NCF"),
            ("order_audit_action", "Auditoría de órdenes"),
        ):
            with self.subTest(name):
                self.assertEqual(self.env.ref(f"{MODULE}.{name}").name, text)

    def test_views(self):
        for model, texts in (
            ("nu.pos.ncf.range", ("Cerrar secuencia", "Solo quedan", "Libro de NCF")),
            ("pos.config", ("Comprobantes fiscales",)),
        ):
            arch = self.env[model].get_view(view_type="form")["arch"]
            for text in texts:
                with self.subTest(text):
                    self.assertIn(text, arch)

    def test_messages(self):
        with self.assertRaisesRegex(AccessError, "Solo las ventas toman números"):
            self.env["nu.pos.ncf"].create({})
