"""Lists of taxpayers as DGII publishes them, small, for the tests."""

import base64
import io
import zipfile
from unittest.mock import patch

from ..models.taxpayers import nu_pos_rnc_import
from .common import FiscalCase

CONUCO, PENA, OLD = "131246796", "101850043", "00113918205"


def line(rnc, name, trade="", state="ACTIVO", regime="NORMAL", start="01/02/2015"):
    return f"{rnc}|{name}|{trade}|RESTAURANTES| | | | |{start}|{state}|{regime}\r\n"


def listing(count, first=400_000_000):
    """Lines of companies with numbers one after the other."""
    return "".join(
        line(first + number, f"COMERCIAL {number:06} SRL") for number in range(count)
    )


KNOWN = (
    line(CONUCO, "RESTAURANTE  EL CONUCO SRL", "EL CONUCO")
    + line(PENA, "PEÑA & NÚÑEZ, S.R.L.", state="SUSPENDIDO", regime="RST")
    + line(OLD, "JUAN PÉREZ", start="")
)


def zipped(data, name="TMP/DGII_RNC.TXT"):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LEEME.TXT", "x")
        archive.writestr(name, data)
    return target.getvalue()


class RncCase(FiscalCase):
    def setUp(self):
        super().setUp()
        self.Rnc = self.env["nu.pos.rnc"]
        self.Import = self.env["nu.pos.rnc.import"]

    def prepare(self, data, user=None, name="DGII_RNC.zip"):
        """A queued import of a text (in Windows-1252) or of bytes."""
        if isinstance(data, str):
            data = data.encode("cp1252")
        imports = self.Import.with_user(user or self.ref("user_manager"))
        record = imports.create({"file": base64.b64encode(data), "file_name": name})
        record.action_start()
        self.env.flush_all()
        return record.sudo()

    def load(self, data, **values):
        """The import, after the job has run."""
        record = self.prepare(data, **values)
        self.assertEqual(record.state, "queued")
        self.work()
        return record

    def work(self):
        # the job looks on a cursor of its own, after the request has ended
        self.env.flush_all()
        self.Import._cron_import()
        self.env.invalidate_all()

    def in_chunks_of(self, lines):
        return patch.object(nu_pos_rnc_import, "CHUNK", lines)

    def names(self):
        return {record.rnc: record.name for record in self.Rnc.search([])}
