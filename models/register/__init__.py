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
    res_company,
    res_config_settings,
    res_partner,
)
