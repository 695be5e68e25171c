"""The wire between a phone and the site, which can be cut: before a request arrives, or before its answer does."""

import socket
import threading
from contextlib import suppress

BYTES = 65_536


class Wire:
    """Passes everything on until it is told otherwise; as `deaf` it passes requests on, and lets no answer back."""

    def __init__(self, to: int) -> None:
        self._to, self._state = to, "whole"
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def mend(self) -> None:
        self._state = "whole"

    def cut(self) -> None:
        self._state = "cut"
        self._hang_up()

    def deafen(self) -> None:
        self._state = "deaf"

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _hang_up(self) -> None:
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                phone, _address = self._listener.accept()
                if self._state == "cut":
                    phone.close()
                    continue
                site = socket.create_connection(("127.0.0.1", self._to))
                self._ends |= {phone, site}
                for one, other, back in ((phone, site, False), (site, phone, True)):
                    threading.Thread(target=self._pass, args=(one, other, back), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, back: bool) -> None:
        with suppress(OSError):
            while data := one.recv(BYTES):
                if self._state == "cut" or (back and self._state == "deaf"):
                    break
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
            self._ends.discard(end)
