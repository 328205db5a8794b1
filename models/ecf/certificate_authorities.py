"""Whose certificates are believed on what other taxpayers sign."""

from functools import lru_cache

from cryptography import x509

from odoo import fields
from odoo.exceptions import UserError

from ...fiscal.ecf.authorities import AuthorityError, read_authorities, to_pem
from ...fiscal.ecf.certificate import describe

PARAMETER = "nu_pos.ecf_authorities"


def trusted(env):
    """Certificates of ``nu_pos.ecf_authorities``; none: nobody is vouched for.

    ValueError where there is a text and no certificate in it: better nobody is
    believed than everybody.
    """
    return _read(env["ir.config_parameter"].sudo().get_param(PARAMETER) or "")


@lru_cache(maxsize=4)
def _read(pem):
    if not pem.strip():
        return ()
    return tuple(x509.load_pem_x509_certificates(pem.encode()))


def names(env):
    """Those trusted, a line each."""
    try:
        found = trusted(env)
    except ValueError:
        return env._("What is stored is no certificate: forget all.")
    lines = []
    for info in map(describe, found):
        until = fields.Date.to_string(info.not_after)
        lines.append(f"{info.name or info.subject} ({until})")
    return "\n".join(lines)


def add(env, data):
    """Trust the authorities of a file too; for administrators.

    :param data: bytes of the file (PEM, DER or PKCS#7)
    :raise UserError: it holds none, or who asks is no administrator
    """
    if not env.is_admin():
        raise UserError(env._("Only administrators change the settings."))
    try:
        found = read_authorities(data)
    except AuthorityError as error:
        words = {
            "unreadable": env._("The file holds no certificates (PEM, DER or PKCS#7)."),
            "no_authority": env._(
                "%s is not the certificate of an authority.", error.subject
            ),
        }
        raise UserError(words[error.reason]) from error
    try:
        pem = to_pem([*trusted(env), *found])
    except ValueError as error:
        text = env._("What is stored is no certificate: forget all.")
        raise UserError(text) from error
    env["ir.config_parameter"].sudo().set_param(PARAMETER, pem)


def is_of_another(info, rnc):
    """Whether a certificate names another company than the one it signs for.

    That of a person may sign for any company: who is delegated is known to DGII only
    (Oficina Virtual). Of two companies none signs for the other.
    """
    return info.holder_kind == "rnc" and info.holder_id != rnc


def belongs_to(info, rnc):
    """Whether a certificate names the taxpayer itself: by its RNC, by the cédula of a
    person who is the taxpayer, or as the organization of the holder."""
    return rnc in (info.holder_id, info.organization_id)


def names_a_taxpayer(info):
    return info.holder_kind in ("rnc", "cedula")
