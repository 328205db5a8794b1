"""Field types that several models share."""

from odoo import fields


class SequenceNumber(fields.Integer):
    """The sequence part of a number: an e-NCF has ten digits, more than an int4."""

    _column_type = ("int8", "int8")
