# A model before what extends it.
from . import (  # isort: skip
    fields,
    nu_pos_remembered,
)
