# A model before what extends it.
from . import (  # isort: skip
    pos_payment_method,
    account_journal,
    nu_pos_config,
    nu_pos_discount_preset,
    pos_config,
    pos_preset,
    pos_session,
    product_template,
    account_move_line,
    pos_order_line,
    pos_config_not_invoiced,
    res_company,
    res_config_settings,
    res_partner,
)
