"""Annulment at DGII of numbers that will never be used (ANECF)."""

import json
import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...fiscal.ecf import messages
from ...fiscal.ecf.dgii_http import DgiiError, Refused
from ...fiscal.ecf.signature import sign
from ...fiscal.ecf.transmission import messages as as_json
from ...fiscal.ecf.validate import validate
from ...fiscal.identity import digits_of
from ..numbers.nu_pos_ncf_range import SequenceNumber
from ..runtime.problem import ApiProblem
from .lease import settle_lease, take_lease
from .nu_pos_ecf_link import utc_now
from .res_company import ENVIRONMENTS

ANNULMENT_STATES = [
    ("queued", "To send"),
    ("unknown", "Answer lost"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
]
#: DGII's limits of one file: types, and ranges of a type.
MOST_TYPES, MOST_RANGES = 10, 10000
_ISSUER = re.compile(r"<RncEmisor>(\d+)</RncEmisor>")
_ANNULLED_ALREADY = re.compile(r"anulad", re.IGNORECASE)


class NuPosEcfAnnulment(models.Model):
    """One ANECF: signed, sent and answered. Only numbers that were authorised and that
    DGII never accepted. Descripción Técnica, "Anulación de secuencias"."""

    _name = "nu.pos.ecf.annulment"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Annulment of e-NCF at DGII"
    _order = "id desc"

    name = fields.Char(string="Numbers", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    ranges = fields.Json(required=True, readonly=True, help="[[first, last]] e-NCF.")
    count = SequenceNumber(string="How many", readonly=True, aggregator=None)
    xml = fields.Text(string="XML", required=True, readonly=True)
    state = fields.Selection(ANNULMENT_STATES, required=True, readonly=True)
    messages = fields.Json(string="DGII's messages", readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    lease = fields.Char(readonly=True)
    date_next = fields.Datetime(string="Next attempt", readonly=True)
    date_answered = fields.Datetime(string="Answered on", readonly=True)
    last_error = fields.Char(string="Last difficulty", readonly=True)
    ecf_ids = fields.One2many("nu.pos.ecf", "annulment_id", string="Documents")

    _turn = models.Index("(date_next) WHERE state IN ('queued', 'unknown')")

    # -- Making --------------------------------------------------------------------

    @api.private
    @api.model
    def annul(self, company, numbers=(), ranges=()):
        """Sign the annulment of e-NCF and queue it.

        :param numbers: texts, all of one company
        :param ranges: ``(first, last)`` of more of them, however many
        :return: the record
        :raise ApiProblem: ``ECF_NO_CERTIFICATE``
        :raise UserError: a number is annulled already, or DGII has it or may have it
        """
        ranges = merged([*((one, one) for one in numbers), *ranges])
        if not ranges:
            raise UserError(self.env._("There is no number to annul."))
        if company.nu_ecf_environment == "certecf":
            raise UserError(
                self.env._("DGII annuls no numbers in its certification environment.")
            )
        self._check_free(company, ranges)
        now = fields.Datetime.now()
        xml = messages.build_anecf(
            messages.Annulment(
                issuer=digits_of(company.vat),
                ranges=tuple(ranges),
                moment=now,
            )
        )
        problems = validate(xml)
        if problems:
            raise ApiProblem("ECF_INVALID", problems[0].message)
        identity = self.env["nu.pos.ecf.certificate"]._identity_of(company)
        first, last = ranges[0][0], ranges[-1][1]
        record = self.sudo().create(
            {
                "name": first if first == last else f"{first} ... {last}",
                "company_id": company.id,
                "environment": company.nu_ecf_environment,
                "ranges": ranges,
                "count": sum(messages.count(*pair) for pair in ranges),
                "xml": sign(xml, identity).decode(),
                "state": "queued",
                "date_next": now,
            }
        )
        self._documents(company, ranges).filtered(
            lambda ecf: ecf.state != "rejected"
        ).write({"annulment_id": record.id, "date_next": False})
        self.env["nu.pos.ecf.queue"].wake()
        return record

    @api.model
    def _documents(self, company, ranges):
        """The electronic receipts that bear one of the numbers."""
        found = self.env["nu.pos.ecf"].sudo().browse()
        for first, last in ranges:
            # e-NCF of a type have one length: they stand in the order of their text
            found |= found.search(
                [
                    ("company_id", "=", company.id),
                    ("name", ">=", first),
                    ("name", "<=", last),
                ]
            )
        return found

    @api.model
    def _check_free(self, company, ranges):
        for other in self.sudo().search(
            [("company_id", "=", company.id), ("state", "!=", "rejected")]
        ):
            taken = overlap(ranges, other.ranges)
            if taken:
                raise UserError(self.env._("%s is annulled already.", taken))
        held = self._documents(company, ranges).filtered(
            lambda ecf: ecf.state in ("accepted", "conditional", "sent", "unknown")
        )
        if held:
            raise UserError(
                self.env._(
                    "DGII holds %s, or may hold it: it is undone by a credit note.",
                    ", ".join(held[:5].mapped("name")),
                )
            )

    # -- Sending -------------------------------------------------------------------

    @api.model
    def _work(self, settings, clients):
        """Send what is due; how many were tried."""
        count = 0
        queue = self.env["nu.pos.ecf.queue"]
        while taken := self._take(settings):
            record, lease = taken
            link = self.env["nu.pos.ecf.link"].lane(
                record.company_id, record.environment
            )
            client = queue._client(link, settings, clients)
            if client is None:
                record._put_off(lease, settings)
                continue
            link.wait_for_turn(settings)
            xml = record.xml.encode()
            issuer = _ISSUER.search(record.xml).group(1)
            name = f"{issuer}{record.create_date:%Y%m%d%H%M%S}.xml"
            attempts = record.attempts
            # Its fate is unknown from here on; sent twice, DGII says so.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            values, error = self._send(client, xml, name, attempts, settings)
            queue._note_connection(link, error, settings)
            record._settle(lease, values)
            # DGII has spoken: durable.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            count += 1
        return count

    @api.model
    def _take(self, settings):
        """``(record, lease)``, or None."""
        taken = take_lease(
            self,
            settings.lease,
            SQL("e.state IN ('queued', 'unknown')"),
            values={
                "state": SQL("'unknown'"),
                "attempts": SQL("COALESCE(attempts, 0) + 1"),
            },
        )
        return taken and (taken[0], taken[2])

    @api.model
    def _send(self, client, xml, name, attempts, settings):
        now = utc_now()
        later = {"date_next": now + settings.sending.wait(max(attempts, 1))}
        try:
            answer = client.annul(xml, name)
        except Refused as error:
            text = str(error)
            if error.status in (401, 403, 404):
                return {**later, "state": "queued", "last_error": text[:500]}, error
            told = as_json(error.messages) or [{"code": "", "text": text}]
            # the first try came through, its answer did not
            done = attempts > 1 and _ANNULLED_ALREADY.search(text)
            return {
                "state": "accepted" if done else "rejected",
                "messages": json.dumps(told),
                "date_answered": now,
                "date_next": None,
            }, error
        except DgiiError as error:
            return {**later, "last_error": str(error)[:500]}, error
        accepted = answer.code in ("1", "0", "") or not answer.code
        return {
            "state": "accepted" if accepted else "rejected",
            "messages": json.dumps(as_json(answer.messages)),
            "date_answered": now,
            "date_next": None,
            "last_error": None,
        }, None

    def _put_off(self, lease, settings):
        self._settle(
            lease,
            {"state": "queued", "date_next": utc_now() + settings.sending.wait(1)},
        )
        # Others need not wait for it.
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _settle(self, lease, values):
        settled = settle_lease(self, lease, values)
        if not settled or self.state not in ("accepted", "rejected"):
            return
        self.env["nu_restaurant_pos.order_audit"]._record(
            "ecf_annulled",
            company=self.company_id,
            payload={
                "state": self.state,
                "ranges": self.ranges,
                "messages": self.messages or [],
            },
        )
        if self.state == "accepted":
            self.ecf_ids.write({"state": "annulled"})
            return
        self.ecf_ids.write({"annulment_id": False})
        self.company_id._nu_ecf_tell(
            self,
            self.env._("DGII refused to annul %s", self.name),
            "\n".join(entry["text"] for entry in self.messages or ()),
        )


def merged(ranges):
    """Ranges of e-NCF in order, those that touch each other as one.

    >>> merged([("E320000000003", "E320000000003"), ("E310000000002", "E310000000009"),
    ...         ("E310000000001", "E310000000001")])
    [['E310000000001', 'E310000000009'], ['E320000000003', 'E320000000003']]
    """
    found = []
    for first, last in sorted(map(tuple, ranges)):
        known = found[-1] if found else None
        if (
            known
            and known[1][:3] == first[:3]
            and int(known[1][3:]) + 1 >= int(first[3:])
        ):
            known[1] = max(known[1], last)
        else:
            found.append([first, last])
    return found


def overlap(ranges, others):
    """The numbers that are in both, in words; an empty text if there is none.

    >>> overlap([["E310000000001", "E310000000009"]],
    ...         [["E310000000008", "E310000000020"]])
    'E310000000008 ... E310000000009'
    """
    for first, last in ranges:
        for low, high in others:
            begin, end = max(first, low), min(last, high)
            if begin <= end:
                return begin if begin == end else f"{begin} ... {end}"
    return ""
