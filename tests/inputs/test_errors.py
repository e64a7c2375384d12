"""Bad input gets a clear error: exit code, place, cause and remedy, in at most 15 lines and without a traceback."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from material.three_lines import HEADER, REPORT, ROW, call, write

MONTHS = ["2024-13", "2024-5", "../x", "$(shell touch canary)", "'a'", "`touch canary`", "2024-05\n", "２０２４-05", ""]


@pytest.mark.parametrize("month", MONTHS)
def test_a_text_that_is_no_month_is_a_usage_error(month: str, tmp_path: Path) -> None:
    """Exit 2, whatever stands there, and nothing of it is executed."""
    code, out, err = call("findings", month, "--config", write(tmp_path))
    assert (code, out) == (2, "")
    assert "make report MONTH=2024-05" in err
    assert not (tmp_path / "canary").exists()


def bill(text: str) -> dict[str, str | bytes]:
    return {"bill_csv": text}


def report(text: str) -> dict[str, str | bytes]:
    return {"report_toml": text}


def rules(text: str) -> dict[str, str | bytes]:
    return {"report_toml": REPORT + '[allocation]\npath = "allocation.toml"\n', "allocation_toml": text}


def amount(text: str) -> dict[str, str | bytes]:
    return bill(HEADER + ROW + ROW.replace("52200,52200", f'"{text}",1'))


TRUNCATED = gzip.compress((HEADER + ROW * 1000).encode())[:60]
SUBSCRIPTIONS = "user_id,tier,started_on,ended_on,mrr\nu,free,2024-01-01,2024-03-01,0\nu,paid,2024-02-01,,9\n"
BY_USER = REPORT.replace('aggregate = "mau.csv"', 'path = "act.csv"\n[subscriptions]\npath = "subs.csv"')
ACTIVITY = "date,user_id,product_line,requests\n2024-05-01,u,web,3\n"
TWICE = HEADER.strip() + ",PublisherName\n" + ROW.strip() + ",AWS\n"

CASES: dict[str, tuple[int, dict[str, str | bytes], list[str]]] = {
    "unknown key": (2, report(REPORT + 'aggregat = "x"\n'), ["'aggregat'", "did you mean 'aggregate'"]),
    "unknown section": (2, report(REPORT + "[cost]\nx = 1\n"), ["section 'cost'", "did you mean 'costs'"]),
    "broken TOML": (2, report(REPORT + "[x\n"), ["not valid TOML", "line 7"]),
    "wrong type": (2, report(REPORT.replace("[costs]", 'close_day = "x"\n[costs]')), ["report.close_day"]),
    "missing key": (2, report(REPORT.replace('company = "Three Lines"', "")), ["report.company"]),
    "two kinds of activity": (2, report(REPORT + 'path = "x"\n'), ["exactly one of 'path'"]),
    "unknown locale": (2, report(REPORT.replace("[costs]", 'locale = "xx"\n[costs]')), ["report.locale"]),
    "two owners": (
        2,
        rules('[[rule]]\nwhen = { ServiceName = "x" }\nproduct_line = "a"\nout_of_scope = "b"\n'),
        ["rule[1]", "product_line and out_of_scope"],
    ),
    "unknown pool": (
        2,
        rules('[[rule]]\nwhen = { ServiceName = "x" }\nshared = "plat"\n[[shared]]\npool = "platform"\n'),
        ["rule[1]", "did you mean 'platform'"],
    ),
    "fixed shares that do not sum to 1": (
        2,
        rules('[[shared]]\npool = "platform"\nmethod = "fixed"\nshares = { a = 0.5, b = 0.4 }\n'),
        ["sum to 0.9, not to 1"],
    ),
    "unknown column in a rule": (
        2,
        rules('[[rule]]\nwhen = { Servicename = "x" }\nproduct_line = "a"\n'),
        ["did you mean 'ServiceName'"],
    ),
    "truncated gzip": (
        3,
        {**report(REPORT.replace("bill.csv", "bill.csv.gz")), "bill_csv_gz": TRUNCATED},
        ["bill.csv.gz", "breaks off"],
    ),
    "empty file": (3, bill(""), ["bill.csv", "empty"]),
    "header only": (3, bill(HEADER), ["bill.csv", "no rows"]),
    "Latin-1": (3, {"bill_csv": (HEADER + ROW + ROW.replace("EC2", "Café")).encode("latin-1")}, ["line 3", "UTF-8"]),
    "currency without rate": (3, bill(HEADER + ROW.replace("USD", "EUR")), ["EUR in 2024-05", "line 2", "[fx]"]),
    "overlapping subscriptions": (
        3,
        {**report(BY_USER), "act_csv": ACTIVITY, "subs_csv": SUBSCRIPTIONS},
        ["subs.csv, line 2", "subs.csv, line 3", "overlap"],
    ),
    "negative driver": (
        3,
        {
            **report(BY_USER),
            "act_csv": ACTIVITY.replace(",3", ",-3"),
            "subs_csv": SUBSCRIPTIONS.replace("-02-", "-03-"),
        },
        ["act.csv, line 2", "requests"],
    ),
    "NaN": (3, amount("NaN"), ["line 3", "BilledCost", "finite"]),
    "Infinity": (3, amount("-Infinity"), ["line 3", "BilledCost", "finite"]),
    "21 digits": (3, amount("1" * 21), ["line 3", "more than 20 digits"]),
    "decimal comma": (3, amount("12,5"), ["line 3", "1234.56"]),
    "a word for an amount": (3, amount("abc"), ["line 3", "not a number"]),
    "null where fatal": (3, amount(""), ["line 3", "BilledCost", "never read as 0"]),
    "day-first date": (3, bill(HEADER + ROW.replace("2024-05-01T00:00:00Z,2024-06", "13/5/24,2024-06")), ["ISO"]),
    "missing required column": (
        3,
        bill(HEADER.replace("ServiceName,", "") + ROW.replace("EC2,", "")),
        ["ServiceName", "[costs] defaults"],
    ),
    "two columns of one name": (3, bill(HEADER.replace("ServiceName", "billedcost") + ROW), ["billedcost", "twice"]),
    "a path that matches nothing": (3, report(REPORT.replace("bill.csv", "bills/*.csv")), ["bills/*.csv"]),
    "ragged row": (3, bill(HEADER + ROW + "1,2\n"), ["line 3", "2 cells"]),
    "quote never closed": (3, bill(HEADER + ROW + '1,"2\n'), ["line 3", "quote"]),
    "period that ends before it starts": (3, bill(HEADER + ROW.replace("2024-06-01", "2024-04-01")), ["line 2"]),
    "count that is none": (3, {"mau_csv": "month,mau\n2024-05,-1\n"}, ["mau.csv, line 2"]),
    "vendor billed twice": (
        3,
        bill(TWICE + ROW.strip().replace("AWS", "Datadog") + ",Datadog\n" + ROW.strip() + ",Datadog\n"),
        ["Datadog is counted twice", "out_of_scope"],
    ),
    "month without data": (3, {"mau_csv": "month,mau\n2024-04,9900\n"}, ["2024-05 has no activity"]),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_with_place_and_remedy(name: str, tmp_path: Path) -> None:
    """The exit code fits the kind of trouble and the text names what a person needs to mend it."""
    code, files, said = CASES[name]
    got, out, err = call("findings", "2024-05", "--config", write(tmp_path, **files))
    assert (got, out) == (code, ""), err
    for text in said:
        assert text in err
    assert "fix:" in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) <= 15 + 3  # progress lines come first


@pytest.mark.parametrize("mark", [";", "\t", "|"])
@pytest.mark.parametrize("file", ["bill_csv", "mau_csv", "plan_csv"])
def test_columns_that_no_comma_separates_are_told_so(file: str, mark: str, tmp_path: Path) -> None:
    """Whatever the file: not that a column is missing from a list of one, but how to save it."""
    texts = {
        "bill_csv": HEADER + ROW,
        "mau_csv": "month,mau\n2024-05,10000\n",
        "plan_csv": "month,scope_cost,mau\n2024-05,1,1\n",
    }
    texts[file] = texts[file].replace(",", mark)
    config = write(tmp_path, report_toml=f'{REPORT}[plan]\npath = "plan.csv"\n', **texts)
    code, _, err = call("findings", "2024-05", "--config", config)
    assert code == 3
    assert "save the file with commas between the columns" in err
    assert file.replace("_", ".") in err


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    """An empty folder called bill.csv is not an empty bill."""
    config = write(tmp_path)
    (tmp_path / "bill.csv").unlink()
    (tmp_path / "bill.csv").mkdir()
    code, _, err = call("findings", "2024-05", "--config", config)
    assert code == 3
    assert "folder stands where data should be" in err


def test_one_bill_and_a_count_of_users_give_a_number(tmp_path: Path) -> None:
    """USD 52,200 over 10,000 users is 5.22; what needs single users is null with its reason."""
    import json

    code, out, _ = call("findings", "2024-05", "--config", write(tmp_path), "--json")
    findings = json.loads(out)["findings"]
    assert code == 0
    assert findings["cost_per_user"]["value"] == "5.22"
    for name in ("mau.switched_tier", "mau.multi_product", "user_months.free", "cost_per_user.tenancy.shared"):
        assert findings[name]["value"] is None
        assert findings[name]["reason"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hlep"], "No such option"),
        (["reprot", "2024-05"], "report"),
        (["findings", "2024-05", "--jsno"], "No such option"),
        (["findings", "2024-05", "--config"], "--config"),
        (["report", "2024-05", "--role", "ceo"], "ROLE"),
        (["report", "2024-05", "--scenario", "lean"], "SCENARIO"),
        (["report", "2024-05", "--as-of", "tomorrow"], "--as-of"),
        (["verify", "2024-05", "--out", "nowhere"], "nothing is published"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(arguments: list[str], said: str, tmp_path: Path) -> None:
    """Exit 2, one clear sentence, and no page made."""
    config = write(tmp_path)
    extra = ["--config", str(config), "--out", str(tmp_path / "out")] if arguments[0] == "report" else []
    code, out, err = call(*arguments, *extra)
    assert (code, out) == (2, "")
    assert said in err
    assert "internal error" not in err
    assert not (tmp_path / "out").exists()


def test_without_a_verb_the_help_is_shown() -> None:
    """The list of verbs, and no error."""
    code, out, _ = call()
    assert code == 0
    assert "findings" in out
