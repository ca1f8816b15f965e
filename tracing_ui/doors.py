"""Where the servers listen: a host in, an address to bind out; ports that are taken are refused by name."""

from __future__ import annotations

import errno
import ipaddress
import itertools
import socket
import time
from collections.abc import Mapping

from tracing_ui.children import ServeError


def address_of(host: str, *, allow_anonymous: bool) -> str:
    """The numeric address to bind. Until there are logins, only loopback, unless it's said explicitly."""
    try:
        address = str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (socket.gaierror, UnicodeError):
        raise ServeError(f"--host {host} is no address of this machine. Leave it out to listen on 127.0.0.1.") from None
    if not is_loopback(address) and not allow_anonymous:
        raise ServeError(
            f"--host {host} can be reached from other machines, and Tracing UI has no logins yet: "
            "everyone there could read every trace and send spans.\n"
            "Leave --host out to stay on this machine, or say --allow-anonymous if the network is trusted "
            "or something in front asks for a login."
        )
    return address


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def reachable(address: str) -> str:
    """An address that answers here: nobody can connect to "all interfaces"."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def refuse_taken(address: str, ports: Mapping[str, int], *, patience_s: float) -> None:
    """Asked beforehand: servers share a port among processes, and the system would let strangers join.

    The ports come by their flags.
    """
    for (flag, port), (other_flag, other) in itertools.combinations(ports.items(), 2):
        if port == other:
            raise ServeError(f"{flag} and {other_flag} are both {port}; they have to differ.")
    deadline = time.monotonic() + patience_s
    for flag, number in ports.items():
        while reason := _taken(address, number):
            if reason != errno.EADDRINUSE or time.monotonic() > deadline:
                raise ServeError(_explanation(reason, address, number, flag))
            time.sleep(0.2)


def _taken(address: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Connections that have just been closed are no listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno or errno.EINVAL
    return 0


def _explanation(reason: int, address: str, port: int, flag: str) -> str:
    if reason == errno.EADDRINUSE:
        return f"Port {port} is in use by another program. Stop that one, or choose another port with {flag}."
    if reason == errno.EACCES:
        return f"Port {port} needs more rights than this user has. Choose one above 1023 with {flag}."
    if reason == errno.EADDRNOTAVAIL:
        return f"{address} is no address of this machine. Leave --host out to listen on 127.0.0.1."
    return f"Port {port} can't be opened on {address} (error {reason}). Choose another with {flag}."


def healthy(address: str, port: int) -> bool:
    # By hand: http.client brings the whole email package into a process that should stay small.
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((reachable(address), port), timeout=2) as connection:
            connection.sendall(request)
            return connection.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False
