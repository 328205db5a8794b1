"""``rnc-import``: DGII's list of 750,000 taxpayers, against ``COPY`` of the same rows.

The subject is the job of ``nu.pos.rnc.import`` on the zip as DGII publishes it: read,
staged, merged into the registry, audited. The reference does the least there is: one
COPY of the finished rows into a table with the registry's indexes. A second import of
the same list and the look-ups that tills and people make are told beside.
"""

import base64
import statistics
import time
import zipfile

from _lib import database
from _lib.progress import step

from . import inside, machine
from .report import Result

LINES, QUICK_LINES = 750_000, 20_000
#: How much longer than the bare COPY the whole may take.
BUDGET = 10.0
MOST_SECONDS = 60
#: Beyond this the memory grows with the file.
MOST_MEMORY = 150 * 2**20
_NAMES = (
    "COMERCIAL",
    "INVERSIONES",
    "FERRETERÍA",
    "PANADERÍA",
    "CONSTRUCTORA",
    "NÚÑEZ",
)
_COLUMNS = (
    "rnc, name, trade_name, activity, start_date, state, regime, search_name,"
    " search_trade"
)


def run(env, options):
    count = QUICK_LINES if options.quick else LINES
    with database.fresh(env, "bench") as db, step(f"Bench rnc-import, {count} lines"):
        inside.prepare(env, db)
        site = inside.Site(db)
        path = db.folder / "DGII_RNC.zip"
        size = _write(path, count)
        with site.transaction() as odoo:
            # the planner must not be lucky: it knows the registry as empty
            odoo.cr.execute("ANALYZE nu_pos_rnc")
        record = _upload(site, path)
        before = machine.peak_memory(reset=True)
        first = _import(site, record)
        growth = machine.peak_memory() - before
        reference = _copy(db, db.folder / "rows.copy")
        again = _import(site, _upload(site, path))
        return [_result(site, count, size, first, again, growth, reference)]


def _result(site, count, size, first, again, growth, reference):
    seconds, figures = first
    problems = []
    if figures["state"] != "done" or figures["inserted"] != count:
        problems.append(f"the import ended as {figures}")
    if again[1]["unchanged"] != count:
        problems.append(f"the same list again ended as {again[1]}")
    if seconds > MOST_SECONDS:
        problems.append(f"{seconds:.0f} s, the budget is {MOST_SECONDS} s")
    if growth > MOST_MEMORY:
        problems.append(f"memory grew by {growth / 2**20:.0f} MB")
    return Result(
        "rnc-import",
        seconds,
        reference,
        BUDGET,
        "s",
        detail={
            "lines": count,
            "text, MB": size / 1e6,
            "MB/s": size / 1e6 / seconds,
            "memory grew by, MB": growth / 2**20,
            "the same list again, s": again[0],
            "look-ups, ms": _look_up(site, count),
        },
        problems=problems,
    )


# --- the list -------------------------------------------------------------------------


def _rnc(number):
    return str(100_000_000 + number) if number % 3 else f"{1_000_000 + number:011}"


def _lines(count):
    for number in range(count):
        name = f"{_NAMES[number % 6]} {number:06} & ASOCIADOS, S.R.L."
        trade = f"TIENDA {number}" if number % 4 == 0 else ""
        state = "ACTIVO" if number % 5 else "SUSPENDIDO"
        start = f"{1 + number % 28:02}/{1 + number % 12:02}/{1990 + number % 35}"
        yield (
            f"{_rnc(number)}|{name}|{trade}|VENTA AL POR MENOR DE ALIMENTOS|"
            f" | | | |{start}|{state}|NORMAL\r\n"
        )


def _write(path, count):
    """Write the zip; return the size of the text in it."""
    size = 0
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("TMP/DGII_RNC.TXT", "w") as member,
    ):
        for line in _lines(count):
            size += member.write(line.encode("cp1252"))
    return size


# --- ours -----------------------------------------------------------------------------


def _upload(site, path):
    with site.transaction() as env:
        record = env["nu.pos.rnc.import"].create(
            {"file": base64.b64encode(path.read_bytes()), "file_name": path.name}
        )
        record.action_start()
        return record.id


def _import(site, record_id):
    with site.transaction() as env:
        record = env["nu.pos.rnc.import"].browse(record_id)
        began = time.perf_counter()
        record._run()
        seconds = time.perf_counter() - began
    with site.transaction() as env:
        [figures] = (
            env["nu.pos.rnc.import"]
            .browse(record_id)
            .read(["state", "message", "inserted", "updated", "unchanged", "missing"])
        )
    return seconds, figures


def _look_up(site, count):
    """Return the median milliseconds of each way to find one of the taxpayers."""
    numbers = [(number * 7919) % count for number in range(200)]
    with site.transaction() as env:
        registry = env["nu.pos.rnc"]

        def by_rnc(number):
            return registry._nu_find(_rnc(number)).name

        def by_name(number):
            return registry.name_search(f"{_NAMES[number % 6]} {number:06}", limit=8)

        def by_begun_number(number):
            return registry.name_search(_rnc(number)[:7], limit=8)

        def by_few_letters(number):
            return registry.name_search(_NAMES[number % 6][:3], limit=8)

        told = {}
        for act in (by_rnc, by_name, by_begun_number, by_few_letters):
            taken = []
            for number in numbers:
                env.invalidate_all()
                began = time.perf_counter()
                assert act(number), f"{act.__name__} does not find {number}"
                taken.append(time.perf_counter() - began)
            told[act.__name__.replace("_", " ")] = statistics.median(taken) * 1000
    return told


# --- the reference --------------------------------------------------------------------


def _copy(db, path):
    """Return the seconds that COPY takes for the rows of the registry."""
    import psycopg2

    with psycopg2.connect(**db.server.parameters(db.name)) as connection:
        cursor = connection.cursor()
        with path.open("wb") as target:
            cursor.copy_expert(f"COPY nu_pos_rnc ({_COLUMNS}) TO STDOUT", target)
        cursor.execute("CREATE TABLE bench_rnc (LIKE nu_pos_rnc INCLUDING ALL)")
        connection.commit()
        began = time.perf_counter()
        with path.open("rb") as source:
            cursor.copy_expert(f"COPY bench_rnc ({_COLUMNS}) FROM STDIN", source)
        connection.commit()
        seconds = time.perf_counter() - began
        cursor.execute("DROP TABLE bench_rnc")
    connection.close()
    return seconds
