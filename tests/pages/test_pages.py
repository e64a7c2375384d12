"""The published pages of the sample company, as their readers meet them: whole, tagged, silent, the same everywhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pikepdf
import pytest
from material.places import ROOT
from material.three_lines import call

ROLES = ("cto", "vp-engineering", "cfo")
CHROMIUM = Path("/usr/bin/chromium")
MONTH = "2024-05"
SET = {
    *(f"{role}.{kind}" for role in ROLES for kind in ("html", "pdf")),
    "basis.json",
    "findings.json",
    "manifest.json",
    *(f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")),
}


@pytest.fixture(scope="module")
def out(sample_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT with the reports of a month."""
    folder = tmp_path_factory.mktemp("pages") / "reports"
    code, said, err = call("report", MONTH, "--config", sample_company / "report.toml", "--out", folder)
    assert code == 0, err
    assert "3.867875046239 USD/user, final" in said
    return folder


def page(out: Path, role: str) -> lxml.html.HtmlElement:
    return lxml.html.fromstring((out / MONTH / f"{role}.html").read_text("utf-8"))


def test_the_set_is_whole_and_nothing_else_is_there(out: Path) -> None:
    """Six pages, the findings, the manifest and the executed notebooks; no staging left."""
    files = {path.relative_to(out / MONTH).as_posix() for path in (out / MONTH).rglob("*") if path.is_file()}
    assert files == SET
    assert sorted(path.name for path in out.iterdir()) == [".locks", ".runs", MONTH, "ledger.jsonl"]
    assert call("verify", MONTH, "--out", out)[0] == 0


def test_the_same_question_again_writes_nothing(out: Path, sample_company: Path) -> None:
    """The second run says so; no file or folder is touched."""
    before = {path: path.lstat().st_mtime_ns for path in out.rglob("*")}
    code, said, _ = call("report", MONTH, "--config", sample_company / "report.toml", "--out", out)
    run = json.loads((out / MONTH / "manifest.json").read_text("utf-8"))["run_id"]
    assert (code, said.splitlines()[0]) == (0, f"unchanged since {run}")
    assert {path: path.lstat().st_mtime_ns for path in out.rglob("*")} == before


def test_another_folder_gets_the_same_bytes(out: Path, sample_company: Path, tmp_path: Path) -> None:
    """A copy of the company elsewhere gives the same files, byte for byte."""
    copy = shutil.copytree(sample_company, tmp_path / "copy")
    assert call("report", MONTH, "--config", copy / "report.toml", "--out", tmp_path / "reports")[0] == 0
    for name in SET:
        assert (tmp_path / "reports" / MONTH / name).read_bytes() == (out / MONTH / name).read_bytes(), name


def test_one_role_is_a_run_of_its_own(out: Path, sample_company: Path, tmp_path: Path) -> None:
    """ROLE=cfo publishes only the CFO's pages, never a set with pages of two runs."""
    arguments = ("report", MONTH, "--config", sample_company / "report.toml", "--out", tmp_path)
    assert call(*arguments, "--role", "cfo")[0] == 0
    names = {path.name for path in (tmp_path / MONTH).iterdir()}
    assert names == {"basis.json", "cfo.html", "cfo.pdf", "findings.json", "manifest.json", "notebooks"}
    both = [json.loads((o / MONTH / "manifest.json").read_text("utf-8"))["run_id"] for o in (out, tmp_path)]
    assert both[0] != both[1]
    code, _, err = call(*arguments, "--role", "cf0")
    assert code == 2
    assert "did you mean 'cfo'?" in err


@pytest.mark.parametrize("role", ROLES)
def test_page_one_says_number_direction_status_and_where(role: str, out: Path) -> None:
    """A reader of page one alone knows the number, its direction and size, the status, and what moved."""
    [first] = page(out, role).xpath("//main/*[1] | //header")[:1]
    text = " ".join(page(out, role).text_content().split())
    headline = " ".join(page(out, role).xpath("//h1")[0].text_content().split()).replace("\u00a0", " ")
    assert first is not None
    assert "USD 3.87" in headline
    assert "5.5%" in headline
    assert "less" in headline or "fell" in headline
    assert "Final: every bill of the month is complete" in text
    assert "Largest movements by service" in text
    assert "Amazon EC2" in text


@pytest.mark.parametrize("role", ROLES)
def test_no_sentence_names_a_cause(role: str, out: Path) -> None:
    """No experiment was evaluated, so nothing caused, drove, saved or led to anything; levers would save."""
    text = page(out, role).text_content().lower()
    found = re.findall(r"\b(because|due to|caused|drove|led to|thanks to|as a result|saved|reduced)\b", text)
    assert found == []


@pytest.mark.parametrize("role", ROLES)
def test_both_media_say_the_same(role: str, out: Path) -> None:
    """Every number of the web page is on paper, and the run id is on both."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    done = subprocess.run(["pdftotext", "-layout", out / MONTH / f"{role}.pdf", "-"], capture_output=True, check=True)
    paper = done.stdout.decode("utf-8")
    web = page(out, role)
    numbers = set(re.findall(r"\d[\d,]*\.\d+", " ".join(cell.text_content() for cell in web.xpath("//td"))))
    assert len(numbers) > 50
    assert {number for number in numbers if number not in paper} == set()
    run = json.loads((out / MONTH / "manifest.json").read_text("utf-8"))["run_id"]
    assert run in paper
    assert run in web.text_content()


@pytest.mark.parametrize("role", ROLES)
def test_the_pdf_is_tagged_titled_and_described(role: str, out: Path) -> None:
    """PDF/UA-1: structure, language, title shown, bookmarks, and alternative text with numbers on every figure."""
    with pikepdf.open(out / MONTH / f"{role}.pdf") as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "en-US"
        assert root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"
            assert str(about["dc:title"]).startswith("Northwind Notes – ")
        with pdf.open_outline() as outline:
            assert len(outline.root[0].children) >= 5
        figures = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"]
        assert len(figures) >= 4
        assert all(re.search(r"\d", str(figure.Alt)) for figure in figures)


@pytest.mark.parametrize("role", ROLES)
def test_the_web_page_is_one_small_file_that_asks_for_nothing(role: str, out: Path) -> None:
    """At most 1.5 MB, no script, and a policy that forbids everything but what is inside."""
    path = out / MONTH / f"{role}.html"
    assert path.stat().st_size <= 1_500_000
    web = page(out, role)
    [policy] = web.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy
    assert not web.xpath("//script | //link[@rel='stylesheet']")
    assert all(uri.startswith("data:image/") for uri in web.xpath("//img/@src"))
    assert all(re.search(r"\d", alt) for alt in web.xpath("//img/@alt"))


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A real browser without a network."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed: the pages are not looked at in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        yield play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_a_browser_shows_it_to_everyone(role: str, scheme: str, width: int, out: Path, browser) -> None:  # type: ignore[no-untyped-def]
    """No request, no complaint of the policy, no accessibility violation, no sideways scrolling."""
    from axe_playwright_python.sync_playwright import Axe

    uri = (out / MONTH / f"{role}.html").as_uri()
    seen: list[str] = []
    quiet = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    quiet.on("request", lambda request: seen.append(request.url) if request.url[:5] not in ("data:", "file:") else None)
    quiet.on("console", lambda message: seen.append(message.text))
    quiet.goto(uri)
    assert seen == []
    assert quiet.evaluate("document.documentElement.scrollWidth") <= width
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    tested = context.new_page()
    tested.goto(uri)
    assert [found["id"] for found in Axe().run(tested).response["violations"]] == []
    context.close()
    quiet.close()
