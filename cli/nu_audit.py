"""``odoo nu_audit``: seal, verify, export and prune the audit of POS orders; check the
guarantees of a database and export all of its evidence.

Odoo loads this file by itself, without the addon around it, and hides whatever fails to
import here: everything of the addon is imported when a command runs.
"""

import sys
from contextlib import contextmanager
from datetime import date
from importlib import import_module

import odoo.cli
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import config

BROKEN, WRONG = 1, 2


class NuAudit(odoo.cli.Command):
    """Seal, verify, export and prune the audit of POS orders.

    The status is 0 when the chain holds and every guarantee is in place, 1 when not and
    2 for everything else that went wrong.
    """

    name = "nu_audit"

    def run(self, args):
        self._add_arguments()
        options = self.parser.parse_args(args)
        if options.act == "verify" and options.file:
            sys.exit(self._verify_file(options.file))
        try:
            status = getattr(self, f"_{options.act}")(options)
        except UserError as error:
            sys.stderr.write(f"{error}\n")
            status = WRONG
        sys.exit(status)

    def _add_arguments(self):
        acts = self.parser.add_subparsers(dest="act", required=True)
        for act, text in (
            ("verify", "name the first row that breaks the chain"),
            ("export", "write the sealed rows as JSON lines with their hashes"),
            ("seal", "seal new rows now"),
            ("prune", "delete what is exported and older than the retention period"),
            ("accept", "go on from the chain as it is, after a restored backup"),
            (
                "check",
                "compare indexes, triggers and functions with the code",
            ),
            ("evidence", "write ledger, audits and signed documents into a folder"),
        ):
            parser = acts.add_parser(act, help=text, description=text)
            parser.add_argument("-c", "--config", help="configuration file of Odoo")
            parser.add_argument("-d", "--database", help="name of the database")
            parser.add_argument(
                "--company",
                type=int,
                help="id of the company, 0 for the rows of none"
                + ("" if act == "export" else "; all by default"),
                required=act == "export",
            )
            if act == "verify":
                parser.add_argument("--file", help="verify an exported file instead")
                parser.add_argument(
                    "--head",
                    metavar="COMPANY:ENTRY:HASH",
                    help="compare with a head from the log or from the daily mail",
                )
            if act == "evidence":
                parser.add_argument("--output", required=True, help="folder to write")
            if act == "accept":
                parser.add_argument(
                    "--reason", required=True, help="why, for the audit"
                )
            if act == "export":
                for name, which in (("--from", "first"), ("--to", "last")):
                    parser.add_argument(
                        name,
                        dest=name[2:] + "_day",
                        type=date.fromisoformat,
                        help=f"{which} day in Santo Domingo, YYYY-MM-DD",
                    )
                parser.add_argument("--output", required=True, help="file to write")

    # -- Commands ------------------------------------------------------------------

    def _verify(self, options):
        if options.head:
            return self._verify_head(options)
        status = 0
        with self._environment(options) as env:
            for audit_chain in self._chains(env, options):
                anchor = audit_chain.check()
                status = status or (BROKEN if anchor.reason else 0)
                out = sys.stderr if anchor.reason else sys.stdout
                out.write(f"{anchor._finding()}\n")
                if waiting := audit_chain.unsealed():
                    sys.stdout.write(f"  {waiting} rows wait for their seal\n")
        return status

    def _verify_head(self, options):
        try:
            company_id, seq, digest = options.head.split(":")
            company_id, seq = int(company_id), int(seq)
        except ValueError:
            self.parser.error("--head takes COMPANY:ENTRY:HASH")
        options.company = company_id
        with self._environment(options) as env:
            [audit_chain] = self._chains(env, options)
            verdict = audit_chain.compare(seq, digest)
        if verdict.ok:
            sys.stdout.write(f"{verdict.count} rows hold, the head is among them\n")
            return 0
        sys.stderr.write(f"{self._pure('chain').describe(verdict.broken)}\n")
        return BROKEN

    def _accept(self, options):
        with self._environment(options) as env:
            for audit_chain in self._chains(env, options):
                audit_chain.accept(options.reason)
        return 0

    def _verify_file(self, name):
        return self._pure("chain").main([name])

    def _export(self, options):
        with self._environment(options) as env:
            [audit_chain] = self._chains(env, options)
            with open(options.output, "w", encoding="utf-8") as file:
                anchor = audit_chain.export(
                    file.write, options.from_day, options.to_day
                )
            sys.stdout.write(f"{anchor.row_count} rows, head {anchor.hash}\n")
        return 0

    def _seal(self, options):
        with self._environment(options) as env:
            sys.stdout.write(f"{env['nu.pos.audit.seal'].seal(wait=60)} rows sealed\n")
        return 0

    def _prune(self, options):
        with self._environment(options) as env:
            for audit_chain in self._chains(env, options):
                count = audit_chain.prune()
                name = audit_chain.company.name or "no company"
                sys.stdout.write(f"{name}: {count} rows deleted\n")
        return 0

    def _check(self, options):
        with self._environment(options) as env:
            guarantees = self._model("upkeep.guarantees").Guarantees(env)
            missing = [*guarantees.missing(), *guarantees.broken_ranges()]
        for text in missing:
            sys.stderr.write(f"{text}\n")
        if missing:
            return BROKEN
        sys.stdout.write("All guarantees are in place\n")
        return 0

    def _evidence(self, options):
        with self._environment(options) as env:
            export = self._model("upkeep.evidence_export").EvidenceExport
            count = export(env, options.output).export()
        sys.stdout.write(f"{count} files in {options.output}\n")
        return 0

    # -- Surroundings --------------------------------------------------------------

    @contextmanager
    def _environment(self, options):
        arguments = ["--no-http"]
        if options.config:
            arguments += ["-c", options.config]
        if options.database:
            arguments += ["-d", options.database]
        config.parse_config(arguments, setup_logging=True)
        names = config["db_name"]
        if len(names) != 1:
            self.parser.error("name one database: -d NAME")
        with Registry(names[0]).cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _chains(self, env, options):
        AuditChain = self._model("evidence.audit_chain").AuditChain
        if options.company is None:
            return AuditChain.all(env)
        company = env["res.company"].browse(options.company or ()).exists()
        if options.company and not company:
            self.parser.error(f"there is no company {options.company}")
        return [AuditChain(env, company)]

    def _pure(self, name):
        """A module of the addon's pure library."""
        return import_module(f"odoo.addons.nu_restaurant_pos.fiscal.{name}")

    def _model(self, name):
        """A plain module among the addon's models."""
        return import_module(f"odoo.addons.nu_restaurant_pos.models.{name}")
