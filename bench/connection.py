"""A request in, its answer out, over one kept connection. A plain socket: the sender shares the cores."""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping
from typing import NamedTuple

HOST = "127.0.0.1"
_BLOCK = 1 << 16


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


class Connection:
    """Opened when it is first used, and again after an error."""

    def __init__(self, port: int, *, timeout: float = 120) -> None:
        self._address, self._timeout = (HOST, port), timeout
        self._socket: socket.socket | None = None

    def get(self, target: str, headers: Mapping[str, str] = {}) -> Answer:
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return self.exchange(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\nAccept: */*\r\n{more}\r\n".encode(), b"")

    def post(self, body: bytes | bytearray) -> Answer:
        """Spans, as OTLP's protobuf."""
        head = (
            f"POST /v1/traces HTTP/1.1\r\nHost: {HOST}\r\n"
            f"Content-Type: application/x-protobuf\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return self.exchange(head.encode(), body)

    def exchange(self, head: bytes, body: bytes | bytearray) -> Answer:
        """Raises OSError when there is no answer."""
        if self._socket is not None and _dropped(self._socket):
            self.close()
        if self._socket is None:
            self._socket = socket.create_connection(self._address, self._timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            answer = self._exchange(self._socket, head, body)
        except (OSError, ValueError) as error:
            self.close()
            raise ConnectionError(f"no answer: {error}") from error
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, sock: socket.socket, head: bytes, body: bytes | bytearray) -> Answer:
        try:
            sent = sock.sendmsg((head, body)) - len(head)
            if sent < len(body):
                sock.sendall(memoryview(body)[sent:])
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered before it had read everything
        return _answer(sock)


def _dropped(sock: socket.socket) -> bool:
    """Whether the server has closed the connection since its last answer, as it may."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _answer(sock: socket.socket) -> Answer:
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(sock)
    first, *lines = data[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split(" ", 2)[1]), headers, _body(sock, headers, data[end + 4 :]))


def _body(sock: socket.socket, headers: dict[str, str], data: bytes) -> bytes:
    if headers.get("transfer-encoding") == "chunked":
        return _chunks(sock, data)
    size = int(headers.get("content-length", 0))
    parts, missing = [data], size - len(data)
    while missing > 0:
        parts.append(_more(sock))
        missing -= len(parts[-1])
    return b"".join(parts)


def _chunks(sock: socket.socket, data: bytes) -> bytes:
    body = b""
    while True:
        while (end := data.find(b"\r\n")) < 0:
            data += _more(sock)
        size = int(data[:end], 16)
        while len(data) < end + 2 + size + 2:
            data += _more(sock)
        if not size:
            return body
        body += data[end + 2 : end + 2 + size]
        data = data[end + 2 + size + 2 :]


def _more(sock: socket.socket) -> bytes:
    block = sock.recv(_BLOCK)
    if not block:
        raise ConnectionResetError("closed by the server")
    return block
