"""DGII's services for electronic documents, on loopback, to test against.

>>> dgii = start()                                           # doctest: +SKIP
>>> dgii.ecf_url, dgii.fc_url                                # doctest: +SKIP
('http://127.0.0.1:40123/ecf/testecf', 'http://127.0.0.1:40123/fc/testecf')
>>> dgii.set(lose_answers=1, services=["recepcion"])         # doctest: +SKIP
>>> dgii.attempts("E310000000001"), dgii.stop()              # doctest: +SKIP

It judges what it gets: token, file name, signature, schema, sequence, totals,
references, doubles. It can be told to be slow, to fail, to lose answers, to reject.
``Tester`` does DGII's part of a certification: it sends documents and approvals.
From the command line, in the folder ``tools``::

    python -m _lib.dgii_simulator --port 8123

``POST /_control`` with a JSON object of the names of ``Faults`` and ``Settings`` sets
them; ``{"reset": true}`` forgets everything; ``GET /_control`` tells what came in.
"""

from .faults import Faults
from .judge import Settings
from .server import Simulator, start
from .tester import Tester
