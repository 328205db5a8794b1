# A model before what extends it.
from . import (  # isort: skip
    bill_builder,
    nu_pos_ecf,
    nu_pos_ecf_delivery,
    nu_pos_ecf_received,
    nu_pos_ecf_received_answer,
    nu_pos_ecf_received_bill,
    nu_pos_ecf_receiver,
    nu_pos_ecf_seed,
    res_config_settings,
)
