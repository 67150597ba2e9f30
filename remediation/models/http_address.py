"""Where a served model is: its URL taken apart, and the proxy that leads there."""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from evenhand.data.errors import InputError
from evenhand.data.urls import shown_url

_PATH = re.compile(
    r"(?P<model>/(?:.*/)?v1/models/[^/:]+(?:/(?:versions|labels)/[^/:]+)?)(?::predict)?/*"
)
_NEVER_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]")  # urlsplit silently drops some of them
_AS_IT_IS = "/%:!$&'()*+,;=~?[]"  # in a path and query; what is already escaped stays so
_BASIC = "Basic "
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """A server, what to ask it for, and in whose name.

    Attributes:
        scheme: ``"http"`` or ``"https"``.
        host: Its name or IP address, IPv6 without brackets.
        port: Its port.
        target: Path and query, escaped.
        authorization: The header that user and password of the URL make, or None.
        shown: The URL as it may be shown.
    """

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)
    authorization: str | None = field(repr=False)
    shown: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port, which together say who answers (RFC 6454)."""
        return self.scheme, self.host, self.port

    @property
    def server(self) -> str:
        """Scheme, host and port as the beginning of a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def predict_address(url: str) -> Address:
    """Return the address that a served model is asked at for predictions.

    Args:
        url: ``http://host:8501/v1/models/NAME``, with ``/versions/N`` or ``:predict`` or without,
            with ``user:password@`` before the host and with a query, as it may be.

    Raises:
        InputError: The URL is not that of a served model.
    """
    try:
        if _NEVER_IN_A_URL.search(url) or "#" in url:
            raise ValueError("it holds a character that no such URL has")
        parts = urlsplit(url)
        path = _PATH.fullmatch(parts.path)
        if path is None:
            raise ValueError("its path is not that of a model")
        if "@" in parts.path + parts.query:  # it would not be clear where a password ends
            raise ValueError("it has an @ behind the host")
        query = f"?{parts.query}" if parts.query else ""
        return _address(parts, f"{path['model']}:predict{query}", url)
    except ValueError as error:
        raise InputError(
            f"the URL is not that of a served model ({error})",
            where=shown_url(url),
            expected="http://HOST:8501/v1/models/NAME, as TensorFlow Serving's REST API has it; "
            "of a user, a password or a token, / ? # @ are written as %2F %3F %23 %40",
        ) from error


def redirected(address: Address, location: str) -> Address:
    """Return the address, on the same server, that an answer redirects to.

    Raises:
        InputError: It is on another server.
    """
    try:
        if _NEVER_IN_A_URL.search(location):
            raise ValueError(location)
        url = urljoin(f"{address.server}{address.target}", location)
        parts = urlsplit(url)
        there = _address(parts, f"{parts.path or '/'}?{parts.query}".removesuffix("?"), url)
    except ValueError:
        there = None
    if there is None or there.origin != address.origin:
        raise InputError(
            f"the endpoint sends texts on to another server: {shown_url(location)}",
            where=address.shown,
            expected="answers from the scheme, host and port that the URL names",
            remedy="if you trust that server, give its URL; it has been sent nothing",
        )
    return Address(*there.origin, there.target, address.authorization, address.shown)


def proxy_of(address: Address) -> Address | None:
    """Return the proxy that the environment names for an address, or None.

    As for curl, ``http_proxy``, ``https_proxy`` and ``all_proxy`` name a proxy, and ``no_proxy``
    the hosts that are reached without one. This machine itself is always reached without one.

    Raises:
        InputError: The proxy is not reached over HTTP.
    """
    proxies = getproxies()
    url = proxies.get(address.scheme) or proxies.get("all")
    if not url or _is_this_machine(address.host) or proxy_bypass(f"{address.host}:{address.port}"):
        return None
    url = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(url)
        if parts.scheme != "http":
            raise ValueError(parts.scheme)
        return _address(parts, "", url)
    except ValueError as error:
        raise InputError(
            f"the environment names a proxy that cannot be used: {shown_url(url)}",
            where=f"{address.scheme}_proxy",
            expected="a proxy that is reached over HTTP, such as http://HOST:3128",
            remedy=f"reach the endpoint without: set no_proxy={address.host}",
        ) from error


def secrets_of(url: str) -> list[str]:
    """Return the secrets in a URL, in all forms in which a server may repeat them."""
    parts = urlsplit(url)
    values = [pair.partition("=")[2] or pair for pair in re.split("[&;]", parts.query)]
    found = [part for part in (parts.username, parts.password, *values) if part]
    found += [unquote_to_bytes(part).decode(errors="replace") for part in found]
    if authorization := _authorization(parts):
        found.append(authorization.removeprefix(_BASIC))
    return sorted(found, key=len, reverse=True)


def _address(parts: SplitResult, target: str, url: str) -> Address:
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("it names no server")
    host = parts.hostname.encode("idna").decode()
    port = _PORTS[parts.scheme] if parts.port is None else parts.port
    target = quote(target, safe=_AS_IT_IS)
    return Address(parts.scheme, host, port, target, _authorization(parts), shown_url(url))


def _authorization(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    user, password = map(unquote_to_bytes, (parts.username, parts.password or ""))
    return _BASIC + base64.b64encode(user + b":" + password).decode()


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
