import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ...fiscal.ecf import certificate
from ...fiscal.ecf.self_signed import self_signed
from ..evidence import secret as nu_pos_ecf_secret
from ..runtime.problem import ApiProblem

WARN_DAYS = 30
#: Opened keys of this process: {(database, id, sealed key): SigningIdentity}. A cache:
#: another process opens its own.
_OPEN = {}
_MOST_OPEN = 64
_KNOWN = "nu_pos_ecf_identities"


class NuPosEcfCertificate(models.Model):
    """The digital certificate that signs a company's e-CF.

    Made from a P12 file by :meth:`_load`. The key is kept closed by a secret outside
    the database and bound to the company; no field, export or log shows it. The newest
    valid certificate of a company signs. Ley 126-02; Ley 32-23 art. 10.
    """

    _name = "nu.pos.ecf.certificate"
    _inherit = ["mail.thread", "mail.activity.mixin", "nu.pos.audited"]
    _description = "Certificate for e-CF"
    _order = "company_id, date_until desc, id desc"
    _nu_audit_event = "config"
    _nu_audit_fields = ("company_id", "name", "serial", "date_until", "active")

    name = fields.Char(string="Holder", readonly=True, required=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    active = fields.Boolean(default=True)
    holder_id = fields.Char(
        string="RNC or cédula",
        readonly=True,
        help="Identity of the person the certificate names. DGII must know that person "
        "as signer of the company.",
    )
    issuer = fields.Char(readonly=True)
    serial = fields.Char(string="Serial number", readonly=True)
    date_from = fields.Datetime(string="Valid from", readonly=True)
    date_until = fields.Datetime(string="Valid until", readonly=True)
    sealed_key = fields.Binary(attachment=False, readonly=True, groups=NO_ACCESS)
    state = fields.Selection(
        [
            ("valid", "Valid"),
            ("expiring", "Expires soon"),
            ("expired", "Expired"),
            ("future", "Not valid yet"),
        ],
        compute="_compute_state",
    )
    days_left = fields.Integer(compute="_compute_state", aggregator=None)

    @api.depends("date_from", "date_until")
    def _compute_state(self):
        now = fields.Datetime.now()
        for record in self:
            until = record.date_until or now
            record.days_left = (until - now).days
            if record.date_from and now < record.date_from:
                record.state = "future"
            elif now > until:
                record.state = "expired"
            elif until - now < timedelta(days=WARN_DAYS):
                record.state = "expiring"
            else:
                record.state = "valid"

    @api.constrains("active", "company_id")
    def _check_complete(self):
        for record in self:
            if not record.sudo().sealed_key:
                raise ValidationError(
                    self.env._("A certificate is loaded from its P12 file.")
                )

    # -- Loading -------------------------------------------------------------------

    @api.model
    def _load(self, company, data, password):
        """Keep the certificate and key of a P12 file.

        :param data: bytes of the file
        :raise UserError: in plain words, why the file does not do
        """
        try:
            identity = certificate.load_p12(data, password, fields.Datetime.now())
        except certificate.CertificateError as error:
            raise UserError(self._reason(error.reason)) from error
        return self._keep(company, identity)

    @api.model
    def _keep(self, company, identity):
        info = identity.info
        secret = nu_pos_ecf_secret.read(self.env, create=True)
        sealed = certificate.seal(identity.export(), secret, f"company {company.id}")
        return self.sudo().create(
            {
                "name": info.name or info.subject,
                "company_id": company.id,
                "holder_id": info.holder_id or False,
                "issuer": info.issuer,
                "serial": info.serial,
                "date_from": info.not_before.replace(tzinfo=None),
                "date_until": info.not_after.replace(tzinfo=None),
                "sealed_key": base64.b64encode(sealed),
            }
        )

    @api.model
    def _reason(self, reason):
        """Why a certificate does not do, in the user's language."""
        words = {
            "not_p12": self.env._("The file is no certificate file (.p12 or .pfx)."),
            "wrong_password": self.env._("The password does not open the file."),
            "no_key": self.env._(
                "The file holds no private key: export the certificate with its key."
            ),
            "no_certificate": self.env._("The file holds no certificate for its key."),
            "several_certificates": self.env._(
                "The file holds several certificates that may sign."
            ),
            "not_for_signing": self.env._(
                "The certificate is not for signatures (keyUsage): ask the authority "
                "for the one that signs."
            ),
            "not_rsa": self.env._("The key is not an RSA key."),
            "weak_key": self.env._("The RSA key has fewer than 2048 bits."),
            "expired": self.env._("The certificate has expired."),
            "not_yet_valid": self.env._("The certificate is not valid yet."),
        }
        return words[reason]

    # -- Signing -------------------------------------------------------------------

    @api.model
    def _of(self, company):
        """The certificate that signs for a company now; empty for none."""
        now = fields.Datetime.now()
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("date_from", "<=", now),
                ("date_until", ">=", now),
            ],
            limit=1,
        )

    @api.model
    def _identity_of(self, company):
        """The ``SigningIdentity`` of a company.

        :raise ApiProblem: ``ECF_NO_CERTIFICATE``
        """
        # twice in every sale: asked once a transaction, in a plain statement, which
        # ``_of`` says in other words
        known = self.env.cr.precommit.data.setdefault(_KNOWN, {})
        identity = known.get(company.id)
        if identity is not None:
            return identity
        self.flush_model(["active", "company_id", "date_from", "date_until"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, sealed_key FROM nu_pos_ecf_certificate
                 WHERE company_id = %s AND active
                   AND %s BETWEEN date_from AND date_until
                 ORDER BY date_until DESC, id DESC LIMIT 1
                """,
                company.id,
                fields.Datetime.now(),
            )
        )
        if not rows:
            raise ApiProblem(
                "ECF_NO_CERTIFICATE",
                f"{company.name} has no valid certificate to sign electronic receipts: "
                "load one under Point of Sale > Configuration > Certificates",
            )
        identity = self.sudo().browse(rows[0][0])._opened(bytes(rows[0][1]))
        known[company.id] = identity
        return identity

    @api.model_create_multi
    def create(self, vals_list):
        self.env.cr.precommit.data.pop(_KNOWN, None)
        return super().create(vals_list)

    def write(self, vals):
        self.env.cr.precommit.data.pop(_KNOWN, None)
        return super().write(vals)

    def _identity(self):
        """The ``SigningIdentity`` of this certificate."""
        self.ensure_one()
        return self.sudo()._opened(bytes(self.sudo().sealed_key))

    def _opened(self, sealed):
        """Opened once a process; what is remembered is bound to the sealed key."""
        key = (self.env.cr.dbname, self.id, sealed)
        identity = _OPEN.get(key)
        if identity is None:
            secret = nu_pos_ecf_secret.read(self.env)
            try:
                exported = certificate.unseal(
                    base64.b64decode(sealed), secret, f"company {self.company_id.id}"
                )
            except certificate.SealError as error:
                raise UserError(
                    self.env._(
                        "The key of the certificate %s does not open: the secret of "
                        "this server is another one. Load the P12 file again.",
                        self.name,
                    )
                ) from error
            identity = certificate.SigningIdentity.restore(exported)
            if len(_OPEN) >= _MOST_OPEN:
                _OPEN.clear()
            _OPEN[key] = identity
        return identity

    # -- Watching ------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Tell the manager in time: without a certificate nobody may sell."""
        limit = fields.Datetime.now() + timedelta(days=WARN_DAYS)
        companies = self.sudo().search([("company_id", "!=", False)]).company_id
        for company in companies:
            current = self._of(company)
            if not current or current.date_until > limit:
                continue
            summary = self.env._("The certificate for e-CF expires")
            if current.activity_ids.filtered(lambda a, s=summary: a.summary == s):
                continue
            for user in company._nu_managers() or self.env.user:
                current.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=fields.Date.today(),
                    summary=summary,
                    note=self.env._(
                        "It is valid until %s. Load its successor before that day.",
                        fields.Datetime.to_string(current.date_until),
                    ),
                    user_id=user.id,
                )

    # -- Demo ----------------------------------------------------------------------

    @api.model
    def _make_demo(self, company_id):
        """A certificate nobody trusts, for the demo's company and for tests."""
        company = self.env["res.company"].browse(company_id)
        if self._of(company):
            return
        identity = self_signed(
            "Demostración", company.vat or "131876544", fields.Datetime.now()
        )
        self._keep(company, identity)
