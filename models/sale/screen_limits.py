"""Discounts, prices and taxes of sales made on Odoo's own screen, against the rights of
who makes them."""

from odoo.fields import Command

from ..runtime.problem import ApiProblem
from .nu_pos_sale_limits import TOLERANCE, WITHHELD

#: What makes a line's price and taxes follow from something else than its product.
DERIVED = ("combo_parent_id", "combo_item_id", "combo_line_ids", "is_reward_line")


class ScreenLimits:
    """The lines of a sale of Odoo's screen, of its forms or of its RPC, before the sale
    takes its number.

    The screen asks nobody for leave: what somebody may not do is refused there, and
    done by who may. A browser tells which member of staff is at the till and cannot
    prove it: both need the right, whoever is named and the user whose session it is.
    What somebody with the right has put on a check that was saved stays allowed on it.

    :param order: ``pos.order`` as it is stored; an empty set for a new one
    :param values: what ``sync_from_ui`` is about to write on it
    """

    def __init__(self, config, order, values, user):
        self.env = config.env
        self.config, self.order = config.sudo(), order.sudo()
        self.values = values
        self.user = user
        named = values.get("employee_id") or order.employee_id.id
        self.employee = self.env["hr.employee"].sudo().browse(named or ()).exists()
        self.currency = self.config.currency_id
        self._choices = {}

    def check(self):
        """:raise ApiProblem: ``VALIDATION`` for taxes that are none of a sale,
        ``FORBIDDEN`` that names the permission
        """
        self._refuse_withheld()
        allowed, cap = self._allowed(), self._cap()
        if not allowed["discount"] or cap is not None:
            discount = self._greatest_discount()
            most = cap if allowed["discount"] else 0.0
            if discount > max(self.order.nu_approved_discount, most) + TOLERANCE:
                raise self._refusal(
                    "discount",
                    self.env._(
                        "%(person)s may not give a discount of %(percent).2f %%. Who "
                        "may takes the payment.",
                        person=self._name(),
                        percent=discount,
                    ),
                )
        if not (allowed["price_edit"] or self.order.nu_approved_prices):
            line = self._line_of_other_price()
            if line:
                raise self._refusal(
                    "price_edit",
                    self.env._(
                        "%(person)s may not sell %(product)s at another price or with "
                        "other taxes than its own. Who may takes the payment.",
                        person=self._name(),
                        product=line["product"].display_name,
                    ),
                )

    def approved(self):
        """What to note on a check that somebody saves who may change it: who takes the
        payment later need not have the right.

        :return: ``{field: value}``
        """
        if not any(line["discount"] or line["is_manual"] for line in self.lines):
            return {}
        allowed, noted = self._allowed(), {}
        discount, cap = self._greatest_discount(), self._cap()
        if allowed["discount"] and discount > TOLERANCE:
            noted["nu_approved_discount"] = max(
                discount if cap is None else min(discount, cap),
                self.order.nu_approved_discount,
            )
        if allowed["price_edit"] and self._line_of_other_price():
            noted["nu_approved_prices"] = True
        return noted

    # -- Rights ----------------------------------------------------------------------

    def _allowed(self):
        """``{permission: bool}`` of the user, and of the member of staff named."""
        Permission = self.env["nu.pos.permission"].with_user(self.user)
        allowed = Permission.resolve(self.config)
        if self.employee:
            role = self.employee._nu_role(self.config)
            theirs = Permission._resolve_for(
                self.employee.user_id, self.employee, role, self.config
            )
            allowed = {key: allowed[key] and theirs[key] for key in allowed}
        return allowed

    def _cap(self):
        Permission = self.env["nu.pos.permission"]
        caps = [Permission._cap_of(self.user, self.env["hr.employee"])]
        if self.employee:
            caps.append(Permission._cap_of(self.employee.user_id, self.employee))
        return min((cap for cap in caps if cap is not None), default=None)

    def _name(self):
        return self.employee.name or self.user.name

    def _refusal(self, permission, message):
        return ApiProblem("FORBIDDEN", message, permission=permission)

    # -- Lines -----------------------------------------------------------------------

    @property
    def lines(self):
        """The lines that the order will have: ``{"product", "qty", "price", "discount",
        "taxes", "extra", "derived"}``."""
        if not hasattr(self, "_lines"):
            rows = _merged(self.order, self.values.get("lines") or ())
            self._lines = [self._line(row) for row in rows]
        return self._lines

    def _line(self, row):
        env = self.config.env
        return {
            "product": env["product.product"].browse(row.get("product_id") or ()),
            "qty": _number(row, "qty", 1.0),
            "price": _number(row, "price_unit"),
            "discount": _number(row, "discount"),
            "extra": _number(row, "price_extra"),
            "taxes": env["account.tax"].browse(_ids(row.get("tax_ids"))),
            "derived": any(row.get(name) for name in DERIVED),
            "is_manual": row.get("price_type") == "manual",
        }

    def _refuse_withheld(self):
        for line in self.lines:
            if (
                line["taxes"]
                ._nu_flat()
                .filtered(lambda tax: tax.amount < 0 or tax.nu_kind in WITHHELD)
            ):
                message = self.env._(
                    "%s bears a tax that is withheld or negative: no tax of a sale.",
                    line["product"].display_name,
                )
                raise ApiProblem(
                    "VALIDATION",
                    message,
                    errors=[{"path": "lines", "message": message}],
                )

    def _greatest_discount(self):
        """In percent of what the products cost. The discount of a whole order is a line
        of its own, with a product for it (pos_discount)."""
        special = self._discount_product()
        greatest, taken, sold = 0.0, 0.0, 0.0
        for line in self.lines:
            amount = line["price"] * line["qty"]
            if special and line["product"] == special:
                taken -= amount
                continue
            sold += max(amount, 0.0)
            percent = line["discount"]
            lists = self._prices(line) if self._has_price(line) else ()
            if lists and line["price"] < min(lists) - self.currency.rounding:
                paid = line["price"] * (1 - percent / 100)
                percent = (1 - paid / min(lists)) * 100
            greatest = max(greatest, percent)
        if taken > 0 and sold > 0:
            greatest = max(greatest, 100 * taken / sold)
        return greatest

    def _discount_product(self):
        if "discount_product_id" in self.config._fields:
            return self.config.discount_product_id
        return self.env["product.product"]

    def _has_price(self, line):
        """Combos, rewards, weighed goods, open prices and the register's own products
        for tips and discounts have no price that could be changed."""
        product = line["product"]
        return bool(product) and not (
            line["derived"]
            or line["qty"] <= 0
            or product.type == "combo"
            or product.to_weight
            or product in self.config._nu_products_without_price()
            or self.currency.is_zero(product.lst_price)
        )

    def _prices(self, line):
        """Prices the line may have: of the register's pricelists, else the list price,
        with what its attributes add; also as a fiscal position changes prices that
        include taxes."""
        lists = self.config.pricelist_id | self.config.available_pricelist_ids
        if not self.config.use_pricelist:
            lists = self.config.pricelist_id
        product, qty = line["product"], line["qty"]
        prices = {
            one._get_product_price(product, qty, currency=self.currency)
            for one in lists
        }
        prices.add(product.lst_price)
        prices |= {price + line["extra"] for price in prices}
        Tax, own = self.env["account.tax"], self._own_taxes(product)
        if not own._nu_flat().filtered("price_include"):
            return prices
        return prices | {
            Tax._adapt_price_unit_to_another_taxes(price, product, own, other)
            for price in prices
            for other in map(Tax.browse, self._tax_choices(product))
        }

    def _own_taxes(self, product):
        return product.taxes_id._filter_taxes_by_company(self.config.company_id)

    def _tax_choices(self, product):
        """Sets of taxes the line may bear: of the product, as they are or as one of
        the register's fiscal positions maps them."""
        if product in self._choices:
            return self._choices[product]
        config = self.config
        presets = config.default_preset_id | config.available_preset_ids
        partner = self.env["res.partner"].browse(
            self.values.get("partner_id") or self.order.partner_id.id or ()
        )
        positions = (
            config.default_fiscal_position_id
            | config.fiscal_position_ids
            | presets.fiscal_position_id
            | partner.sudo()
            .with_company(config.company_id)
            .property_account_position_id
        )
        own = self._own_taxes(product)
        mapped = [own, *(position.map_tax(own) for position in positions)]
        self._choices[product] = {
            frozenset(taxes.ids)
            for one in mapped
            for taxes in (one, one._nu_without_tip())
        }
        return self._choices[product]

    def _line_of_other_price(self):
        """The first line whose taxes are none of its product, or whose price is other
        than the product's where the register restricts prices; None for none."""
        for line in self.lines:
            special = self.config._nu_products_without_price()
            if line["derived"] or line["product"] in special or line["qty"] <= 0:
                continue
            if frozenset(line["taxes"].ids) not in self._tax_choices(line["product"]):
                return line
            if self.config.restrict_price_control and self._has_price(line):
                prices = self._prices(line)
                if all(
                    self.currency.compare_amounts(line["price"], price)
                    for price in prices
                ):
                    return line
        return None


def _merged(order, commands):
    """Values of the lines the order has once the commands are carried out."""
    names = (
        *("product_id", "qty", "price_unit", "discount", "price_extra", "tax_ids"),
        "price_type",
        *DERIVED,
    )
    names = [name for name in names if name in order.lines._fields]
    rows = {
        line.id: {
            name: line[name].ids
            if name in ("tax_ids", "combo_line_ids")
            else (line[name].id if line._fields[name].relational else line[name])
            for name in names
        }
        for line in order.lines
    }
    new = []
    for code, *rest in commands:
        line_id, *rest = rest or (0,)
        if code == Command.CREATE:
            new.append(rest[0])
        elif code == Command.UPDATE:
            rows[line_id] = {**rows.get(line_id, {}), **rest[0]}
        elif code in (Command.DELETE, Command.UNLINK):
            rows.pop(line_id, None)
        elif code == Command.CLEAR:
            rows = {}
    return [*rows.values(), *new]


def _number(values, name, default=0.0):
    value = values.get(name, default)
    return float(value) if isinstance(value, (int, float)) else 0.0


def _ids(value):
    """Ids of commands of a browser, or of plain ids."""
    ids = []
    for item in value or ():
        if isinstance(item, int):
            ids.append(item)
        elif item[0] in (Command.SET, Command.LINK):
            ids += item[2] if item[0] == Command.SET else [item[1]]
    return ids
