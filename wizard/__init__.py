from . import (
    nu_pos_audit_export,
    nu_pos_ecf_reject,
    nu_pos_ecf_setup,
    nu_pos_ncf_void,
    pos_make_payment,
)
