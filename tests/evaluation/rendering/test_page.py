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
from evenhand.evaluation.reports.report import PairScores

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
    folder = tmp_path_factory.mktemp("page")
    document = report.model_copy(update={"flips": flips}).to_json()
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
    rows = browser.find_elements("css selector", ".flips tbody tr")
    return [row.find_element("css selector", "td").text for row in rows if row.is_displayed()]


def heading(browser: Any, text: str) -> Any:
    cells = browser.find_elements("css selector", ".flips thead th")
    return next(cell for cell in cells if cell.text.startswith(text))


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
    cell = opened.find_element("css selector", ".flips tbody tr td.text")
    assert cell.text == FLIPS[0][1]


def test_search_and_filters_narrow_the_flips(opened: Any) -> None:
    from selenium.webdriver.support.select import Select

    search, group, under = (opened.find_element("name", n) for n in ("search", "group", "under"))
    count = opened.find_element("css selector", ".controls output")
    assert shown_ids(opened) == ["a", "b", "c", "d"] and count.text == "4 of 4 shown"
    search.send_keys("WENT he")
    assert shown_ids(opened) == ["c", "d"] and count.text == "2 of 4 shown"
    search.clear()
    Select(group).select_by_visible_text("male")
    assert shown_ids(opened) == ["b", "d"]
    Select(under).select_by_value("candidate")
    assert shown_ids(opened) == ["d"]
    Select(group).select_by_visible_text("all")
    Select(under).select_by_value("both")
    assert shown_ids(opened) == ["a"]
    assert opened.get_log("browser") == []


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
    name = browser.find_element("css selector", ".flips tbody bdi")
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
    selectors = (".verdict", ".muted", "summary", "del", "svg text")
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
