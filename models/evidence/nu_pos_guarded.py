from contextlib import contextmanager

from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from odoo import api, models
from odoo.exceptions import AccessError, UserError

#: In the context of what Odoo's own screen saves; an object, nobody can send it.
SCREEN = object()
#: In the context of the few flows that still write on an issued document.
UNSEALED = object()
#: The same for the triggers of the database, see ``sale/nu_pos_seal.sql``.
MARKER = "nu_pos.unsealed"
#: Arguments of our fields on a sale. They are read together, and only where one of them
#: is asked for: core reads orders by the thousand, when it closes a session.
OWN = {"readonly": True, "copy": False, "prefetch": "nu_restaurant_pos"}


@contextmanager
def unsealed(env):
    """Let what is written inside the block pass the triggers of the seal. It is in the
    database when the block ends; from there on they refuse again."""
    env.flush_all()
    cr = env.cr
    cr.execute("SELECT set_config(%s, 'on', true)", [MARKER])
    try:
        yield
        env.flush_all()
    finally:
        # an aborted transaction takes no statement, and takes the setting back itself
        if cr.connection.info.transaction_status != TRANSACTION_STATUS_INERROR:
            cr.execute("SELECT set_config(%s, '', true)", [MARKER])


class NuPosGuarded(models.AbstractModel):
    """Mixed into records of a sale: our fields on them are written by the sale, by
    nobody else, and what an issued document says is written by nobody at all.

    Whoever may edit an order over RPC may still not choose its number or what the
    audit will say. The seal holds for superuser code too (server actions, jobs, other
    addons); values that change nothing pass, since Odoo's browser sends whole records.
    What a document got wrong is corrected by a note.
    """

    _name = "nu.pos.guarded"
    _description = "Fields only the sale writes"

    #: What stays as it is once the document is issued.
    _nu_sealed_names = frozenset()
    #: The field that leads to the document, on its lines and payments.
    _nu_document_name = None

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._nu_check_writable(vals)
        self._nu_check_additions(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._nu_check_sealed(vals)
        self._nu_check_writable(vals)
        return super().write(vals)

    def unlink(self):
        # before the hooks of core, whose refusals leave no row in the audit
        self._nu_check_unlink()
        return super().unlink()

    def _nu_check_unlink(self):
        for record in self._nu_sealed() if not self._nu_is_unsealed() else ():
            raise self._nu_sealed_refusal(record._nu_document(), "unlink")

    @api.model
    def _nu_check_writable(self, vals):
        if self.env.su or self.env.context.get("nu_screen") is SCREEN:
            return
        forbidden = [name for name in vals if name.startswith("nu_")]
        if forbidden:
            raise AccessError(
                self.env._(
                    "%s is written by the sale only.", ", ".join(sorted(forbidden))
                )
            )

    # -- The seal --------------------------------------------------------------------

    def _nu_sealed(self):
        """Those of ``self`` whose document is issued."""
        name = self._nu_document_name
        if not name:
            return self.browse()
        documents = self.sudo()[name]._nu_sealed()
        return self.filtered(lambda record: record.sudo()[name] in documents)

    def _nu_document(self):
        """The document of a record, itself or what it is a part of."""
        self.ensure_one()
        return self.sudo()[self._nu_document_name] if self._nu_document_name else self

    def _nu_is_unsealed(self):
        return self.env.context.get("nu_unsealed") is UNSEALED

    def _nu_check_sealed(self, vals):
        names = self._nu_sealed_names.intersection(vals)
        if not names or self._nu_is_unsealed():
            return
        if self._nu_document_name in names:
            # a line that moves seals by where it goes, too
            self._nu_check_additions([vals])
        for record in self.sudo()._nu_sealed():
            changed = [name for name in names if record._nu_changes(name, vals[name])]
            if changed:
                raise self._nu_sealed_refusal(record._nu_document(), "write", changed)

    def _nu_check_additions(self, vals_list):
        name = self._nu_document_name
        if not name or self._nu_is_unsealed():
            return
        default = self.env.context.get(f"default_{name}")
        ids = {vals.get(name, default) for vals in vals_list} - {None, False}
        documents = self.env[self._fields[name].comodel_name].sudo().browse(ids)
        present = self.sudo()[name] if self else documents.browse()
        for document in (documents - present)._nu_sealed():
            raise self._nu_sealed_refusal(document, "create")

    def _nu_changes(self, name, value):
        """Would writing ``value`` change what the record holds?"""
        field = self._fields[name]
        new = field.convert_to_cache(value, self)
        held = field.convert_to_cache(self[name], self)
        if field.relational and field.type != "many2one":
            return set(new) != set(held)
        return new != held

    @api.model
    def _nu_sealed_refusal(self, document, operation, names=()):
        """The error of a refused change, which leaves a row in the audit."""
        fields_ = [self._fields[name].get_description(self.env) for name in names]
        labels = ", ".join(sorted(description["string"] for description in fields_))
        self.env["nu_restaurant_pos.order_audit"]._record_sealed(
            document, f"{self._name}.{operation}", sorted(names)
        )
        number = document.nu_ncf
        if operation == "write":
            return UserError(
                self.env._(
                    "%(ncf)s is issued: %(field)s is not changed any more. What it "
                    "says is corrected by a credit note.",
                    ncf=number,
                    field=labels,
                )
            )
        if operation == "create":
            return UserError(
                self.env._(
                    "%(ncf)s is issued: nothing is added to it any more. Sell what is "
                    "missing on a receipt of its own.",
                    ncf=number,
                )
            )
        return UserError(
            self.env._(
                "%(ncf)s is issued: nothing of it is deleted any more. What it says "
                "is corrected by a credit note.",
                ncf=number,
            )
        )

    @contextmanager
    def _nu_unsealed(self):
        """``self`` as our own flows write it although it is issued, see
        :func:`unsealed`."""
        with unsealed(self.env):
            yield self.with_context(nu_unsealed=UNSEALED)
