# A model before what extends it.
from . import (  # isort: skip
    nu_pos_login_attempt,
    res_users,
    hr_employee,
    nu_pos_approval,
    nu_pos_device,
    nu_pos_identity,
    nu_pos_permission,
    nu_pos_permission_config,
    nu_pos_permission_user_override,
    nu_pos_rate_limit,
    nu_pos_refresh_token,
    nu_pos_token,
    nu_restaurant_pos_order_audit,
    pos_config,
    res_device_log,
)
