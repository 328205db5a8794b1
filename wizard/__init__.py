from . import (
    account_debit_note,
    account_move_reversal,
    base_partner_merge,
    nu_pos_audit_export,
    nu_pos_ecf_enter,
    nu_pos_ecf_reject,
    nu_pos_ecf_setup,
    nu_pos_ncf_void,
    nu_pos_ncf_void_move,
    nu_pos_number_sales,
    nu_pos_staff_access,
    validate_account_move,
)
