"""What a terminal loads when it starts."""

from odoo import api, models

from ...schemas.bootstrap import Bootstrap
from ...schemas.payment_method import PaymentMethod
from ..access.nu_pos_permission import told
from ..runtime.change_horizon import change_horizon
from ..runtime.wire import reads

DEFAULT_PARTNERS = 1000


def _series_b(company):
    """What a terminal says when series B has ended; None while it is good."""
    ended = company._nu_series_b_ended()
    return ended and {"until": ended["until"].isoformat(), "norm": ended["norm"]}


class NuPosBootstrap(models.AbstractModel):
    """Everything a terminal works with while it is offline, in one answer.

    Each section is a method ``_section_<name>`` that returns keys of the answer; those
    of the catalogue are in ``nu_pos_bootstrap_catalogue``.

    Extension point: another addon adds a section by overriding :meth:`_sections`, or
    keys by ``pos.config._get_bootstrap_extra``.
    """

    _name = "nu.pos.bootstrap"
    _description = "Start of a POS terminal"

    @api.private
    @api.model
    @reads
    def answer(self, wire: Bootstrap):
        """``POST /bootstrap``. See ``schemas.bootstrap.BootstrapAnswer``."""
        moment = change_horizon(self.env)
        identity = self.env["nu.pos.identity"].current()
        config = self.env["pos.config"]._nu_pick(wire.config_id or identity.config.id)
        config = config.with_company(config.company_id).with_context(
            lang=identity.user.lang, active_test=True
        )
        found = {
            "status": "ok",
            "generated_at": f"{moment.isoformat()}Z",
            "user": self._user_out(identity, config),
            "company": self._company_out(config.company_id),
            "config": {},
            **config._nu_terminal_settings(),
        }
        sections = self._sections()
        for name in wire.sections or sections:
            found |= sections[name](config, wire.since)
        found["config"] = self._register_out(config, found.pop("floor_plan", None))
        return found | config._get_bootstrap_extra(identity.user)

    @api.model
    def _sections(self):
        """``{section of the request: method(config, since)}``"""
        return {
            "pos_core_data": self._section_pos_core_data,
            "floor_plan": self._section_floor_plan,
            "taxes": self._section_taxes,
            "catalogue": self._section_catalogue,
            "partners": self._section_partners,
            "payment_methods": self._section_payment_methods,
            "fiscal_types": self._section_fiscal_types,
            "discount_presets": self._section_discount_presets,
            "printers": self._section_printers,
        }

    # -- Who and where -------------------------------------------------------------

    @api.model
    def _user_out(self, identity, config):
        return {
            **identity.wire(config),
            **self._rights_out(
                self.env["nu.pos.permission"].resolve(config),
                self.env["nu.pos.permission"].discount_cap(),
            ),
        }

    @api.model
    def _rights_out(self, allowed, cap):
        """Permissions and cap as clients know them: a cap of 0 means no limit to them,
        so that who is capped at nothing may give none."""
        return {
            "permissions": told(allowed, cap),
            "max_discount": cap or 0.0,
            "max_discount_pct": cap,
        }

    @api.model
    def _company_out(self, company):
        partner = company.partner_id
        return {
            "id": company.id,
            "name": company.name,
            "rnc": company.vat or None,
            "phone": company.phone or None,
            "email": company.email or None,
            "tax_calculation_rounding_method": company.tax_calculation_rounding_method,
            "address": partner._display_address(without_company=True).strip() or None,
            "ecf": company._nu_ecf_trouble(),
            "series_b": _series_b(company),
        }

    @api.model
    def _register_out(self, config, floor_plan):
        currency = config.currency_id
        register = {
            "id": config.id,
            "uuid": config.uuid,
            "name": config.name,
            "company_id": config.company_id.id,
            "session_id": config._nu_open_session().id or None,
            "currency": {
                "id": currency.id,
                "name": currency.name,
                "symbol": currency.symbol,
                "rounding": currency.rounding,
            },
            "default_partner_id": config.nu_default_partner_id.id or None,
            "default_fiscal_type": config.nu_default_document_type_id.doc_code_prefix
            or None,
            "invoice_policy": config.nu_invoice_policy,
            "restrict_price_control": config._nu_restricts_prices(),
            "receipt_header": config.receipt_header or None,
            "receipt_footer": config.receipt_footer or None,
            "presets": self._presets(config),
            **config._nu_terminal_settings(),
        }
        if floor_plan is not None:
            register["floor_plan"] = floor_plan
        return register

    @api.model
    def _presets(self, config):
        return [
            {
                "id": preset.id,
                "name": preset.name,
                "order_type": preset.nu_order_type or None,
                "fiscal_position_id": preset.fiscal_position_id.id or None,
                "is_default": preset == config.default_preset_id,
            }
            for preset in config.default_preset_id | config.available_preset_ids
        ]

    # -- Sections ------------------------------------------------------------------

    @api.model
    def _section_pos_core_data(self, config, since):
        """Who may log in on the register, with what each may do: terminals switch
        users without asking."""
        Permission = self.env["nu.pos.permission"]
        users = []
        for employee in config.env["hr.employee"]._nu_staff_of(config):
            tile = employee._nu_tile(config)
            users.append(
                {
                    "id": employee.id,
                    "user_id": employee.user_id.id or None,
                    "name": tile["name"],
                    "role": tile["role"],
                    "has_pin": tile["has_pin"],
                    "has_badge": tile["has_badge"],
                    **self._rights_out(
                        Permission._resolve_for(
                            employee.user_id, employee, tile["role"], config
                        ),
                        Permission._cap_of(employee.user_id, employee),
                    ),
                }
            )
        return {"pos_core_data": {"pos_users": users}}

    @api.model
    def _section_floor_plan(self, config, since):
        """Floors with their tables; a table with an open check is occupied."""
        tables = config.env["restaurant.table"].search(
            [("floor_id", "in", config.floor_ids.ids)], order="floor_id, table_number"
        )
        checks = {}
        # the index on open checks of tables keeps this free of history
        for order in config.env["pos.order"].search(
            [("state", "=", "draft"), ("table_id", "in", tables.ids)], order="id"
        ):
            checks.setdefault(order.table_id.id, []).append(
                {
                    "order_id": order.id,
                    "pos_reference": order.pos_reference or None,
                    "guest_count": order.customer_count,
                    "amount_total": order.amount_total,
                    "version": order.nu_version,
                }
            )
        by_floor = tables.grouped("floor_id")
        return {
            "floor_plan": [
                {
                    "id": floor.id,
                    "name": floor.name,
                    "background_color": floor.background_color or None,
                    "tables": [
                        self._table_out(table, checks.get(table.id, []))
                        for table in by_floor.get(floor, ())
                    ],
                }
                for floor in config.floor_ids.filtered("active").sorted()
            ]
        }

    @api.model
    def _table_out(self, table, checks):
        return {
            "id": table.id,
            "table_number": table.table_number,
            "seats": table.seats,
            "shape": table.shape,
            "position_h": table.position_h,
            "position_v": table.position_v,
            "width": table.width,
            "height": table.height,
            "color": table.color or None,
            "parent_id": table.parent_id.id or None,
            "state": "occupied" if checks else "available",
            "orders": checks,
        }

    @api.model
    def _section_payment_methods(self, config, since):
        methods = config.payment_method_ids
        return {"payment_methods": [PaymentMethod.from_record(one) for one in methods]}

    @api.model
    def _section_fiscal_types(self, config, since):
        """What a sale can be numbered with, and what is left of each type."""
        stock = config.env["nu.pos.ncf.range"]._stock(config)
        types = config.env["l10n_latam.document.type"].search(
            [
                ("country_id.code", "=", "DO"),
                ("nu_direction", "=", "sale"),
                ("nu_needs_reference", "=", False),
            ],
            order="doc_code_prefix",
        )
        return {
            "fiscal_types": [
                {
                    "code": kind.doc_code_prefix,
                    "name": kind.name,
                    "electronic": kind.nu_is_electronic,
                    "buyer": kind.nu_buyer_rule,
                    "exempt": kind.nu_is_exempt,
                    **stock.get(kind.id, {"remaining": 0, "expiration_date": None}),
                }
                for kind in types
            ]
        }

    @api.model
    def _section_discount_presets(self, config, since):
        presets = config.env["nu.pos.discount.preset"].search(
            [
                ("company_id", "=", config.company_id.id),
                ("config_ids", "in", [False, config.id]),
            ]
        )
        return {
            "discount_presets": [
                {
                    "id": preset.id,
                    "name": preset.name,
                    "type": preset.type,
                    "applies_to": preset.applies_to,
                    "value": preset.value,
                    "editable": preset.editable,
                }
                for preset in presets
            ]
        }

    @api.model
    def _section_printers(self, config, since):
        """Kitchen printers with the categories each prints, and the notes that staff
        pick from."""
        Note = config.env["pos.note"]
        notes = Note.search(Note._load_pos_data_domain({}, config))
        return {
            "printers": [
                {
                    "id": printer.id,
                    "name": printer.name,
                    "type": printer.printer_type,
                    "address": printer.epson_printer_ip
                    if printer.printer_type == "epson_epos"
                    else printer.proxy_ip or None,
                    "category_ids": printer.product_categories_ids.ids,
                }
                for printer in config.printer_ids
            ],
            "notes": [
                {"id": note.id, "name": note.name, "color": note.color}
                for note in notes
            ],
        }
