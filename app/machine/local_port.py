"""The port on this machine that the web server answers at."""

import socket

from app.config import Refusal


def hold_port(port: int) -> socket.socket:
    """Bound here and handed on, so that nobody else can take it while the web server starts anew."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if isinstance(error, PermissionError):
            raise Refusal(f"Port {port} may not be used by this account; choose another: PORT=8000 make run") from error
        other = port % 65535 + 1
        raise Refusal(f"Port {port} is in use by another program; choose another: PORT={other} make run") from error
    return listener


def answers(port: int, path: str = "/readyz") -> bool:
    """Whether a GET of the path gives 200; a whole client library would cost more than the wait."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            return connection.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False
