# A model before what extends it.
from . import (  # isort: skip
    evidence_export,
    guarantees,
    ir_module_module,
    res_config_settings,
)
