"""Lines of a list of taxpayers on their way into the registry."""

from io import StringIO

from ...fiscal.taxpayers import search_key

_COPY = """
    COPY nu_pos_rnc_staging (import_id, line, rnc, name, trade_name, activity,
                             start_date, state, regime, search_name, search_trade)
    FROM STDIN
"""


def stage(cr, import_id, taxpayers):
    """Write ``(line number, Taxpayer)`` into the staging table with one COPY."""
    text = StringIO()
    for line, found in taxpayers:
        keys = search_key(found.name), search_key(found.trade_name)
        text.write(f"{import_id}\t{line}\t{_copy_line((*found, *keys))}\n")
    text.seek(0)
    cr.copy_expert(_COPY, text)


def _copy_line(values):
    # white space was made plain when the line was read: no tab or line end is left
    return "\t".join(
        ["\\N" if value is None else value.replace("\\", "\\\\") for value in values]
    )
