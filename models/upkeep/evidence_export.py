"""Export of all evidence of a database into plain files, for the time after it.

The law keeps books and receipts ten years (Código Tributario, art. 50); Odoo drops all
tables of a module that is uninstalled. What was exported here and did not change since
may go.
"""

import base64
import hashlib
import json
from pathlib import Path

from odoo import fields
from odoo.tools import SQL

from ..evidence.audit_chain import AuditChain

PARAMETER = "nu_restaurant_pos.evidence_export"
MANIFEST = "manifest.json"
#: What is evidence: the table, and the columns whose change makes an export stale.
TABLES = {
    "nu_pos_ncf": ("id", "name", "state", "order_id", "move_id"),
    "nu_pos_ecf": ("id", "name", "state"),
    "nu_pos_ecf_received": ("id", "name", "state"),
    "nu_pos_dgii_report": ("id", "state"),
}
#: Events of the audit that tell who came, not what was sold.
_VISITS = ("login", "refusal", "config")


def evidence_state(env):
    """``{table: [rows, digest]}``, and of the audit the last row that tells of a sale;
    two exports of the same evidence have the same state."""
    state = {}
    for table, columns in TABLES.items():
        env.cr.execute(
            SQL(
                """
                SELECT count(*), COALESCE(
                           md5(string_agg(concat_ws('|', %s), ',' ORDER BY id)), '')
                  FROM %s
                """,
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL.identifier(table),
            )
        )
        state[table] = list(env.cr.fetchone())
    env.cr.execute(
        "SELECT count(*), COALESCE(max(id), 0) FROM nu_restaurant_pos_order_audit"
        " WHERE event NOT IN %s",
        [_VISITS],
    )
    state["nu_restaurant_pos_order_audit"] = list(env.cr.fetchone())
    return state


def unexported(env):
    """``{table: rows}`` of the evidence that no export holds as it is now."""
    text = env["ir.config_parameter"].sudo().get_param(PARAMETER)
    exported = json.loads(text) if text else {}
    return {
        table: state[0]
        for table, state in evidence_state(env).items()
        if state[0] and exported.get(table) != state
    }


class EvidenceExport:
    """Writes everything the law keeps into a folder, with a manifest of digests.

    * ``audit-<company>.jsonl``: the chain, verified by ``nu_audit verify --file``
    * ``nu_pos_ncf.csv``: the ledger; further tables alike
    * ``ecf/<company>/<e-NCF>.xml``, ``received/...``: signed documents, byte by byte
    """

    def __init__(self, env, folder):
        self.env = env
        self.folder = Path(folder)
        self.files = {}

    def export(self):
        """Write the files and record the export in the database.

        :return: number of files
        :raise UserError: an audit chain is broken
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.env.flush_all()
        self.env["nu.pos.audit.seal"].seal(wait=60)
        state = evidence_state(self.env)
        self._write_audit()
        for table in TABLES:
            self._write_table(table)
        self._write_signed("nu.pos.ecf", "ecf")
        self._write_received()
        manifest = {
            "database": self.env.cr.dbname,
            "exported": fields.Datetime.now().isoformat() + "Z",
            "state": state,
            "files": self.files,
        }
        text = json.dumps(manifest, indent=1, sort_keys=True)
        (self.folder / MANIFEST).write_text(text, encoding="utf-8")
        self.env["ir.config_parameter"].sudo().set_param(PARAMETER, json.dumps(state))
        return len(self.files)

    def _write_audit(self):
        for audit_chain in AuditChain.all(self.env):
            if not audit_chain.span():
                continue
            name = f"audit-{audit_chain.company.id or 0}.jsonl"
            with open(self.folder / name, "w", encoding="utf-8") as file:
                audit_chain.export(file.write)
            self._note(name)

    def _write_table(self, table):
        name = f"{table}.csv"
        query = (
            f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT (FORMAT csv, HEADER)"
        )
        with open(self.folder / name, "w", encoding="utf-8") as file:
            self.env.cr.copy_expert(query, file)
        self._note(name)

    def _write_signed(self, model, folder):
        for record in self.env[model].sudo().search([], order="id"):
            self._write_document(
                folder, record.company_id, f"{record.name}-{record.id}", record.xml
            )
            if record.summary_xml:
                name = f"{record.name}-{record.id}-rfce"
                self._write_document(
                    folder, record.company_id, name, record.summary_xml
                )
            record.invalidate_recordset()

    def _write_received(self):
        for record in self.env["nu.pos.ecf.received"].sudo().search([], order="id"):
            if record.xml:
                data = base64.b64decode(record.with_context(bin_size=False).xml)
                name = f"{record.issuer_rnc or 0}-{record.name or 0}-{record.id}"
                self._write_document("received", record.company_id, name, data)
            record.invalidate_recordset()

    def _write_document(self, folder, company, name, content):
        safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
        path = Path(folder, str(company.id), f"{safe}.xml")
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        content = content.encode() if isinstance(content, str) else content
        (self.folder / path).write_bytes(content)
        self._note(path.as_posix())

    def _note(self, name):
        digest = hashlib.sha256()
        with open(self.folder / name, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        self.files[name] = digest.hexdigest()
