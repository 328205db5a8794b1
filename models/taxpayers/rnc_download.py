"""Getting a file from the tax office's site."""

from urllib.parse import urlsplit

import requests

#: Seconds to connect, and between two pieces.
TIMEOUT = (10, 60)
#: Ten times what DGII publishes.
MOST_BYTES = 2**28
# The site answers 403 to agents it does not know from browsers.
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"


class DownloadError(Exception):
    """The file could not be had; the message says why."""


def download(address, target):
    """Write what lies at ``address`` (https) into the file ``target``.

    :return: its name
    :raise DownloadError: anything else than the whole file
    """
    _check(address)
    try:
        with requests.get(
            address, stream=True, timeout=TIMEOUT, headers={"User-Agent": _AGENT}
        ) as answer:
            # it may have led elsewhere
            _check(answer.url)
            answer.raise_for_status()
            size = 0
            for piece in answer.iter_content(2**20):
                size += len(piece)
                if size > MOST_BYTES:
                    raise DownloadError(f"{address} is larger than {MOST_BYTES} bytes.")
                target.write(piece)
            wanted = answer.headers.get("Content-Length")
            encoded = answer.headers.get("Content-Encoding")
    except requests.RequestException as error:
        raise DownloadError(f"{address} could not be read: {error}") from error
    if wanted and not encoded and int(wanted) != size:
        raise DownloadError(f"Only {size} of {wanted} bytes of {address} came.")
    return urlsplit(address).path.rpartition("/")[2]


def _check(address):
    if urlsplit(address or "").scheme != "https":
        raise DownloadError(f"{address!r} is not an https address.")
