import base64
from datetime import datetime, timezone

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..fiscal import calendar, series
from ..fiscal.ecf import places, signature
from ..fiscal.ecf.dgii import DgiiClient, MemoryTokens
from ..fiscal.ecf.dgii_http import DgiiError, Refused, Timeouts
from ..models.ecf import certificate_authorities as authorities
from ..models.ecf.endpoints import endpoints
from ..models.ecf.res_company import ENVIRONMENTS
from ..models.month.res_company import CLASSES
from ..models.runtime.problem import ApiProblem

#: A person waits for the answer.
TIMEOUTS = Timeouts(connect=5, read=10, whole=20)
#: What the wizard shows and changes of the company: {field here: field there}.
COMPANY_FIELDS = {
    "environment": "nu_ecf_environment",
    "date_start": "nu_ecf_start",
    "send": "nu_ecf_send",
    "credit_days": "nu_ecf_credit_days",
    "trade_name": "nu_trade_name",
    "branch": "nu_branch",
    "place_code": "nu_place_code",
    "taxpayer_class": "nu_taxpayer_class",
    "series_b_until": "nu_series_b_until",
    "pending": "nu_ecf_pending",
}


class NuPosEcfSetup(models.TransientModel):
    """Everything a company needs before it sells with numbers of series E.

    The P12 file and its password are used as they come in and are kept nowhere: they
    are no columns, and ``create`` and ``write`` take them out of what is saved.
    """

    _name = "nu.pos.ecf.setup"
    _description = "Set-up of electronic receipts"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    environment = fields.Selection(ENVIRONMENTS, required=True)
    date_start = fields.Date(
        string="Electronic since",
        help="From this day on sales that name no series take numbers of series E. "
        "Empty: series B.",
    )
    send = fields.Boolean(
        string="Send to DGII", help="Signed documents are sent by themselves."
    )
    credit_days = fields.Integer(
        string="Credit (days)", help="For customers without payment terms."
    )
    trade_name = fields.Char(string="Trade name")
    branch = fields.Char(size=20)
    place_code = fields.Selection("_places", string="Municipality")
    p12_file = fields.Binary(
        string="Certificate (P12)", store=False, help="Not kept: only what it holds."
    )
    p12_name = fields.Char(store=False)
    p12_password = fields.Char(string="Password", store=False, help="Not kept.")
    certificate_id = fields.Many2one(
        "nu.pos.ecf.certificate",
        string="Signs now",
        compute="_compute_certificate",
        compute_sudo=True,
    )
    certificate_until = fields.Datetime(
        string="Valid until", compute="_compute_certificate", compute_sudo=True
    )
    taxpayer_class = fields.Selection(
        CLASSES,
        required=True,
        default=series.DEFAULT_CLASS,
        help="As DGII lists the company: it says until when series B may be issued.",
    )
    series_b_until = fields.Date(
        string="Series B until",
        compute="_compute_series_b_until",
        store=True,
        readonly=False,
        help="Last day of series B outside a contingency (Ley 32-23 art. 37).",
    )
    pending = fields.Boolean(
        string="Application pending",
        help="An application to issue e-CF is under way at DGII.",
    )
    series_b_warning = fields.Char(compute="_compute_series_b_warning")
    authorities = fields.Text(
        string="Trusted authorities",
        compute="_compute_authorities",
        help="Whose certificates are believed on what suppliers and buyers sign.",
    )
    authority_file = fields.Binary(
        string="Certificates of authorities",
        store=False,
        help="Of those accredited by INDOTEL (PEM, DER or PKCS#7): the certificates "
        "with which they issue those of the signers.",
    )
    authority_name = fields.Char(store=False)
    may_load_authorities = fields.Boolean(compute="_compute_authorities")
    result = fields.Html(readonly=True, sanitize=False)

    @api.model
    def _places(self):
        return places.municipalities()

    @api.depends("company_id")
    def _compute_certificate(self):
        for record in self:
            found = self.env["nu.pos.ecf.certificate"]._of(record.company_id)
            record.certificate_id = found
            record.certificate_until = found.date_until

    @api.depends("taxpayer_class")
    def _compute_series_b_until(self):
        for record in self:
            obligation = series.OBLIGATIONS[
                record.taxpayer_class or series.DEFAULT_CLASS
            ]
            record.series_b_until = obligation.last_day

    @api.depends("company_id", "date_start", "pending", "series_b_until")
    def _compute_series_b_warning(self):
        """What the company would be told with these settings."""
        today = calendar.fiscal_day(fields.Datetime.now())
        for record in self:
            company = record.company_id.sudo()
            electronic = record.date_start and record.date_start <= today
            ended = record.series_b_until and record.series_b_until < today
            if (
                not ended
                or electronic
                or record.pending
                or company.account_fiscal_country_id.code != "DO"
                or company._nu_ecf_cannot_issue()
            ):
                record.series_b_warning = False
                continue
            norm = series.OBLIGATIONS[record.taxpayer_class].norm
            record.series_b_warning = company._nu_series_b_text(
                {"until": record.series_b_until, "norm": norm}
            )

    @api.depends_context("uid")
    def _compute_authorities(self):
        names = authorities.names(self.env)
        for record in self:
            record.authorities = names
            record.may_load_authorities = self.env.is_admin()

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        self._check_allowed()
        company = self.env["res.company"].browse(
            values.get("company_id") or self.env.company.id
        )
        values.update(self._of_company(company))
        return {name: value for name, value in values.items() if name in names}

    @api.onchange("company_id")
    def _onchange_company(self):
        self._check_allowed()
        self.update(self._of_company(self.company_id))

    @api.model
    def _of_company(self, company):
        company = company.sudo()
        values = {here: company[there] for here, there in COMPANY_FIELDS.items()}
        if values["place_code"] not in places.PLACES:
            values["place_code"] = False
        return values

    # -- The file ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_allowed()
        files = [self._take_file(vals) for vals in vals_list]
        records = super().create(vals_list)
        for record, file in zip(records, files, strict=True):
            record._load_file(*file)
        return records

    def write(self, vals):
        self._check_allowed()
        vals = dict(vals)
        file = self._take_file(vals)
        result = super().write(vals)
        for record in self:
            record._load_file(*file)
        return result

    @api.model
    def _take_file(self, vals):
        """The files and the password, taken out of what is going to be saved."""
        vals.pop("p12_name", None)
        vals.pop("authority_name", None)
        return (
            vals.pop("p12_file", None),
            vals.pop("p12_password", None),
            vals.pop("authority_file", None),
        )

    def _load_file(self, file, password, authority_file=None):
        if authority_file:
            authorities.add(self.env, base64.b64decode(authority_file))
            self.invalidate_recordset(["authorities"])
        if not file:
            return
        self._check_company()
        data = base64.b64decode(file)
        certificates = self.env["nu.pos.ecf.certificate"].sudo()
        loaded = certificates._load(self.company_id, data, password or "")
        # who loads one wants it to sign, even if an older one is valid for longer
        certificates.search(
            [("company_id", "=", self.company_id.id), ("id", "!=", loaded.id)]
        ).active = False
        self.invalidate_recordset(["certificate_id", "certificate_until"])

    # -- What it does --------------------------------------------------------------

    @api.model
    def _check_allowed(self):
        """Managers of the point of sale and administrators; the rest goes as sudo."""
        user = self.env.user
        if self.env.su or any(
            user.has_group(group)
            for group in ("point_of_sale.group_pos_manager", "base.group_system")
        ):
            return
        raise AccessError(self.env._("Electronic receipts are set up by POS managers."))

    def _check_company(self):
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of the companies you work in."))

    def action_load(self):
        """Load the certificate: saving did it, here the form comes back."""
        self.ensure_one()
        return self._again()

    def action_save(self):
        """Keep the settings on the company."""
        self.ensure_one()
        self._check_allowed()
        self._check_company()
        if self.date_start and not self.certificate_id:
            raise UserError(
                self.env._(
                    "Load a certificate first: without one nobody could sell from "
                    "that day on."
                )
            )
        self.company_id.sudo().write(
            {there: self[here] for here, there in COMPANY_FIELDS.items()}
        )
        return {"type": "ir.actions.act_window_close"}

    def action_test(self):
        """Sign a probe, and log in at DGII with it; tell in plain words."""
        self.ensure_one()
        self._check_allowed()
        self._check_company()
        rows = []
        identity = self._test_signature(rows)
        if identity:
            self._test_login(identity, rows)
        self.result = Markup("<ul class='list-unstyled mb-0'>%s</ul>") % Markup(
            ""
        ).join(
            Markup("<li class='%s'><i class='fa %s me-2'/>%s</li>")
            % (
                ("text-success", "fa-check", text)
                if good
                else ("text-danger", "fa-times", text)
            )
            for good, text in rows
        )
        return self._again()

    def _test_signature(self, rows):
        try:
            identity = self.env["nu.pos.ecf.certificate"]._identity_of(self.company_id)
        except ApiProblem:
            rows.append((False, self.env._("No valid certificate is loaded.")))
            return None
        except UserError as error:
            rows.append((False, str(error)))
            return None
        now = datetime.now(timezone.utc).isoformat()
        probe = signature.sign(
            f"<Prueba><Fecha>{now}</Fecha></Prueba>".encode(), identity
        )
        if not signature.verify(probe).ok:
            rows.append(
                (False, self.env._("The signature of a probe does not verify."))
            )
            return None
        rows.append(
            (
                True,
                self.env._("%s signs, and the signature verifies.", identity.info.name),
            )
        )
        return identity

    def _test_login(self, identity, rows):
        client = DgiiClient(
            endpoints(self.env, self.environment),
            identity,
            MemoryTokens(),
            timeouts=TIMEOUTS,
        )
        place = dict(ENVIRONMENTS)[self.environment]
        try:
            client.token()
        except Refused as error:
            rows.append(
                (
                    False,
                    self.env._(
                        "DGII answers in %(place)s and does not let this certificate "
                        "in. Is its holder delegated as signer of the RNC in the "
                        "Oficina Virtual? DGII says: %(words)s",
                        place=place,
                        words=str(error)[:300],
                    ),
                )
            )
        except DgiiError as error:
            rows.append(
                (
                    False,
                    self.env._(
                        "DGII cannot be reached in %(place)s now: %(words)s",
                        place=place,
                        words=str(error)[:300],
                    ),
                )
            )
        else:
            rows.append((True, self.env._("DGII let this certificate in: %s.", place)))

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set up electronic receipts"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
