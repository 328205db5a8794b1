"""Electronic sales by the hub, with the document that was signed for each."""

from ..fiscal.ecf import build
from .common import FiscalCase


class EcfCase(FiscalCase):
    def ecf_of(self, answer):
        return self.env["nu.pos.ecf"].search(
            [("name", "=", answer["fiscal"]["reference"])]
        )

    def sell(self, *lines, **values):
        values.setdefault("fiscal_type", "E32")
        answer = self.finalize(self.snapshot(*lines, **values))
        ecf = self.ecf_of(answer)
        return answer, ecf, build.parse_ecf(ecf._xml_bytes())
