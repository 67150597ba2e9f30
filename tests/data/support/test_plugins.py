"""What other packages add, found by name."""

from __future__ import annotations

import pytest

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.plugins import Plugins

TONES = Plugins("tone", "evenhand.test_tones", builtin=("calm",))


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a package with entry points of `TONES` and one module `tones_of_PACKAGE`."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(package, points, code="loud = 'LOUD'"):
        (tmp_path / f"tones_of_{package}.py").write_text(code)
        folder = tmp_path / f"{package}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = tones_of_{package}:{attribute}" for name, attribute in points.items()]
        (folder / "entry_points.txt").write_text("\n".join(["[evenhand.test_tones]", *lines]))

    return write


def refused(call, *arguments, **options):
    with pytest.raises(ConfigurationError) as caught:
        call(*arguments, **options)
    return str(caught.value)


def test_an_entry_point_is_loaded_by_its_name(install):
    install("one", {"loud": "loud", "also-loud": "loud"})
    assert TONES.names() == ["also-loud", "loud"]
    assert TONES.load("loud", where="--tone") == "LOUD"
    assert TONES.load_all() == {"also-loud": "LOUD", "loud": "LOUD"}


def test_without_packages_there_is_nothing():
    assert TONES.names() == []
    assert TONES.load_all() == {}


def test_an_unknown_name_is_told_what_there_is(install):
    install("one", {"loud": "loud"})
    message = refused(TONES.load, "Lou", where="--tone", or_else="a file")
    assert message.splitlines() == [
        "there is no tone 'Lou'",
        "  at: --tone",
        "  expected: one of calm, loud, or a file",
        "  try: did you mean 'loud'?",
    ]


@pytest.mark.parametrize(
    ("code", "attribute", "what"),
    [
        ("import nowhere_to_be_found", "loud", "ModuleNotFoundError"),
        ("loud = 1 / 0", "loud", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)", "loud", "SystemExit: 0"),
        ("quiet = 1", "loud", "AttributeError"),
    ],
)
def test_what_cannot_be_loaded_is_named_with_its_package(install, code, attribute, what):
    install("broken", {"loud": attribute}, code)
    for message in (refused(TONES.load, "loud", where="--tone"), refused(TONES.load_all)):
        assert "the tone cannot be loaded" in message
        assert what in message
        assert "loud = tones_of_broken:loud of broken (evenhand.test_tones)" in message


def test_a_broken_package_does_not_keep_another_from_loading(install):
    install("broken", {"loud": "loud"}, "loud = 1 / 0")
    install("whole", {"soft": "loud"})
    assert TONES.load("soft", where="--tone") == "LOUD"


def test_two_packages_that_use_one_name_are_both_named(install):
    install("one", {"loud": "loud"})
    install("other", {"loud": "loud"})
    assert TONES.names() == ["loud"]
    for message in (refused(TONES.load, "loud", where="--tone"), refused(TONES.load_all)):
        assert "2 packages add a tone 'loud'" in message
        assert "of one" in message
        assert "of other" in message


def test_nobody_takes_a_name_of_evenhand_s_own(install):
    install("bold", {"calm": "loud"})
    for message in (refused(TONES.load, "calm", where="--tone"), refused(TONES.load_all)):
        assert "the tone 'calm' is evenhand's own" in message
        assert "of bold" in message


def test_what_evenhand_has_itself_is_told_from_what_is_added(install):
    install("one", {"loud": "loud"})
    assert TONES.is_builtin("calm")
    assert not TONES.is_builtin("loud") and not TONES.is_builtin("none such")
    install("bold", {"calm": "loud"})
    assert "the tone 'calm' is evenhand's own" in refused(TONES.is_builtin, "calm")
    assert TONES.names() == ["loud"]


def test_a_package_that_comes_or_goes_is_seen_at_once(install, tmp_path):
    """Although what is installed is looked up once."""
    assert TONES.names() == []
    install("one", {"loud": "loud"})
    assert TONES.names() == ["loud"]
    (tmp_path / "one-1.0.dist-info" / "entry_points.txt").unlink()
    (tmp_path / "one-1.0.dist-info" / "METADATA").unlink()
    (tmp_path / "one-1.0.dist-info").rmdir()
    assert TONES.names() == []
