"""Databases of older versions of the addon, as files: made once, loaded by tests.

A file is the *difference* between a database of that version and one with Odoo's own
modules only: statements for what it added to the schema, and rows. Loaded into a fresh
database with Odoo's modules it gives the old database back, without a line of the old
code. Rows of Odoo's that the difference points at are named by their XML ids, so that a
later revision of Odoo, which numbers them otherwise, does for the loading too.
"""

from pathlib import Path

# Opens the signing keys in such a database, on whatever machine.
SECRET = "0" * 64
# What begins with it is the XML id of a record of Odoo's, in place of its number.
REF = "\x01"

# Columns that hold the number of a record without a foreign key: the table, the column
# with the model, the column with the number.
SOFT = (
    ("ir_model_data", "model", "res_id"),
    ("ir_attachment", "res_model", "res_id"),
    ("mail_message", "model", "res_id"),
    ("mail_followers", "res_model", "res_id"),
    ("mail_activity", "res_model", "res_id"),
)


def history(version):
    """Return the test that lives through the history of a version."""
    return Path(__file__).parent / f"history_{version.replace('.', '_')}.py"


class Names:
    """XML ids of a database, both ways."""

    def __init__(self, cursor):
        cursor.execute("SELECT module || '.' || name, model, res_id FROM ir_model_data")
        self.ids, self.names = {}, {}
        for name, model, number in cursor.fetchall():
            table = table_of(model)
            self.ids[table, name] = str(number)
            self.names.setdefault((table, str(number)), name)


def table_of(model):
    """Return the table of a model."""
    return {
        "ir.actions.act_window": "ir_act_window",
        "ir.actions.server": "ir_act_server",
        "ir.actions.client": "ir_act_client",
        "ir.actions.act_url": "ir_act_url",
        "ir.actions.report": "ir_act_report_xml",
        "ir.actions.act_window.view": "ir_act_window_view",
    }.get(model, model.replace(".", "_"))
