"""A report to DGII as an XLSX workbook."""

import xlsxwriter

#: How a text begins that a spreadsheet may take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Columns of Anexo A section IX.
COLUMNS = ("local_amount", "services_amount", "imports_amount")


def add_sheet(book, text_style, name):
    """Add a sheet on which no text is ever a formula, whoever wrote it."""

    def write(sheet, row, column, value, style=None):
        if value.startswith(FORMULA):
            style = text_style
        return sheet.write_string(row, column, value, style)

    sheet = book.add_worksheet(name)
    sheet.add_write_handler(str, write)
    return sheet


class ReportWorkbook:
    """Workbook of one report: figures, lines, consumer receipts, problems."""

    def __init__(self, report):
        self.report, self.env = report, report.env
        self.book, self.styles = None, {}

    def write_to(self, target):
        """Write the workbook to an open binary file, row by row."""
        # names and numbers come from other people, also from documents of strangers
        options = {
            "constant_memory": True,
            "strings_to_urls": False,
            "strings_to_formulas": False,
        }
        with xlsxwriter.Workbook(target, options) as self.book:
            self.styles = self._styles()
            self._figures()
            if self.report.format != "it1":
                self._lines(True, self.report.format)
                if self.report.format == "607":
                    self._lines(False, self.env._("Consumer invoices"))
            self._problems()

    def _styles(self):
        add = self.book.add_format
        styles = {
            "head": add({"bold": True, "bg_color": "#714B67", "font_color": "white"}),
            "title": add({"bold": True, "font_size": 14}),
            "amount": add({"num_format": "#,##0.00"}),
            "date": add({"num_format": "yyyy-mm-dd"}),
            "text": add({"num_format": "@"}),
        }
        if hasattr(styles["text"], "set_quote_prefix"):
            # a text for ever, also when somebody edits the cell
            styles["text"].set_quote_prefix()
        return styles

    def _sheet(self, name):
        return add_sheet(self.book, self.styles["text"], name)

    def _figures(self):
        report, styles = self.report, self.styles
        sheet = self._sheet(self.env._("Figures"))
        sheet.set_column(0, 0, 62)
        sheet.set_column(1, 8, 16)
        sheet.write(0, 0, report.name, styles["title"])
        sheet.write(1, 0, report.company_id.name)
        row, section = 2, None
        labels = dict(
            report.figure_ids._fields["section"]._description_selection(self.env)
        )
        names = (
            "count", "amount", "given", "ledger", "booked", "unbooked", "elsewhere",
            "annulled", "difference", *COLUMNS,
        )  # fmt: skip
        fields = report.figure_ids.fields_get(names, ["string"])
        for figure in report.figure_ids:
            if figure.section != section:
                section = figure.section
                row += 1
                sheet.write(row, 0, labels[section], styles["head"])
                wide = section == "compare"
                shown = [
                    name
                    for name in names
                    if wide
                    and name not in ("given", "count", *COLUMNS)
                    or not wide
                    and name in ("amount", "count")
                    or section == "annex"
                    and name in COLUMNS
                ]
                for place, name in enumerate(shown, 1):
                    sheet.write(row, place, fields[name]["string"], styles["head"])
                row += 1
            code = f"{figure.code}. " if figure.code.isdigit() else ""
            sheet.write(row, 0, code + figure.name)
            for place, name in enumerate(shown, 1):
                if name == "count":
                    if figure.count:
                        sheet.write(row, place, figure.count)
                elif name in COLUMNS and not figure[name]:
                    continue
                else:
                    sheet.write(row, place, figure[name], styles["amount"])
            row += 1

    def _lines(self, listed, name):
        report, styles = self.report, self.styles
        sheet = self._sheet(name[:31])
        columns = report._writer().columns
        for place, column in enumerate(columns):
            sheet.set_column(place, place, max(12, min(24, len(column.spanish))))
        for place, column in enumerate(columns):
            sheet.write(0, place, column.spanish, styles["head"])
        kinds = {"amount": "amount", "date": "date"}
        wanted = [
            (place, column.name, styles.get(kinds.get(column.kind)))
            for place, column in enumerate(columns)
        ]
        for number, (_id, line) in enumerate(report._rows(listed), 1):
            if number >= 1_048_576:  # all rows a sheet has
                break
            for place, attribute, style in wanted:
                value = getattr(line, attribute)
                if value is not None:
                    sheet.write(number, place, value, style)

    def _problems(self):
        report, styles = self.report, self.styles
        sheet = self._sheet(self.env._("Problems"))
        sheet.set_column(0, 1, 14)
        sheet.set_column(2, 3, 60)
        heads = (
            self.env._("Severity"), "NCF", self.env._("What is wrong"),
            self.env._("What to do"),
        )  # fmt: skip
        for place, head in enumerate(heads):
            sheet.write(0, place, head, styles["head"])
        severities = dict(
            report.problem_ids._fields["severity"]._description_selection(self.env)
        )
        for row, problem in enumerate(report.problem_ids, 1):
            values = (
                severities[problem.severity], problem.ncf or "", problem.message,
                problem.advice,
            )  # fmt: skip
            for place, value in enumerate(values):
                sheet.write(row, place, value)
