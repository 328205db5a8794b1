"""Which documents a month has: one statement for each format."""

from odoo import api, models
from odoo.tools import SQL

from ...fiscal.calendar import day_bounds_utc
from ...fiscal.document_types import DOCUMENT_TYPES

#: Codes of series B that a seller issues.
SOLD = ("01", "02", "03", "04", "12", "14", "15", "16")

COLUMNS_608 = (
    "listed", "type_code", "ncf", "date", "reason", "ncf_id", "order_id", "move_id",
    "config_id",
)  # fmt: skip


def paper_codes():
    """``{prefix: code of series B}`` of both series."""
    return {
        prefix: (kind.twin[1:] if kind.electronic else kind.code)
        for prefix, kind in DOCUMENT_TYPES.items()
    }


class NuPosDgiiDocuments(models.AbstractModel):
    """The documents of a company and a month, as SQL.

    A sale is found by its number in the ledger, and by nothing else: an order and its
    invoice carry the same number, the entry of a closed session has none. So no sale
    counts twice, and a sale without number is not in a report but among its problems.

    The day of a till's sale is that of its number in Santo Domingo; of a document of
    the back office, its date.

    Extension point: another addon adds a format, or the documents of its own records,
    by overriding :meth:`_builders` or the method of a format.
    """

    _name = "nu.pos.dgii.documents"
    _description = "Documents of a month, for DGII"

    @api.model
    def _of(self, report):
        """``(columns, SQL)`` of the rows of a report, in the order of its file."""
        columns, build = self._builders()[report.format]
        return columns, build(report)

    @api.model
    def _builders(self):
        """``{format: (columns, method that gives the SQL)}``"""
        return {"608": (COLUMNS_608, self._annulled)}

    @api.model
    def _types(self, codes=None):
        """A VALUES list (id, code of series B) of the fiscal types."""
        wanted = paper_codes()
        types = (
            self.env["l10n_latam.document.type"]
            .sudo()
            .with_context(active_test=False)
            .search([("nu_series", "!=", False)])
        )
        rows = [
            SQL("(%s, %s)", kind.id, wanted[kind.doc_code_prefix])
            for kind in types
            if kind.doc_code_prefix in wanted
            and (codes is None or wanted[kind.doc_code_prefix] in codes)
        ]
        return SQL("(VALUES %s) AS kind (id, code)", SQL(", ").join(rows))

    @api.model
    def _is_test(self, ncf="n"):
        """SQL: the e-CF of a number of ``nu_pos_ncf`` was signed for DGII's tests or
        certification only, and has no fiscal value."""
        return SQL(
            """
            EXISTS (SELECT 1 FROM nu_pos_ecf test
                     WHERE test.ncf_id = %(ncf)s.id AND test.environment <> 'ecf'
                       AND NOT EXISTS (SELECT 1 FROM nu_pos_ecf real
                                        WHERE real.ncf_id = test.ncf_id
                                          AND real.environment = 'ecf'))
            """,
            ncf=SQL.identifier(ncf),
        )

    @api.model
    def _identity(self, document=None, partner="c"):
        """SQL of the letters and digits of an RNC or cédula; else of a passport.

        :param document: order or invoice that keeps its buyer as sold; None: those of
            the contact, as of a supplier
        """
        vat, foreign_id = self._identifiers(document, partner)
        return SQL("COALESCE(%s, left(%s, 20))", vat, foreign_id)

    @api.model
    def _identifiers(self, document, partner):
        names = [(partner, "vat"), (partner, "nu_foreign_id")]
        if document:
            names = [(document, "nu_buyer_vat"), (document, "nu_buyer_foreign_id")]
        return [
            SQL(
                "NULLIF(regexp_replace(%s.%s, '[^0-9A-Za-z]', '', 'g'), '')",
                SQL.identifier(table),
                SQL.identifier(column),
            )
            for table, column in names
        ]

    @api.model
    def _identity_type(self, document=None, partner="c"):
        """SQL of column 2: 1 RNC, 2 cédula, 3 passport or identity of another
        country. Parameters as of :meth:`_identity`."""
        vat, foreign_id = self._identifiers(document, partner)
        home = self.env.ref("base.do").id
        return SQL(
            """
            CASE WHEN %(vat)s IS NULL AND %(foreign_id)s IS NULL THEN NULL
                 WHEN %(vat)s IS NULL
                   OR COALESCE(%(p)s.country_id, %(home)s) <> %(home)s THEN '3'
                 WHEN length(%(vat)s) = 11 THEN '2'
                 ELSE '1'
            END
            """,
            p=SQL.identifier(partner),
            vat=vat,
            foreign_id=foreign_id,
            home=home,
        )

    # -- 608 ---------------------------------------------------------------------------

    @api.model
    def _annulled(self, report):
        """Rows of the 608: numbers annulled in the month. Their date is the receipt's,
        or the day of annulment where that is of another month or never was."""
        start, _end = day_bounds_utc(report.date_from)
        _start, end = day_bounds_utc(report.date_to)
        return SQL(
            """
            SELECT (%(electronic)s OR n.name LIKE 'B%%') AND NOT %(test)s, kind.code,
                   n.name,
                   CASE WHEN n.date_issued_day BETWEEN %(first)s AND %(last)s
                        THEN n.date_issued_day
                        ELSE (n.date_voided AT TIME ZONE 'UTC'
                              AT TIME ZONE 'America/Santo_Domingo')::date END AS day,
                   n.void_reason, n.id, n.order_id, m.id, n.config_id
              FROM nu_pos_ncf n
              JOIN %(types)s ON kind.id = n.document_type_id
              LEFT JOIN account_move m ON m.nu_ncf_id = n.id
             WHERE n.company_id = %(company)s AND n.state = 'voided'
               AND n.date_voided >= %(start)s AND n.date_voided < %(end)s
             ORDER BY day, n.name
            """,
            electronic=report._settings().electronic_annulments,
            test=self._is_test(),
            types=self._types(),
            company=report.company_id.id,
            first=report.date_from,
            last=report.date_to,
            start=start,
            end=end,
        )
