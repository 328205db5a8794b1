"""Whose certificates are believed on what other taxpayers sign."""

from functools import lru_cache

from cryptography import x509

PARAMETER = "nu_pos.ecf_authorities"


def trusted(env):
    """Certificates of ``nu_pos.ecf_authorities``; none: no issuer is asked, and what
    comes in is marked as not verified.

    ValueError where there is a text and no certificate in it: better nobody is
    believed than everybody.
    """
    return _read(env["ir.config_parameter"].sudo().get_param(PARAMETER) or "")


@lru_cache(maxsize=4)
def _read(pem):
    if not pem.strip():
        return ()
    return tuple(x509.load_pem_x509_certificates(pem.encode()))


def is_of_another(info, rnc):
    """Whether a certificate names another company than the one it signs for.

    That of a person may sign for any company: who is delegated is known to DGII only
    (Oficina Virtual). Of two companies none signs for the other.
    """
    return info.holder_kind == "rnc" and info.holder_id != rnc
