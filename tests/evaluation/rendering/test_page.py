"""The report's page in a real headless Chromium; skipped where there is none."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_reports import make_report

from evenhand.evaluation import evaluate_functions
from evenhand.evaluation.rendering.folder import render_folder
from evenhand.evaluation.reports.report import MetricValue, PairScores

selenium = pytest.importorskip("selenium")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
DRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs Chromium and its chromedriver"),
]

# Each flips under other models, in another group, with another change of score
FLIPS = (
    ("a", "she said <script>document.title = 'pwned'</script>", "female", (0.9, 0.1), (0.9, 0.2)),
    ("b", "he said so", "male", (0.8, 0.2), (0.3, 0.25)),
    ("c", "she went home", "female", (0.7, 0.4), (0.1, 0.1)),
    ("d", "he went & came", "male", (0.2, 0.1), (0.6, 0.1)),
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = make_report("<script>document.title = 'pwned'</script>")
    flips = tuple(
        report.flips[0].model_copy(
            update={
                "id": name,
                "original": text,
                "counterfactual": text.partition(" ")[2],
                "terms": (text.partition(" ")[0],),
                "groups": (group,),
                "scores": {
                    "baseline": PairScores(original=baseline[0], counterfactual=baseline[1]),
                    "candidate": PairScores(original=candidate[0], counterfactual=candidate[1]),
                },
            }
        )
        for name, text, group, baseline, candidate in FLIPS
    )
    overall, colour, *others = report.candidate.slices
    metrics = {**colour.metrics, "auc": MetricValue(value=0.7)}  # which the map shades
    slices = (overall, colour.model_copy(update={"metrics": metrics}), *others)
    candidate = report.candidate.model_copy(update={"slices": slices})
    models = (candidate, *report.models[1:])
    folder = tmp_path_factory.mktemp("page")
    document = report.model_copy(update={"flips": flips, "models": models}).to_json()
    (folder / "report.json").write_text(document, encoding="utf-8")
    return render_folder(folder)[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    options.add_argument("--headless=new")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which root cannot have
    options.add_argument("--disable-dev-shm-usage")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.implicitly_wait(5)  # seconds: on a busy machine a page may follow its load event
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: Any, page: Path) -> Any:
    browser.get_log("browser"), browser.get_log("performance")  # what came before
    browser.get(page.as_uri())
    return browser


def shown_ids(browser: Any) -> list[str]:
    return browser.execute_script(
        "return Array.from(document.querySelectorAll('.flips tbody tr:not(.part)'))"
        ".filter((row) => row.checkVisibility())"
        ".map((row) => row.querySelector('.id').textContent)"
    )


def heading(browser: Any, text: str) -> Any:
    cells = browser.find_elements("css selector", ".flips thead th")
    return next(cell for cell in cells if cell.text.startswith(text))


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with 60 slices of three columns and 45 examples, the later the smaller the change."""
    report = make_report("red")
    models = []
    for model in report.models:
        overall, slice_ = model.slices[0], model.slices[1]
        metrics = dict.fromkeys((*slice_.metrics, "accuracy"), slice_.metrics["flip_rate"])
        named = [
            slice_.model_copy(update={"slice": f"{column}=value {i}", "metrics": metrics})
            for column in ("colour", "shape", "group")
            for i in range(20)
        ]
        models.append(model.model_copy(update={"slices": (overall, *named)}))
    flips = []
    for i in range(45):
        mended = i % 3 == 0
        before, after = (0.9 - i / 200, 0.1), (0.4, 0.1) if mended else (0.9 - i / 200, 0.1)
        flips.append(
            report.flips[0].model_copy(
                update={
                    "id": f"n{i}",
                    "original": f"{'a long word ' * 20} {i}",
                    "counterfactual": f"{'a long word ' * 20}",
                    "terms": ("she", f"t{i % 5}"),
                    "groups": (f"g{i % 2}",),
                    "label": i % 2,
                    "slices": ("colour=value 1", "shape=value 2"),
                    "scores": {
                        "baseline": PairScores(original=before[0], counterfactual=before[1])
                        if mended
                        else PairScores(original=0.2, counterfactual=0.1),
                        "candidate": PairScores(original=after[0], counterfactual=after[1]),
                    },
                }
            )
        )
    folder = tmp_path_factory.mktemp("long")
    document = report.model_copy(update={"models": tuple(models), "flips": tuple(flips)}).to_json()
    (folder / "report.json").write_text(document, encoding="utf-8")
    return render_folder(folder)[0]


@pytest.fixture
def opened_long(browser: Any, long_page: Path) -> Any:
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get(long_page.as_uri())
    return browser


def select(browser: Any, name: str, value: str) -> None:
    from selenium.webdriver.support.select import Select

    Select(browser.find_element("name", name)).select_by_value(value)


def press(browser: Any, text: str) -> None:
    browser.find_element("xpath", f"//nav[@class='pager']/button[contains(., '{text}')]").click()


def count_shown(browser: Any) -> str:
    return str(browser.find_element("css selector", ".controls output").text)


def test_it_opens_without_an_error_or_a_request(opened: Any, page: Path) -> None:
    assert opened.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    requested = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert requested == [page.as_uri()]
    assert opened.title.startswith("Flip-rate report: <script>")
    cells = opened.find_elements("css selector", ".flips tbody tr td.text:nth-child(2)")
    assert [cell.text for cell in cells] == [FLIPS[place][1] for place in (3, 0, 1, 2)]


def test_search_and_filters_narrow_the_flips(opened: Any) -> None:
    search = opened.find_element("name", "search")
    assert shown_ids(opened) == ["d", "a", "b", "c"]  # new harms, as before, mended
    assert count_shown(opened) == "1–4 of 4 shown"
    search.send_keys("WENT he")
    assert shown_ids(opened) == ["d", "c"]
    assert count_shown(opened) == "1–2 of 2 shown, 4 without filters"
    search.clear()
    select(opened, "group", "male")
    assert shown_ids(opened) == ["d", "b"]
    select(opened, "term", "he")
    select(opened, "under", "candidate")
    assert shown_ids(opened) == ["d"]
    select(opened, "group", "")
    select(opened, "term", "")
    select(opened, "under", "both")
    assert shown_ids(opened) == ["a"]
    assert opened.get_log("browser") == []


def test_examples_come_a_page_at_a_time_the_worst_new_harms_first(opened_long: Any) -> None:
    new = [f"n{i}" for i in range(45) if i % 3]
    assert shown_ids(opened_long) == new[:10] and count_shown(opened_long) == "1–10 of 45 shown"
    press(opened_long, "Next")
    assert shown_ids(opened_long) == new[10:20]
    press(opened_long, "Previous")
    assert shown_ids(opened_long) == new[:10]
    first = opened_long.find_element("css selector", ".flips td.pair").text
    assert "new ✗" in first and "label 1; colour=value 1, shape=value 2" in first
    select(opened_long, "by", "group")
    parts = [part.text for part in opened_long.find_elements("css selector", ".part")]
    assert parts == ["g1 (22, 15 new)"]
    assert shown_ids(opened_long) == [name for name in new if int(name[1:]) % 2][:10]
    heading(opened_long, "pair").find_element("css selector", "button").click()
    assert opened_long.execute_script("return document.querySelector('.part')") is None


def test_filters_are_in_the_address_and_come_back_from_it(
    opened_long: Any, long_page: Path
) -> None:
    select(opened_long, "by", "term")
    select(opened_long, "group", "g0")
    select(opened_long, "under", "candidate")
    press(opened_long, "Next")
    address, ids = opened_long.current_url, shown_ids(opened_long)
    assert address == f"{long_page.as_uri()}#examples?group=g0&under=candidate&by=term&page=2"
    assert len(ids) == 5  # of 15
    opened_long.get("about:blank")
    opened_long.get(address)
    assert shown_ids(opened_long) == ids and count_shown(opened_long).startswith("11–15 of 15")
    top = "return document.getElementById('examples').getBoundingClientRect().top"
    assert 0 <= opened_long.execute_script(top) < 100
    opened_long.get(f"{long_page.as_uri()}#examples?group=nobody&page=99&by=<script>")
    assert count_shown(opened_long) == "41–45 of 45 shown"
    assert opened_long.get_log("browser") == []


def test_the_contents_lead_to_every_section(opened_long: Any) -> None:
    links = opened_long.find_elements("css selector", ".contents a")
    titles = [link.text for link in links]
    assert titles[0] == "Is it good?" and "Groups by metric" in titles
    for link in links:
        anchor = str(link.get_attribute("href")).partition("#")[2]
        assert opened_long.find_element("id", anchor).text == link.text


def test_a_phone_shows_a_short_page(opened_long: Any) -> None:
    metrics = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    opened_long.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    size = "const {scrollWidth, scrollHeight} = document.documentElement; "
    width, height = opened_long.execute_script(size + "return [scrollWidth, scrollHeight]")
    headline = opened_long.find_element("css selector", ".headline").rect
    opened_long.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width == 360 and height < 20_000
    assert headline["y"] + headline["height"] < 740  # the answer is on the first screen


def test_everything_is_there_without_scripts(browser: Any, long_page: Path, tmp_path: Path) -> None:
    start, _, rest = long_page.read_text(encoding="utf-8").rpartition("<script>")
    plain = tmp_path / "plain.html"
    plain.write_text(start + rest.partition("</script>")[2], encoding="utf-8")
    browser.get(plain.as_uri())
    rows = browser.find_elements("css selector", ".flips tbody tr")
    assert len(rows) == 45 and all(row.is_displayed() for row in rows)
    assert not browser.find_element("css selector", ".controls").is_displayed()
    region = browser.find_element("css selector", "[aria-label='Flips by group']")
    assert not region.is_displayed()
    browser.find_element("xpath", "//summary[contains(., 'Flips by group')]").click()
    assert region.is_displayed()


def test_print_holds_all_that_is_folded_filtered_or_on_other_pages(opened_long: Any) -> None:
    select(opened_long, "under", "baseline")
    metrics = {"width": 688, "height": 1000, "deviceScaleFactor": 1, "mobile": False}  # A4
    opened_long.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    opened_long.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        found = opened_long.execute_script(
            "dispatchEvent(new Event('beforeprint'));"
            "const gone = Array.from(document.querySelectorAll('tr, dd, li, figure'))"
            ".filter((each) => !each.checkVisibility()).length;"
            "const cut = Array.from(document.querySelectorAll('.wide'))"
            ".filter((each) => each.scrollWidth > each.clientWidth + 1).length;"
            "const buttons = document.querySelectorAll('.controls, .pager');"
            "const left = Array.from(buttons).filter((each) => each.checkVisibility()).length;"
            "dispatchEvent(new Event('afterprint'));"
            "return {gone, cut, left, width: document.documentElement.scrollWidth,"
            " open: document.querySelectorAll('details[open]').length}"
        )
    finally:
        opened_long.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        opened_long.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert (found["gone"], found["cut"], found["left"]) == (0, 0, 0)
    assert found["width"] <= 688
    assert found["open"] <= 1  # folded again


def test_headings_sort_by_number_and_by_text_with_the_keyboard(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    candidate = heading(opened, "candidate")
    candidate.find_element("css selector", "button").send_keys(Keys.ENTER)
    assert shown_ids(opened) == ["a", "d", "b", "c"]  # by change of score, largest first
    assert candidate.get_attribute("aria-sort") == "descending"
    candidate.find_element("css selector", "button").send_keys(Keys.SPACE)
    assert shown_ids(opened) == ["c", "b", "d", "a"]
    original = heading(opened, "original")
    original.find_element("css selector", "button").click()
    assert shown_ids(opened) == ["b", "d", "a", "c"]
    assert original.get_attribute("aria-sort") == "ascending"
    assert candidate.get_attribute("aria-sort") is None


def test_long_tables_show_a_page_of_rows_at_a_time(browser: Any, tmp_path: Path) -> None:
    report = make_report("red")
    models = []
    for model in report.models:
        overall, slice_ = model.slices[0], model.slices[1]
        named = [
            slice_.model_copy(update={"slice": f"colour=c{i}", "n_pairs": i}) for i in range(120)
        ]
        models.append(model.model_copy(update={"slices": (overall, *named)}))
    document = report.model_copy(update={"models": tuple(models)}).to_json()
    (tmp_path / "report.json").write_text(document, encoding="utf-8")
    browser.get_log("browser")
    browser.get(render_folder(tmp_path)[0].as_uri())
    browser.execute_script("for (const part of document.querySelectorAll('details')) part.open = 1")
    region = browser.find_element("css selector", "[aria-label='Flips by colour']")
    more = region.find_element("xpath", "following-sibling::button")

    def pairs() -> list[int]:
        rows = region.find_elements("css selector", "tbody tr")
        return [
            int(row.find_element("css selector", "td").text) for row in rows if row.is_displayed()
        ]

    assert len(pairs()) == 50 and more.text == "50 of 120 rows shown: show more"
    region.find_element("xpath", ".//button[text()='pairs']").click()
    assert pairs() == list(range(119, 69, -1))
    more.click()
    assert pairs() == list(range(119, 19, -1))
    more.click()
    assert pairs() == list(range(119, -1, -1)) and not more.is_displayed()
    assert browser.get_log("browser") == []


def test_text_that_turns_around_is_shown_and_of_arabic_stands_by_itself(
    browser: Any, tmp_path: Path
) -> None:
    report = make_report("مرحبا \u202e")
    (tmp_path / "report.json").write_text(report.to_json(), encoding="utf-8")
    browser.get(render_folder(tmp_path)[0].as_uri())
    name = browser.find_element("css selector", ".flips tbody .id")
    assert name.text == "مرحبا ‹U+202E›"
    direction = "return getComputedStyle(arguments[0]).direction"
    assert browser.execute_script(direction, name) == "rtl"
    cell = browser.find_element("css selector", ".flips tbody td")
    assert browser.execute_script(direction, cell) == "ltr"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(opened: Any, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    # WCAG 2.2: at least 4.5 to 1 for text
    selectors = (".headline", ".verdict", ".muted", "summary", "del", "figure > svg text")
    selectors += (".contents a", ".rates .label", ".rates text", ".heat td small")
    for selector in (*selectors, ".better", ".worse", ".baseline", ".candidate"):
        element = opened.find_element("css selector", selector)
        assert opened.execute_script(CONTRAST, element) >= 4.5, selector


def test_it_fits_a_phone(opened: Any) -> None:
    metrics = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    width = opened.execute_script("return document.documentElement.scrollWidth")
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width == 360


CONTRAST = """
const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
function rgb(colour) {
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return Array.from(context.getImageData(0, 0, 1, 1).data.slice(0, 3), (part) => {
    part /= 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
}
const luminance = ([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
const element = arguments[0];
const style = getComputedStyle(element);
const isDrawn = element instanceof SVGElement;
const background = (part) => getComputedStyle(part).backgroundColor;
let behind = element;
while (background(behind) === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
const two = [isDrawn ? style.fill : style.color, background(behind)];
const [low, high] = two.map((colour) => luminance(rgb(colour))).sort((a, b) => a - b);
return (high + 0.05) / (low + 0.05);
"""


def test_the_sentences_of_functionalities_open_on_demand_and_filter(
    browser: Any, tmp_path: Path
) -> None:
    from selenium.webdriver.support.select import Select

    def flags(*words: str) -> Any:
        return lambda texts: [float(any(w in text.lower() for w in words)) for text in texts]

    evaluate_functions(
        flags("hate"),
        compare_to=flags("hate", "sikh"),
        output=tmp_path / "out",
        terms=["religion"],
        groups=["sikh", "hindu"],
    )
    browser.get_log("browser")
    browser.get((tmp_path / "out" / "functions.html").as_uri())
    rows = browser.find_elements("css selector", ".flips tbody tr")
    assert not any(row.is_displayed() for row in rows)
    browser.find_element("css selector", "summary").click()
    group, decided = (Select(browser.find_element("name", name)) for name in ("group", "under"))
    group.select_by_visible_text("hindu")
    decided.select_by_visible_text("only the baseline is right")
    assert not any(row.is_displayed() for row in rows)
    group.select_by_visible_text("sikh")
    shown = [row.text for row in rows if row.is_displayed()]
    assert shown and all("Sikh" in text for text in shown)
    assert browser.get_log("browser") == []
