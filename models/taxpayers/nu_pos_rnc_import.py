"""Imports of DGII's list of taxpayers."""

import logging
import time

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import file_open

from ...fiscal import calendar
from ...fiscal.taxpayers import BrokenFile, read_chunks
from .rnc_download import DownloadError
from .rnc_staging import stage

_logger = logging.getLogger(__name__)

#: Lines that are made durable together: what an interruption can cost.
CHUNK = 20_000
#: A list that lost more of its taxpayers than this is looked at by a person first...
MOST_LOST = 0.10
#: ...and so is one with more malformed lines than this, a few apart.
MOST_BAD, FEW_BAD = 0.05, 100
#: Malformed lines that are kept to be shown.
SAMPLE = 100
#: States in which the job has work to do.
LIVE = ("queued", "loading")
#: What people fill in; the job writes the rest.
_GIVEN = frozenset({"source", "file", "file_name"})
#: Names the lock of the job among the advisory locks of the database.
_LOCK = "nu_pos_rnc_import"


class NuPosRncImport(models.Model):
    """One import of the list, from a file somebody uploads or from DGII's address.

    It works in the background, in two steps. *Reading*: the lines go into a staging
    table, some ten thousands at a time, each batch durable with how far it got; after
    an interruption it goes on from there. *Merging*: one transaction makes the registry
    say what the list says. A file that turns out to be broken, at its last byte even,
    has changed nothing.
    """

    _name = "nu.pos.rnc.import"
    _description = "Import of DGII's taxpayers"
    _order = "id desc"
    _rec_name = "create_date"

    source = fields.Selection(
        [("file", "A file"), ("url", "DGII's address")], required=True, default="file"
    )
    file = fields.Binary(
        attachment=True,
        help="DGII_RNC.zip or RNC_CONTRIBUYENTES.zip, or the text inside.",
    )
    file_name = fields.Char()
    state = fields.Selection(
        [
            ("draft", "New"),
            ("queued", "Waiting"),
            ("loading", "Reading"),
            ("refused", "To be confirmed"),
            ("failed", "Failed"),
            ("done", "Done"),
        ],
        default="draft",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", string="Started by", readonly=True)
    force = fields.Boolean(string="Confirmed", readonly=True)
    message = fields.Text(readonly=True)
    checksum = fields.Char(string="SHA-1 of the file", readonly=True)
    progress = fields.Float(string="Read (%)", readonly=True, aggregator=None)
    lines_read = fields.Integer(string="Lines", readonly=True)
    lines_good = fields.Integer(string="Taxpayers read", readonly=True)
    lines_bad = fields.Integer(string="Malformed lines", readonly=True)
    bad_sample = fields.Text(string="First malformed lines", readonly=True)
    duplicates = fields.Integer(string="Listed twice", readonly=True)
    inserted = fields.Integer(string="Added", readonly=True)
    updated = fields.Integer(string="Changed", readonly=True)
    unchanged = fields.Integer(readonly=True)
    missing = fields.Integer(string="Not listed any more", readonly=True)
    date_start = fields.Datetime(string="Started", readonly=True)
    date_end = fields.Datetime(string="Ended", readonly=True)

    def init(self):
        # after all tables of this addon exist
        self.pool.post_init(self._create_functions)

    def _create_functions(self):
        with file_open("nu_restaurant_pos/models/taxpayers/nu_pos_rnc.sql") as script:
            self.env.cr.execute(script.read())

    # -- People ------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_given(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_given(vals)
        if not self.env.su and _GIVEN & vals.keys():
            if any(record.state not in ("draft", "failed") for record in self):
                raise UserError(self.env._("The import has begun: make a new one."))
        return super().write(vals)

    @api.model
    def _check_given(self, vals):
        if not self.env.su and vals.keys() - _GIVEN:
            raise AccessError(self.env._("The figures of an import are not edited."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_live(self):
        if any(record.state in LIVE for record in self):
            raise UserError(self.env._("The import is at work: wait until it ends."))

    def action_start(self):
        """Queue the import; it works in the background. Queued or interrupted ones are
        pushed on."""
        self.check_access("write")
        for record in self.sudo():
            if record.state not in ("draft", "failed", *LIVE):
                raise UserError(self.env._("This import has ended: make a new one."))
            if record.source == "file" and not record.file:
                raise UserError(self.env._("Upload DGII's file first."))
            if record.state not in LIVE:
                record._queue(self.env.user)
        self._push()

    def action_confirm(self):
        """Import a list that lost many taxpayers, or has many malformed lines."""
        self.check_access("write")
        for record in self.sudo():
            if record.state != "refused":
                raise UserError(self.env._("There is nothing to confirm."))
            record._queue(self.env.user, force=True)
        self._push()

    def action_refresh(self):
        """Show how far it got."""
        return True

    def _queue(self, user, force=False):
        self.write(
            {
                "state": "queued",
                "user_id": user.id,
                "force": force,
                "message": False,
                "lines_read": 0,
                "progress": 0.0,
                "date_start": False,
                "date_end": False,
            }
        )

    @api.model
    def _push(self):
        self.env.ref("nu_restaurant_pos.cron_rnc_import").sudo()._trigger()

    # -- Jobs --------------------------------------------------------------------------

    @api.model
    def _cron_import(self):
        """Work on what waits or was interrupted, one after the other."""
        for record in self.sudo().search([("state", "in", LIVE)], order="id"):
            record._run()

    @api.model
    def _cron_download(self):
        """Get the list from DGII; switched off unless somebody wants it."""
        if self.sudo().search_count([("state", "in", LIVE)], limit=1):
            return
        self.sudo().create({"source": "url"})._queue(self.env.user)
        self._push()

    def _run(self):
        """Do the work, on a connection of its own; False if another process does."""
        self.ensure_one()
        with self.env.registry.cursor() as cr:
            job = self.with_env(self.env(cr=cr)).sudo()
            # what it tells is for who started it
            job = job.with_context(lang=job.user_id.lang)
            cr.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [_LOCK])
            if not cr.fetchone()[0]:
                return False
            try:
                job._work()
                # the registry as a whole, or what became of the attempt, is durable
                # before the lock is given up
                cr.commit()  # pylint: disable=invalid-commit
            finally:
                cr.rollback()
                cr.execute("SELECT pg_advisory_unlock(hashtext(%s))", [_LOCK])
        self.invalidate_recordset()
        return True

    def _work(self):
        if self.state not in LIVE:
            return
        try:
            if self.source == "url" and not self.file:
                self._download()
            self._load()
        except (BrokenFile, DownloadError) as error:
            _logger.warning("Import %s of DGII's taxpayers: %s", self.id, error)
            self.env.cr.rollback()
            self._end("failed", self._told(error))
            return
        if doubt := self._doubt():
            self._end("refused", doubt)
            return
        self._merge()

    def _told(self, error):
        """Why an attempt failed, for people."""
        if isinstance(error, DownloadError):
            return self.env._("The file could not be downloaded: %s", error)
        advice = self.env._("Download the file from DGII again. Nothing was changed.")
        reason = {
            "zip": self.env._("The zip is broken or cut off."),
            "truncated": self.env._("The file ends in the middle of a line."),
            "empty": self.env._("The file names no taxpayer."),
            "member": self.env._("The file is not DGII's list of taxpayers."),
            "size": self.env._("The list in the zip is too large to be DGII's."),
            "missing": self.env._("The file is not in the file store any more."),
        }[error.code]
        return f"{reason} {advice}"

    def _end(self, state, message=False, **figures):
        self.env.cr.execute("TRUNCATE nu_pos_rnc_staging")
        self.write(
            {
                "state": state,
                "message": message,
                "date_end": fields.Datetime.now(),
                **figures,
            }
        )
        payload = {
            "act": "rnc_import",
            "id": self.id,
            "state": state,
            "source": self.source,
            "file": self.file_name or None,
            "sha1": self.checksum or None,
            "confirmed": self.force,
            **{
                name: self[name]
                for name in (
                    *("lines_read", "lines_good", "lines_bad", "duplicates"),
                    *("inserted", "updated", "unchanged", "missing"),
                )
            },
        }
        user = self.user_id or self.env.user
        self.with_user(user).env["nu_restaurant_pos.order_audit"]._record(
            "config", payload=payload
        )

    # -- Reading -----------------------------------------------------------------------

    def _resume_at(self):
        """The line after which to go on; what was staged is complete up to it."""
        cr = self.env.cr
        if self.state == "loading" and self.lines_read:
            cr.execute(
                "SELECT count(*) FROM nu_pos_rnc_staging WHERE import_id = %s",
                [self.id],
            )
            # a crash of the server has emptied the staging table, see there
            if cr.fetchone()[0] == self.lines_good:
                return self.lines_read
        cr.execute("TRUNCATE nu_pos_rnc_staging")
        self.write(
            {
                "state": "loading",
                "checksum": self._attachment().checksum,
                "date_start": fields.Datetime.now(),
                "progress": 0.0,
                "bad_sample": False,
                **dict.fromkeys(("lines_read", "lines_good", "lines_bad"), 0),
            }
        )
        return 0

    def _load(self):
        skip = self._resume_at()
        with self._open() as stream:
            size = stream.seek(0, 2) or 1
            for chunk in read_chunks(stream, CHUNK, skip):
                self._stage(chunk.taxpayers)
                # a plain text is closed at its end
                done = 1.0 if stream.closed else stream.tell() / size
                self._tell(chunk, done)
                # this far is done, whatever comes: an interrupted import goes on here
                self.env.cr.commit()  # pylint: disable=invalid-commit

    def _stage(self, taxpayers):
        stage(self.env.cr, self.id, taxpayers)

    def _tell(self, chunk, done):
        sample = (self.bad_sample or "").splitlines()
        sample += [
            f"{line.number}: {line.reason}: {line.text}"
            for line in chunk.bad[: SAMPLE - len(sample)]
        ]
        self.write(
            {
                "lines_read": chunk.last,
                "lines_good": self.lines_good + len(chunk.taxpayers),
                "lines_bad": self.lines_bad + len(chunk.bad),
                "bad_sample": "\n".join(sample),
                "progress": min(100.0, round(done * 100, 1)),
            }
        )
        self.flush_recordset()

    # -- Merging -----------------------------------------------------------------------

    def _doubt(self):
        """Why a person should look at the list before it counts; None if it is fine."""
        if self.force:
            return None
        if self.lines_bad > max(FEW_BAD, self.lines_read * MOST_BAD):
            return self.env._(
                "%(bad)s of %(lines)s lines are malformed. Look at the first of them; "
                "confirm if the rest may be imported.",
                bad=self.lines_bad,
                lines=self.lines_read,
            )
        self.env.cr.execute(
            "SELECT count(*) FROM nu_pos_rnc WHERE missing_since IS NULL"
        )
        listed = self.env.cr.fetchone()[0]
        if self.lines_good < listed * (1 - MOST_LOST):
            return self.env._(
                "The file names %(new)s taxpayers, %(old)s are listed now. Is it "
                "complete? Confirm if so.",
                new=self.lines_good,
                old=listed,
            )
        return None

    def _merge(self):
        began, cr = time.monotonic(), self.env.cr
        today = calendar.fiscal_day(fields.Datetime.now())
        cr.execute("SELECT * FROM nu_pos_rnc_merge(%s, %s)", [self.id, today])
        figures = cr.dictfetchone()
        cr.execute("ANALYZE nu_pos_rnc")
        self.env["nu.pos.rnc"].invalidate_model()
        # the list is public and large: its name and fingerprint are kept, not itself
        self._end("done", progress=100.0, file=False, **figures)
        _logger.info(
            "DGII's taxpayers: %s, merged in %.1f s", figures, time.monotonic() - began
        )
