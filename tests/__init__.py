"""All tests: Odoo's loader runs the modules ``test_*`` that are names of this one."""

from . import hypothesis_profile  # isort: skip, before settings are made

from . import (
    test_collection,
    test_docs,
    test_house,
    test_i18n,
    test_lint,
    test_matrix_of_doors,
    test_security,
    test_security_companies,
    test_tools,
    test_tours,
)
from .access import *
from .accounting import *
from .api import *
from .ecf import *
from .evidence import *
from .fiscal import *
from .month import *
from .numbers import *
from .reception import *
from .sale import *
from .taxpayers import *
from .terminal import *
from .upkeep import *
