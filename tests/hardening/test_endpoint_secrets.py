"""Served models: passwords and tokens of their URLs, encryption and proxies."""

from __future__ import annotations

import base64
import json
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_server import answer, serving

from evenhand.cli.main import run
from evenhand.data import build_dataset
from evenhand.data.errors import EvenhandError, InputError
from evenhand.data.urls import shown_url, without_secrets
from evenhand.remediation import load_classifier
from evenhand.remediation.models import endpoint, http_question

GOOD = b'{"predictions": [[0.25], [0.75]]}'


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_FIRST_WAIT_SECONDS", 0.01)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("me:secret", "me:secret"),
        ("me", "me:"),
        (":secret", ":secret"),
        ("me:", "me:"),
        ("m%40e:s%3Ae%2Fc%23ret%25", "m@e:s:e/c#ret%"),
        ("me:a:b@c", "me:a:b@c"),
        ("é:ü%C3%BC", "é:üü"),
    ],
)
def test_user_and_password_are_sent_as_authorization(given: str, sent: str) -> None:
    with serving(lambda question: [answer(GOOD)]) as server:
        url = server.url.replace("//", f"//{given}@") + "?key=T0KEN&x=%20"
        classifier = load_classifier(url)
    [asked] = server.asked
    wanted = base64.b64encode(sent.encode()).decode()
    assert re.findall(rb"Authorization: Basic (.*)\r\n", asked) == [wanted.encode()]
    assert asked.startswith(b"POST /v1/models/toxic:predict?key=T0KEN&x=%20 HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{server.port}\r\n".encode() in asked
    assert classifier.name == f"http://***@127.0.0.1:{server.port}/v1/models/toxic?key=***&x=***"


@pytest.mark.parametrize(
    "url",
    [
        "http://me:S3CRET@host/predict",
        "http://me:S3CRET@host:port/v1/models/m",
        "http://me:S3CRET@host:99999/v1/models/m",
        "http://me:a/S3CRET@host/v1/models/m",
        "http://me:1?S3CRET@host/v1/models/m",
        "http://me:1#S3CRET@host/v1/models/m",
        "http://me:1/S3CRET@host/v1/models/m",
        "http://me:S3CRET",
        "http://me:S3CRET@/v1/models/m",
        "http://me:my S3CRET@host/v1/models/m",
        "http://me:S3CRET@host/v1/models/m#S3CRET",
        "http://host/v1/models/m?S3CRET#",
        "http://me:S3CRET@[::1/v1/models/m",
        "http://me:S3CRET@a..b/v1/models/m",
        "http:/me:S3CRET@host/v1/models/m",
        " http://me:S3CRET@host\\@other/v1/models/m",
        "http://me:S3CRET\udcff@host/v1/models/m",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(InputError, match="not that of a served model") as caught:
        load_classifier(url)
    assert "S3CRET" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["htps", "wss"])
def test_a_url_of_no_known_store_is_refused_without_its_secret(scheme: str) -> None:
    """Whether fsspec is installed, which knows the stores, or not."""
    with pytest.raises(EvenhandError, match=f"{scheme}://") as caught:
        load_classifier(f"{scheme}://me:S3CRET@host/v1/models/m")
    assert "S3CRET" not in str(caught.value)


@given(
    *[st.text("ab1:/?#@[]%&=;.\\", max_size=4)] * 2,
    st.sampled_from(["", "/", "/v1/models/m", "/v1/models/m?a=1&b"]),
)
def test_no_password_is_shown_whatever_is_around_it(before: str, after: str, path: str) -> None:
    url = f"http://me:{before}S3CRET{after}@host:8501{path}"
    token = f"http://host:8501{path}?{before}=S3CRET{after}"
    for secret in (url, token):
        assert "S3CRET" not in shown_url(secret)
        assert "S3CRET" not in without_secrets(f"at: {secret}, and so on")


@pytest.mark.parametrize("text", ["a:b", "C:", "3 texts: a/b", "://", "a@b.c", "mod:name"])
def test_what_is_no_url_is_shown_as_it_is(text: str) -> None:
    assert without_secrets(text) == shown_url(text) == text


def test_a_server_that_repeats_the_question_tells_no_secret() -> None:
    def says(question: bytes) -> list[bytes]:
        head = question.split(b"\r\n")
        echo = "no such thing: " + " ".join(line.decode() for line in head[:8]) + " s/cret"
        return [answer(json.dumps({"error": echo}).encode(), status="404 Not Found")]

    with serving(says) as server:
        url = server.url.replace("//", "//user:s%2Fcret@") + "?key=T0KEN"
        with pytest.raises(InputError, match="HTTP status 404: no such thing") as caught:
            load_classifier(url)
    told = str(caught.value)
    coded = base64.b64encode(b"user:s/cret").decode()
    assert not any(secret in told for secret in ("T0KEN", "s/cret", "s%2Fcret", coded))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate that it signed itself, for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("a certificate is made with openssl")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    asked = "req -x509 -newkey rsa:2048 -nodes -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    command = ["openssl", *asked.split(), "-keyout", file, "-out", f"{file}.crt"]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


@pytest.fixture
def tls(certificate: Path) -> Iterator[ssl.SSLContext]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    http_question._trust.cache_clear()
    yield context
    http_question._trust.cache_clear()


def test_encryption_is_checked_and_what_is_wrong_is_said_in_words(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(lambda question: [answer(GOOD)], tls) as server:
        with pytest.raises(InputError, match=r"not to be trusted \(self.signed certificate\)"):
            load_classifier(server.url)
        with pytest.raises(InputError, match=r"does not speak HTTP|closed before"):
            load_classifier(server.url.replace("https", "http"))
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        http_question._trust.cache_clear()
        assert load_classifier(server.url).score(["a", "b"]).tolist() == [0.25, 0.75]
        named = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(InputError, match=r"not to be trusted .*localhost"):
            load_classifier(named)
    with (
        serving(lambda question: [answer(GOOD)]) as server,
        pytest.raises(InputError, match="no encrypted connection comes about"),
    ):
        load_classifier(server.url.replace("http", "https"))


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(
    no_proxies: pytest.MonkeyPatch,
) -> None:
    with serving(lambda question: [answer(GOOD)]) as proxy:
        no_proxies.setenv("http_proxy", f"http://me:pr%2Fxy@127.0.0.1:{proxy.port}")
        load_classifier("http://models.invalid/v1/models/toxic?key=a")
        [asked] = proxy.asked
        assert asked.startswith(b"POST http://models.invalid:80/v1/models/toxic:predict?key=a HTTP")
        coded = base64.b64encode(b"me:pr/xy")
        assert b"Proxy-Authorization: Basic " + coded + b"\r\n" in asked
        with serving(lambda question: [answer(GOOD)]) as server:
            load_classifier(server.url)
            assert len(server.asked) == 1 and len(proxy.asked) == 1
        no_proxies.setenv("no_proxy", "invalid")
        with pytest.raises(InputError, match="host is not known"):
            load_classifier("http://models.invalid/v1/models/toxic")
        assert len(proxy.asked) == 1


def test_a_proxy_that_refuses_or_cannot_be_used_is_named(no_proxies: pytest.MonkeyPatch) -> None:
    refused = answer(b"", status="403 Forbidden")
    with serving(lambda question: [refused]) as proxy:
        no_proxies.setenv("https_proxy", f"http://me:S3CRET@127.0.0.1:{proxy.port}")
        with pytest.raises(InputError, match=r"403 Forbidden, through .*//\*\*\*@127") as caught:
            load_classifier("https://models.invalid/v1/models/toxic")
        assert proxy.asked[0].startswith(b"CONNECT models.invalid:443 ")
        assert b"Authorization: Basic" in proxy.asked[0]
    assert "S3CRET" not in str(caught.value)
    for wrong in ("socks5://me:S3CRET@127.0.0.1:1", "http://me:S3CRET@127.0.0.1:port"):
        no_proxies.setenv("https_proxy", wrong)
        with pytest.raises(InputError, match="a proxy that cannot be used") as wrongly:
            load_classifier("https://models.invalid/v1/models/toxic")
        assert "S3CRET" not in str(wrongly.value)


def scores_by_length(question: bytes) -> list[bytes]:
    texts = json.loads(question.partition(b"\r\n\r\n")[2])["instances"]
    predictions = [[len(text) % 7 / 7] for text in texts]
    return [answer(json.dumps({"predictions": predictions}).encode())]


RUN_FILE = """
[data.test]
inputs = ["rows.csv"]
label_column = "toxic"

[evaluate]
model = "{url}"

[[gate.rules]]
metric = "flip_rate"
max = 0.0
"""


@pytest.mark.slow
def test_no_file_and_no_stream_holds_a_secret_of_a_url(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "cache"))
    secrets = ["S3CR=ET", quote("S3CR=ET"), "T0KEN", base64.b64encode(b"me:S3CR=ET").decode()]
    build_dataset(["rows.csv"], "cf", label_column="toxic")
    with serving(scores_by_length) as server:
        url = server.url.replace("//", "//me:S3CR%3DET@") + "?key=T0KEN"
        (project / "run").mkdir()
        shutil.copy("rows.csv", "run")
        (project / "run" / "evenhand.toml").write_text(RUN_FILE.format(url=url))
        evaluate = ["evaluate", "flip-rate", "--data", "cf"]
        outputs = ["--junit", "g.xml", "--sarif", "g.sarif", "--markdown", "g.md"]
        rules = ["--config", "run/evenhand.toml"]
        for command, code in (
            ([*evaluate, "--endpoint", url, "--compare-to", url, "--output", "report"], 0),
            ([*evaluate, f"--model={url}", "--output", "as-json", "--json"], 0),
            (["gate", "--report", "report", *rules, *outputs], 1),
            (["report", "compare", "report", "as-json", "--output", "compared.html"], 0),
            (["remediate", "train", "--baseline", url, "--data", "cf", "--output", "clp"], 3),
            (["remediate", "sweep", "--baseline", url, "--data", "cf", "--output", "sweep"], 3),
            (["run", "run/evenhand.toml"], 1),
            (["status", "run/evenhand.toml", "--json"], 0),
            (["run", "run/evenhand.toml", "--set", f"evaluate.model.x={url}"], 2),
            (["run", "run/evenhand.toml", "--set", f"evaluate.thresholds={url}"], 2),
        ):
            assert run(command) == code, (command, capfd.readouterr())
    shown = "".join(capfd.readouterr())
    assert f"http://***@127.0.0.1:{server.port}/v1/models/toxic?key=***" in shown
    assert not [secret for secret in secrets if secret in shown]
    (project / "run" / "evenhand.toml").unlink()
    files = [file for file in project.rglob("*") if file.is_file()]
    assert len(files) > 30
    for file in files:
        content = file.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], file
