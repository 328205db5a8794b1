"""Connections that end in time, and that reach public addresses only.

``requests`` limits each wait, not the whole: who sends a byte every few seconds, in the
headers or in the body, keeps a caller for ever. A ``Deadline`` shuts the sockets of a
call down when its time is over, whatever the call is waiting for.

The addresses of receivers are other people's. ``PublicAdapter`` resolves the name,
refuses it when any address of it leads inside, and connects to the very address that
was checked (a second look-up could answer otherwise: DNS rebinding).
"""

import ipaddress
import re
import socket
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
)

#: Addresses of one name that are tried, each with the time-out of a connection.
_MOST_ADDRESSES = 3
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
# inet_aton reads 127.1, 0x7f.1 and 0177.1 as addresses
_NUMERIC_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_PRIVATE_NAMES = ("local", "localhost", "internal", "lan", "home", "corp", "intranet")


class AddressError(Exception):
    """The address may not be called; nothing was sent."""


# -- Time ------------------------------------------------------------------------------


class Deadline:
    """The end of a call, as a context manager around it.

    ``expired``: its time was over before it ended. ``began``: something of the request
    may have left.
    """

    _of_thread = threading.local()

    def __init__(self, seconds: float):
        self.until = time.monotonic() + seconds
        self.expired = self.began = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    @classmethod
    def current(cls) -> "Deadline | None":
        return getattr(cls._of_thread, "deadline", None)

    def __enter__(self):
        self._before = self.current()
        self._of_thread.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *_error):
        self._timer.cancel()
        self._of_thread.deadline = self._before
        with self._lock:
            # a connection that is kept open belongs to the next call now
            self._sockets.clear()

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            if self.expired:
                _shut(sock)
            elif sock not in self._sockets:
                self._sockets.append(sock)

    def _expire(self):
        with self._lock:
            self.expired = True
            for sock in self._sockets:
                _shut(sock)


def _shut(sock):
    """Wake whoever waits on the socket; closing it would not."""
    # closed meanwhile
    with suppress(OSError):
        # not that of SSLSocket, which takes the layer away under the other thread
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Watched:
    """A connection whose sockets the deadline of the thread knows."""

    def _new_conn(self):
        sock = super()._new_conn()
        self._watch(sock)
        return sock

    def connect(self):
        result = super().connect()
        self._watch(self.sock)
        return result

    def send(self, data):
        if self.sock is not None:
            self._watch(self.sock)
            deadline = Deadline.current()
            if deadline:
                deadline.began = True
        return super().send(data)

    def _watch(self, sock):
        deadline = Deadline.current()
        if deadline and sock is not None:
            deadline.watch(sock)


class _HTTP(_Watched, HTTPConnection):
    pass


class _HTTPS(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


class TimedAdapter(HTTPAdapter):
    """Connections that the ``Deadline`` of a call can end."""

    pools = {"http": _HTTPPool, "https": _HTTPSPool}

    def init_poolmanager(self, *arguments, **options):
        result = super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self.pools
        return result

    def proxy_manager_for(self, *arguments, **options):
        manager = super().proxy_manager_for(*arguments, **options)
        # a proxy is ours: it is called wherever it is
        manager.pool_classes_by_scheme = TimedAdapter.pools
        return manager


# -- Place -----------------------------------------------------------------------------


def address_problem(url: str, ports: tuple[int, ...] = (443,)) -> str | None:
    """Why an address is not called, by its text alone, or None.

    >>> address_problem("https://fe.example.com/api")
    >>> address_problem("http://fe.example.com"), address_problem("https://10.0.0.1")
    ('the address is not https', 'the address is not public')
    >>> address_problem("https://fe.example.com:8443")
    'port 8443 is not called'
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "the address cannot be read"
    if parts.scheme != "https":
        return "the address is not https"
    if not host or parts.username or parts.password:
        return "the address cannot be read"
    if (port or 443) not in ports:
        return f"port {port} is not called"
    host = host.rstrip(".")
    try:
        return None if is_public(host) else "the address is not public"
    except ValueError:
        labels = host.split(".")
    if len(labels) < 2 or labels[-1].lower() in _PRIVATE_NAMES:
        return "the address is not public"
    if not all(labels) or _NUMERIC_LABEL.fullmatch(labels[-1]):
        return "the address cannot be read"
    return None


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet, however it is wrapped.

    >>> [is_public(one) for one in ("8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::7f00:1")]
    [True, False, False]

    :raise ValueError: it is no address
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6:
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64 or found in _IPV4_COMPATIBLE:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            if found in _IPV4_COMPATIBLE:
                # never used on the internet; some systems route it to themselves
                return False
            found = inner
    return found.is_global and not (found.is_multicast or found.is_reserved)


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses of a name, all of them public.

    :raise AddressError: one of them is not
    :raise socket.gaierror: the name is not known
    """
    found = socket.getaddrinfo(host.rstrip("."), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    if not addresses or not all(map(is_public, addresses)):
        raise AddressError("the address is not public")
    return addresses[:_MOST_ADDRESSES]


class _Public(_Watched):
    """A connection to an address that was checked; its certificate must still be that
    of the name."""

    def _new_conn(self):
        name = self._dns_host
        try:
            addresses = public_addresses(name, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(name, self, error) from error
        failure = None
        for address in addresses:
            self._dns_host = address
            try:
                return super()._new_conn()
            except (NewConnectionError, ConnectTimeoutError) as error:
                failure = error
            finally:
                self._dns_host = name
        raise failure


class _PublicHTTPS(_Public, HTTPSConnection):
    pass


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPS


class _NoPool(HTTPConnectionPool):
    """In the place of http, which is not called."""

    def __init__(self, *_arguments, **_options):
        raise AddressError("the address is not https")


class PublicAdapter(TimedAdapter):
    """Connections to public addresses, over https."""

    pools = {"http": _NoPool, "https": _PublicHTTPSPool}

    def send(self, request, *arguments, **options):
        if select_proxy(request.url, options.get("proxies")):
            # the proxy connects: what it will find is looked at beforehand
            parts = urlsplit(request.url)
            public_addresses(parts.hostname, parts.port or 443)
        return super().send(request, *arguments, **options)
