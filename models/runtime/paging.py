"""Pages of the lists of the API: by number, or from a cursor on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from odoo import models
from odoo.fields import Domain

from .change_horizon import OVERLAP, change_horizon
from .problem import ApiProblem

#: Most records of a page, whatever is asked for.
MAX_PAGE = 200


def paged(
    records: models.BaseModel,
    domain: Domain,
    query,
    serialize: Callable[[models.BaseModel], dict],
    names: Iterable[str] = ("id",),
    prepare: Callable[[models.BaseModel], None] | None = None,
) -> dict:
    """One page of a list, as ``schemas.base.Page`` has it.

    A list by change goes on from its last page. A change is stored after the moment it
    bears, maybe after a later one, so that page's cursor leads back to where nothing
    can be missing any more.

    :param query: has ``page``, ``per_page``, ``cursor``, maybe ``updated_since``
    :param serialize: function of a record, ``T.from_record`` of the shape
    :param names: fields to read with the page in one query
    :param prepare: reads what else the records of a page need, for all of them
    :raise ApiProblem: ``VALIDATION`` for what is no cursor of such a list
    """
    since = getattr(query, "updated_since", None)
    per_page = min(query.per_page, MAX_PAGE)
    pagination = {
        "page": None,
        "per_page": per_page,
        "total": None,
        "total_pages": None,
    }
    offset, place = 0, None
    settled = since and change_horizon(records.env) - OVERLAP
    if query.cursor:
        place = _decode(query.cursor, since)
        after, settled = place.domain, place.settled or settled
    else:
        after = Domain.TRUE
        offset = (query.page - 1) * per_page
        total = records.search_count(domain)
        pagination.update(
            page=query.page, total=total, total_pages=-(-total // per_page)
        )
    # one more than is answered, to know whether there are more
    found = records.search_fetch(
        domain & after,
        names,
        limit=per_page + 1,
        offset=offset,
        order="write_date, id" if since else "id desc",
    )
    page = found[:per_page]
    more = len(found) > per_page
    cursor = None
    if more:
        cursor = _cursor_after(page[-1], since, settled)
    elif since:
        last = page[-1:]
        place = place or Place(0, since)
        place = Place(last.id, last.write_date) if last else place
        if place.moment > settled:
            place = Place(0, settled)
        cursor = _encode(place.id, place.moment)
    pagination.update(has_more=more, next_cursor=cursor)
    if prepare:
        prepare(page)
    data = [serialize(record) for record in page]
    return {"status": "ok", "data": data, "pagination": pagination}


@dataclass(frozen=True)
class Place:
    """Where a page begins: after the record ``id``, and in lists by change after its
    ``moment``. ``settled``: up to when all changes were there when the first of these
    pages was read."""

    id: int
    moment: datetime | None = None
    settled: datetime | None = None

    @property
    def domain(self) -> Domain:
        if not self.moment:
            return Domain("id", "<", self.id)
        # the first condition says no more than the others, but an index understands it
        return Domain("write_date", ">=", self.moment) & (
            Domain("write_date", ">", self.moment) | Domain("id", ">", self.id)
        )


def _cursor_after(last, since, settled=None):
    """Where the page after ``last`` begins; opaque to clients."""
    if not since:
        return _encode(last.id)
    moments = (last.write_date, settled) if settled else (last.write_date,)
    return _encode(last.id, *moments)


def _encode(last_id, *moments):
    place = "@".join((str(last_id), *(moment.isoformat() for moment in moments)))
    return urlsafe_b64encode(place.encode()).decode()


def _decode(cursor, since):
    """What a cursor says.

    :raise ApiProblem: ``VALIDATION`` for what is no cursor of such a list
    """
    try:
        text = urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
        last_id, *moments = text.split("@")
        moments = [datetime.fromisoformat(moment) for moment in moments]
        place = Place(int(last_id), *moments)
        fits = bool(moments) == bool(since) and len(moments) <= 2
        # the list by change may begin before the first record
        fits = fits and (0 if moments else 1) <= place.id < 2**31
        # no timezone, as the database keeps them
        fits = fits and not any(moment.tzinfo for moment in moments)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ApiProblem(
            "VALIDATION",
            errors=[
                {
                    "path": "cursor",
                    "message": "is not the cursor of a list with these filters",
                    "given": cursor[:64],
                }
            ],
        )
    return place
