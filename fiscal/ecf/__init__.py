"""Comprobantes fiscales electrónicos (e-CF): their form, signature and services.

* the document: ``description`` (a sale in dataclasses), ``build``, ``validate`` with
  the one ``table`` of DGII's rules, ``totals``, ``messages``, ``certification``
* the signature: ``certificate``, ``signature``, ``timbre`` (security code and QR)
* DGII's services: ``dgii`` (client), ``dgii_states`` (what answers mean), ``schedule``

Nothing is imported here, so that a caller pays only for what it uses.
"""
