# One package a floor, in the order of loading: arrows point to earlier ones only.
from . import (  # isort: skip
    mixins,
    runtime,
    evidence,
    register,
    access,
    numbers,
    accounting,
    taxpayers,
    sale,
    ecf,
    reception,
    month,
    terminal,
    upkeep,
)
