"""The file of an import: fetched, and read from the file store."""

import tempfile
from contextlib import contextmanager
from io import BytesIO

from odoo import models

from ...fiscal.taxpayers import BrokenFile
from .rnc_download import download


class NuPosRncImport(models.Model):
    _inherit = "nu.pos.rnc.import"

    def _download(self):
        address = self.env["ir.config_parameter"].get_param("nu_pos.rnc_url")
        with tempfile.TemporaryFile() as target:
            # no lock is held while the network is slow
            self.env.cr.commit()  # pylint: disable=invalid-commit
            name = download(address, target)
            target.seek(0)
            self.env["ir.attachment"].create(
                {
                    "name": "file",
                    "res_model": self._name,
                    "res_field": "file",
                    "res_id": self.id,
                    "type": "binary",
                    "raw": target.read(),
                }
            )
        self.invalidate_recordset(["file"])
        self.write({"file_name": name})
        # what was fetched is not fetched again after an interruption
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _attachment(self):
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "file"),
                ("res_id", "=", self.id),
            ],
            limit=1,
        )

    @contextmanager
    def _open(self):
        """The file as a stream: from the disk, not by way of memory."""
        attachment = self._attachment()
        if not attachment.store_fname:
            yield BytesIO(attachment.raw or b"")
            return
        try:
            stream = open(attachment._full_path(attachment.store_fname), "rb")
        except FileNotFoundError as error:
            message = "The file is not in the file store any more."
            raise BrokenFile("missing", message) from error
        with stream:
            yield stream
