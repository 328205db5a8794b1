# A model before what extends it.
from . import (  # isort: skip
    nu_pos_bootstrap,
    nu_pos_bootstrap_catalogue,
)
