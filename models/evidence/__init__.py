# A model before what extends it.
from . import (  # isort: skip
    secret,
    audit_key,
    audit_secrets,
    audit_chain,
    nu_pos_audited,
    ir_config_parameter,
    nu_pos_audit_anchor,
    nu_pos_audit_seal,
    nu_pos_guarded,
    nu_restaurant_pos_order_audit,
    nu_pos_refusal_count,
    nu_restaurant_pos_order_audit_repeated,
    nu_restaurant_pos_order_audit_sealed,
)
