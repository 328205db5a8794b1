"""The electronic fiscal receipt (e-CF) as plain Python: no Odoo, no network, no keys.

A sale is described once (``description``) and all documents are written from it:

* ``description``: the sale as frozen dataclasses, named as the e-CF's elements
* ``totals``: what the lines amount to (Informe Técnico sections 12 to 15)
* ``build``: from the description to the bytes to sign, and back
* ``messages``: ANECF, ARECF and ACECF, the small documents around an e-CF
* ``table``: order, presence, repetition and form of every element of every type
* ``validate``: a document against the table and the rules of the sale (``rules``)
* ``schema``: second opinion, by a schema file of DGII's that somebody loads
* ``certification``: DGII's set of test cases, row by row, to documents

Nothing is imported here, so that a caller pays only for what it uses.
"""
