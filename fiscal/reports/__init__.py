r"""DGII's monthly formats 606, 607, 608 and 609, and the figures of form IT-1.

Norma General 07-2018 with the changes of 10-2018 and 05-2019. Each format is one
table of columns (``format606`` to ``format609``) which the writer, the reader and the
checks follow:

* ``columns``: what a column is, and its text in the file
* ``files``: writing and reading a file, to the byte
* ``checks``: what is wrong with rows, alone and together, before they are sent
* ``consumers``: which consumer receipts the 607 lists, and the summary of all of them
* ``it1``: Anexo A and IT-1 from the totals of the month

>>> from datetime import date
>>> from .files import Month
>>> from .format608 import FORMAT, Annulled
>>> month = Month("131246796", 2026, 10)
>>> FORMAT.write(month, [Annulled("B0200000145", date(2026, 10, 7), "08")])
b'608|131246796|202610|1\r\nB0200000145|20261007|08\r\n'
>>> FORMAT.file_name(month)
'DGII_F_608_131246796_202610.TXT'
"""
