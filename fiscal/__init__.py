"""Dominican fiscal rules as plain Python: no Odoo, no database, no network.

Each module holds one idea and can be read, tested and used alone:

* ``ncf``: grammar of the fiscal numbers and the table of document types
* ``identity``: RNC and cedula, and when a document needs its buyer
* ``calendar``: the day in Santo Domingo, and expiry
* ``money``: amounts from the wire, rounding, tolerance, discounts
* ``canonical``: one text, and one fingerprint, for equal data
* ``version``: client versions
* ``words``: amounts in Spanish words
* ``ecf``: the electronic receipt, from the sale to the bytes to sign
* ``annulment``: DGII's reasons for annulling a number
* ``reports``: formats 606 to 609 and the figures of form IT-1
* ``taxpayers``: DGII's public list of taxpayers, read line by line

Nothing is imported here, so that a caller pays only for what it uses.
"""
