"""Names from bills and users are text: in all six pages, in the notebooks and in findings.json, and never alive."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import lxml.html
import pytest
from material.three_lines import call

NAMES = [
    "<script>alert(1)</script>",
    "{{7*7}} {% raw %}",
    r"$\frac{$ and $5",
    '#import "x": *',
    '=HYPERLINK("http://evil.example","x")',
    "[x](javascript:alert(1))",
    "</title><h1>x",
    "bidi \u202egnp.exe\u202c end",
    "zero\u200bwidth\u2060joined",
    "emoji \U0001f680\U0001f4b8",
    "日本語のサービス 서비스 服务",
    "back`ticks` and 'quotes' \"double\"",
    "*bold* _under_ ~strike~ @ref <label> // c",
    "C:\\new\\table \\u0041 %s {0}",
    "خدمة عربية שירות",
    "Because we saved, (a+)+$ was reduced",
    "Thanks-to-" + "L" * 10_000,
]
MONEY = ["BilledCost", "EffectiveCost", "BillingCurrency"]
REST = ["ChargePeriodEnd", "ChargeCategory", "ServiceName", "ProviderName", "SubAccountName", "Tags"]
REPORT = """\
[report]
company = "{company}"
as_of = "2024-07-01"
min_users = 1
[costs]
paths = ["bill.csv"]
[activity]
path = "activity.csv"
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set in which every service, product line and account has a hostile name."""
    folder = tmp_path_factory.mktemp("hostile")
    bill, activity = io.StringIO(newline=""), io.StringIO(newline="")
    costs, users = csv.writer(bill), csv.writer(activity)
    costs.writerow([*MONEY, "BillingPeriodStart", "ChargePeriodStart", *REST])
    users.writerow(["date", "user_id", "product_line", "requests"])
    for month in ("2024-04", "2024-05"):
        for number, name in enumerate(NAMES):
            amount = 100 + number * (3 if month == "2024-05" else 2)
            tags = json.dumps({"product": name}) if number % 2 else ""
            period = [f"{month}-01T00:00:00Z", f"{month}-02T00:00:00Z", f"{month}-03T00:00:00Z"]
            costs.writerow([amount, amount, "USD", *period, "Usage", name, "AWS", name, tags])
            users.writerow([f"{month}-02", f"secret-user-{number}", name, 5])
    (folder / "bill.csv").write_text(bill.getvalue(), "utf-8")
    (folder / "activity.csv").write_text(activity.getvalue(), "utf-8")
    config = folder / "report.toml"
    config.write_text(REPORT.format(company="<b>&amp; Sons {{1}}"), "utf-8")
    code, out, err = call("report", "2024-05", "--config", config, "--out", folder / "out")
    assert code == 0, err
    assert "\x1b" not in out + err
    return folder / "out" / "2024-05"


def bare(text: str) -> str:
    """Return text without white space and invisible characters, which a layout may add or drop."""
    return "".join(
        ch for ch in unicodedata.normalize("NFKC", text) if not ch.isspace() and unicodedata.category(ch) != "Cf"
    )


ROLES = ["cto", "vp-engineering", "cfo"]


@pytest.mark.parametrize("role", ROLES)
def test_every_name_reads_as_it_is_on_the_web_page(role: str, published: Path) -> None:
    """The text of the page holds each name; no element, script or link came out of one."""
    page = lxml.html.fromstring((published / f"{role}.html").read_text("utf-8"))
    text = bare(page.text_content())
    for name in NAMES:
        assert bare(name) in text, name[:40]
    assert not page.xpath("//script | //iframe | //object | //*[@onerror or @onload or @onclick]")
    assert all(link.startswith("#") for link in page.xpath("//a/@href"))
    assert len(page.xpath("//h1")) == 1


@pytest.mark.parametrize("role", ROLES)
def test_every_name_reads_as_it_is_on_paper(role: str, published: Path) -> None:
    """The PDF holds the letters of each name; a right-to-left one may be read back in either direction."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    done = subprocess.run(["pdftotext", "-raw", published / f"{role}.pdf", "-"], capture_output=True, check=True)
    text = re.sub(r"PageNof.*?\n", "", bare(done.stdout.decode("utf-8")))
    for name in NAMES:
        words = [bare(word) for word in re.split(r"[\s\u202c\u202e\u200b\u2060]+", name)]
        for word in words:
            if any("ARABIC" in unicodedata.name(ch, "") for ch in word):
                # Joined letters are several glyphs each, and a program that reads the PDF sees some of them twice.
                assert set(word) <= set(text)
                continue
            piece = word[:500]
            assert piece in text or piece[::-1] in text, word[:40]


def test_notebooks_and_findings_hold_no_user_and_every_name(published: Path) -> None:
    """Labels are whole; single users appear nowhere in what is published."""
    findings = json.loads((published / "findings.json").read_text("utf-8"))["findings"]
    labels = {entry["label"] for entry in findings.values()}
    assert set(NAMES) <= labels
    for path in published.rglob("*"):
        if path.is_file():
            assert b"secret-user" not in path.read_bytes(), path.name
