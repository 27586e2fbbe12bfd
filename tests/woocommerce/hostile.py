"""Little servers on loopback that behave as shops never should, and count who comes."""

import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# What nobody cuts off ends by itself, so that a test fails instead of hanging.
DRIP_SECONDS, MOST_DRIPS, MOST_WAVES = 0.02, 200, 2_000
JSON_HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n"
# What a server does with a connection that was accepted; it ends when the event is set.
Habit = Callable[["Server", socket.socket, threading.Event], None]


@dataclass
class Server:
    """Listens on a free port, or the one given, and keeps what was asked."""

    habit: Habit
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    connections: int = 0
    requests: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._socket = socket.create_server((self.host, self.port), family=family, backlog=64)
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(line,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, line: socket.socket) -> None:
        line.settimeout(5)
        with closing(line), suppress(OSError):
            if self.tls:
                line = self.tls.wrap_socket(line, server_side=True)
            with closing(line):
                self.habit(self, line, self._stop)

    def told(self, line: socket.socket) -> str:
        """The request, which is kept."""
        got = b""
        while b"\r\n\r\n" not in got:
            piece = line.recv(4096)
            if not piece:
                break
            got += piece
        request = got.decode("latin-1")
        if request:
            self.requests.append(request)
        return request


def server(answer: bytes, **options: Any) -> Server:
    """Answers each request with these bytes, and closes."""

    def habit(server: Server, line: socket.socket, _stop: threading.Event) -> None:
        server.told(line)
        line.sendall(answer)

    return Server(habit, **options)


def dripping(before: bytes, drop: bytes, *, asks: bool = True, **options: Any) -> Server:
    """Sends something, and then a little again and again, for longer than anybody should wait."""

    def habit(server: Server, line: socket.socket, stop: threading.Event) -> None:
        if asks:
            server.told(line)
        line.sendall(before)
        for _ in range(MOST_DRIPS):
            if stop.wait(DRIP_SECONDS):
                return
            line.sendall(drop)

    return Server(habit, **options)


def pouring(before: bytes, wave: bytes) -> Server:
    """Sends something, and then far too much, as fast as it is taken."""

    def habit(server: Server, line: socket.socket, stop: threading.Event) -> None:
        server.told(line)
        line.sendall(before)
        for _ in range(MOST_WAVES):
            if stop.is_set():
                return
            line.sendall(wave)

    return Server(habit)


def silent(**options: Any) -> Server:
    """Takes connections, and says nothing."""

    def habit(_server: Server, _line: socket.socket, stop: threading.Event) -> None:
        stop.wait(5)

    return Server(habit, **options)


def answer(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; names of headers with _ for -. It says JSON unless told otherwise."""
    told = {"Content_Type": "application/json; charset=UTF-8", "Content_Length": str(len(body))} | headers
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def gzipped(body: bytes) -> bytes:
    return answer(packed := gzip.compress(body), Content_Encoding="gzip", Content_Length=str(len(packed)))


@dataclass(frozen=True)
class Certificates:
    """An authority of our own, and a server's certificates signed by it."""

    folder: Path

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "authority.pem"))

    def of(self, *names: str) -> ssl.SSLContext:
        """A server's side."""
        key, path = ec.generate_private_key(ec.SECP256R1()), self.folder / f"{names[0].replace(':', '_')}.pem"
        signer = serialization.load_pem_private_key((self.folder / "authority.key").read_bytes(), None)
        authority = x509.load_pem_x509_certificate((self.folder / "authority.pem").read_bytes())
        builder = _certificate(names[0], authority.subject, key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        signed = builder.add_extension(_authority_key(authority), False).sign(signer, hashes.SHA256())  # type: ignore[arg-type]
        path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + _pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def certificates(folder: Path) -> Certificates:
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of the tests")])
    builder = _certificate("An authority of the tests", named, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    builder = builder.add_extension(_may_sign(), True)
    signed = builder.sign(key, hashes.SHA256())
    (folder / "authority.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "authority.key").write_bytes(_pem(key))
    return Certificates(folder)


def _certificate(name: str, issuer: x509.Name, key: Any) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


def _authority_key(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())  # type: ignore[arg-type]


def _may_sign() -> x509.KeyUsage:
    never = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **never)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


@dataclass
class Names:
    """A name server: one answer after the other, the last one for good; it counts how often it was asked."""

    answers: list[list[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        found = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return [(None, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]


@contextmanager
def closed_port() -> Iterator[int]:
    """A port where nobody listens, and nobody else begins to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
