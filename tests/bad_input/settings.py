"""report.toml and allocation.toml: broken, of unknown keys, of wrong or contradictory values."""

from __future__ import annotations

import codecs

from .case import SAME, Accepted, Case, Outcome, data, usage
from .changes import allocation, also, appended, bent, removed, report, written
from .company import ALLOCATION, REPORT, Figures

TOML, RULES = "report.toml", "allocation.toml"
SECTIONS = (
    "report",
    "costs",
    "fx",
    "invoices",
    "activity",
    "subscriptions",
    "usage_metrics",
    "utilisation",
    "allocation",
    "finance",
    "experiments",
    "scenarios",
    "plan",
    "benchmarks",
    "targets",
    "outlook",
)
PATHS = ("fx", "invoices", "subscriptions", "allocation", "scenarios", "plan")


def _set(section: str, line: str, outcome: Outcome = SAME, name: str = "") -> Case:
    """Return a case: one line more in a section, in place of that key's line if it has one."""
    key = line.split(" ", maxsplit=1)[0]
    kept = [old for old in REPORT.splitlines() if not _is_key(old, section, key)]
    where = kept.index(f"[{section}]") + 1 if f"[{section}]" in kept else None
    lines = [*kept[:where], line, *kept[where:]] if where is not None else [*kept, f"[{section}]", line]
    return Case(name or f"[{section}] {line}", written(TOML, "\n".join(lines) + "\n"), outcome)


def _is_key(line: str, section: str, key: str) -> bool:
    before = REPORT[: REPORT.index(line)] if line else ""
    return bool(line) and line.split(" ", maxsplit=1)[0] == key and before.rfind(f"[{section}]") == before.rfind("[")


def _bad(section: str, line: str, *said: str) -> Case:
    return _set(section, line, usage(f"{TOML}, {section}.{line.split(' ', maxsplit=1)[0]}", *said))


def _rule(name: str, rule: str, *said: str, place: str = "rule[2]") -> Case:
    return Case(name, appended(RULES, f"\n{rule}\n"), usage(f"{RULES}, {place}", *said))


def _broken(file: str, content: str) -> list[Case]:
    last = len(content.splitlines())
    return [
        Case(f"{file}: no file", removed(file), usage(file, "does not exist")),
        Case(f"{file}: an open bracket", appended(file, "[x\n"), usage(file, "not valid TOML", f"line {last + 1}")),
        Case(
            f"{file}: a quote that is never closed",
            appended(file, 'x = "y\n'),
            usage(file, "not valid TOML", f"line {last + 1}"),
        ),
        Case(
            f"{file}: a key without value", appended(file, "x =\n"), usage(file, "not valid TOML", f"line {last + 1}")
        ),
        Case(
            f"{file}: a section twice",
            appended(file, "[drivers]\n" if file == RULES else "[costs]\n"),
            usage(file, "not valid TOML", f"line {last + 1}"),
        ),
        Case(f"{file}: Latin-1", bent(file, lambda text: text + b"# caf\xe9\n"), usage(file, "not UTF-8")),
        Case(f"{file}: UTF-16", bent(file, lambda text: text.decode().encode("utf-16")), usage(file, "not UTF-8")),
        Case(f"{file}: a byte order mark", bent(file, lambda text: codecs.BOM_UTF8 + text), SAME),
        Case(f"{file}: CRLF", bent(file, lambda text: text.replace(b"\n", b"\r\n")), SAME),
        Case(f"{file}: a NUL byte", bent(file, lambda text: text + b"\0"), usage(file, "not valid TOML")),
        Case(
            f"{file}: nested ten thousand deep",
            appended(file, "x = " + "[" * 10_000 + "\n"),
            usage(file, "nested too deeply"),
        ),
        Case(f"{file}: a folder", also(removed(file), written(f"{file}/x", "")), usage(file, "folder")),
    ]


ANY = [
    *_broken(TOML, REPORT),
    Case(f"{TOML}: empty", written(TOML, ""), usage(f"{TOML}, report", "missing")),
    Case(
        f"{TOML}: a key twice",
        report("[costs]", 'currency = "USD"\ncurrency = "EUR"\n[costs]'),
        usage(TOML, "not valid TOML", "line 7"),
    ),
    Case(f"{TOML}: JSON", written(TOML, '{"report": {}}'), usage(TOML, "not valid TOML", "line 1")),
    Case(f"{TOML}: an unknown section", appended(TOML, "[cost]\n"), usage(f"{TOML}, cost", "did you mean 'costs'")),
    Case(
        f"{TOML}: a section in capitals", report("[costs]", "[Costs]"), usage(f"{TOML}, Costs", "did you mean 'costs'")
    ),
    Case(f"{TOML}: a section that is a list", report("[fx]", "[[fx]]"), usage(f"{TOML}, fx")),
    Case(
        f"{TOML}: a section that is a text",
        also(report('[fx]\npath = "fx.csv"\n', ""), bent(TOML, lambda text: b'fx = "fx.csv"\n' + text)),
        usage(f"{TOML}, fx"),
    ),
    *(_bad(section, 'pathh = "x"', "Unknown key 'pathh'") for section in SECTIONS),
]
REPORT_CASES = [
    *(_bad("report", f"company = {value}") for value in ("5", '""', "[]", "true", '"  "')),
    *(_bad("report", f"currency = {value}") for value in ("5", '""', '"usd"', '"US Dollar"', '"$"')),
    *(_bad("report", f"locale = {value}") for value in ("5", '""', '"xx"', '"english"')),
    *(_bad("report", f"close_day = {value}") for value in ("0", "29", "-1", "10.5", '"10"', "true", "nan")),
    *(
        _bad("report", f"as_of = {value}", "2024-06-12")
        for value in ('"soon"', '"2024-02-30"', "5", '"20240612"', "2024-06-12T10:00:00")
    ),
    _set("report", "as_of = 2024-07-01"),
    *(_bad("report", f"min_users = {value}") for value in ("0", "-1", "1.5", '"1"', "nan")),
    _set("report", "min_users = 5", Accepted(figures={"cost_per_user": None, "scope_cost": "121"}, alone=True)),
    *(_bad("report", f"material_share = {value}") for value in ("-0.1", "1.5", "nan", "inf", '"x"')),
    _bad("report", "suppress_below = 0"),
    Case("no [report] company", report('company = "Tiny"\n', ""), usage(f"{TOML}, report.company", "missing")),
]
COST_CASES = [
    *(_bad("costs", f"paths = {value}") for value in ("[]", '"bills"', "[5]", '[""]', "{}")),
    Case("no [costs] paths", report('paths = ["bills/**/*"]\n', ""), usage(f"{TOML}, costs.paths", "missing")),
    _bad("costs", 'defaults = { BilledCosts = "1" }', "did you mean 'BilledCost'"),
    _bad("costs", 'defaults = { billingcurrency = "USD" }', "did you mean 'BillingCurrency'"),
    _set("costs", "defaults = { BilledCost = 1 }", usage(f"{TOML}, costs.defaults.BilledCost")),
    _bad("costs", 'basis = "Effective"', "effective"),
    _bad("costs", 'exclude_categories = ["tax"]', "did you mean 'Tax'"),
    _bad("costs", 'exclude_categories = "Tax"'),
    _set(
        "costs",
        "exclude_categories = []",
        Accepted("tax and credits are in scope", {"scope_cost": "128.5", "cost.unallocated": "13"}, alone=True),
    ),
    *(
        _bad("costs", f"{key} = {value}")
        for key in ("product_tag", "environment_tag", "account_tag")
        for value in ('""', "5")
    ),
    _set(
        "costs",
        'product_tag = "Product"',
        Accepted("another key: no row has it", {"cost.unallocated": "121"}, alone=True),
    ),
    _bad("costs", 'corrections = "booked"', "as_booked"),
    _bad("costs", 'spread = "months"', "days"),
]
OTHER_CASES = [
    *(_bad(section, "path = 5") for section in (*PATHS, "usage_metrics", "experiments", "benchmarks")),
    *(
        _set(section, 'path = "gone.csv"', data(f"{TOML}, [{section}]", "No file matches 'gone.csv'"))
        for section in ("fx", "invoices", "subscriptions", "utilisation", "usage_metrics", "plan")
    ),
    _bad("outlook", "events = 5"),
    _set("outlook", 'events = "gone.csv"', data(f"{TOML}, [outlook]", "No file matches 'gone.csv'")),
    _set("allocation", 'path = "gone.toml"', usage("gone.toml", "does not exist")),
    _set("scenarios", 'path = "gone"', usage("gone", "folder of the scenarios does not exist")),
    _set("fx", 'path = "../fx.csv"', data(f"{TOML}, [fx]", "No file matches '../fx.csv'")),
    _set("experiments", 'path = "gone.toml"', usage("gone.toml", "does not exist")),
    Case(
        "both [activity] path and aggregate",
        report('path = "activity.csv"', 'path = "activity.csv"\naggregate = "x.csv"'),
        usage(f"{TOML}, activity", "exactly one"),
    ),
    Case(
        "neither [activity] path nor aggregate",
        report('path = "activity.csv"', ""),
        usage(f"{TOML}, activity", "exactly one"),
    ),
    Case(
        '[activity] path = ""', report('path = "activity.csv"', 'path = ""'), usage(f"{TOML}, activity", "exactly one")
    ),
    _bad("subscriptions", 'default_tier = "Free"', "free"),
    _bad("allocation", 'unused_commitment = "both"', "split"),
    *(_bad("usage_metrics", f"min_coverage = {value}") for value in ("-0.1", "1.1", "nan", '"x"')),
    *(_bad("finance", f"discount_rate_annual = {value}") for value in ("-0.1", "10", "nan", "inf")),
    *(_bad("finance", f"ltv_horizon_months = {value}") for value in ("0", "1.5")),
    _bad("finance", "other_cogs_per_paid_user = -1"),
    *(
        _set("targets", f'cost_per_user = {{ "2024-12" = {value} }}', usage(f"{TOML}, targets.cost_per_user.2024-12"))
        for value in ("0", "-1", "nan", "inf", '"x"')
    ),
    _bad("targets", 'cost_per_user = { "2024-13" = 1 }', "2024-13"),
    _bad("targets", "cost_per_user = 1"),
    Case(
        "benchmarks that are not there",
        appended(TOML, '[benchmarks]\npath = "gone.toml"\n'),
        usage("gone.toml", "does not exist"),
        verb="check",
    ),
    Case(
        "benchmarks that are not TOML",
        also(written("b.toml", "[x\n"), appended(TOML, '[benchmarks]\npath = "b.toml"\n')),
        usage("b.toml", "not valid TOML", "line 1"),
        verb="check",
    ),
]
# Nobody takes the pool: it stays unallocated, and the lines keep 80 and 30.
POOL_LEFT: Figures = {
    "cost.unallocated": "11",
    "cost.product.web": "80",
    "cost.product.search": "30",
    "cost.free": "40",  # 20 + 20
    "cost.paid": "70",  # 60 + 10
    "cost_per_user.free": "20",
    "cost_per_user.paid": "35",
    "cost_per_user.product.web": "26.666666666667",
    "cost_per_user.product.search": "15",
}
# The pool is unknown to all rules, so Monitor has no owner at all.
NO_RULE: Figures = {**POOL_LEFT, "allocation_coverage": "0.909090909091"}
WHEN = 'when = { ServiceName = "S3" }'
RULE_CASES = [
    *_broken(RULES, ALLOCATION),
    Case(f"{RULES}: empty", written(RULES, ""), Accepted("tags alone decide", NO_RULE)),
    _rule("an unknown key at the top", "[rules]", "Unknown section 'rules'", "did you mean 'rule'", place="rules"),
    _rule("an unknown key in a rule", f'[[rule]]\n{WHEN}\nproduct = "a"', "'product'", "product_line"),
    _rule("an unknown column", '[[rule]]\nwhen = { Service = "S3" }\nproduct_line = "a"', "did you mean 'ServiceName'"),
    _rule(
        "a column in another case",
        '[[rule]]\nwhen = { servicename = "S3" }\nproduct_line = "a"',
        "did you mean 'ServiceName'",
    ),
    _rule("a tag without key", '[[rule]]\nwhen = { "Tags." = "S3" }\nproduct_line = "a"', "Tags.<key>"),
    _rule("no when", '[[rule]]\nproduct_line = "a"', "missing"),
    _rule("an empty when", '[[rule]]\nwhen = {}\nproduct_line = "a"'),
    _rule("a when with an empty list", '[[rule]]\nwhen = { ServiceName = [] }\nproduct_line = "a"', "no value"),
    _rule("a when with an empty text", '[[rule]]\nwhen = { ServiceName = "" }\nproduct_line = "a"', "no value"),
    _rule(
        "a when with an empty text in a list",
        '[[rule]]\nwhen = { ServiceName = ["S3", ""] }\nproduct_line = "a"',
        "no value",
    ),
    _rule("a when with a number", '[[rule]]\nwhen = { ServiceName = 5 }\nproduct_line = "a"'),
    _rule("a star in the middle", '[[rule]]\nwhen = { ServiceName = "Amazon * S3" }\nproduct_line = "a"', "*"),
    _rule("two owners", f'[[rule]]\n{WHEN}\nproduct_line = "a"\nout_of_scope = "b"', "product_line and out_of_scope"),
    _rule("no owner", f"[[rule]]\n{WHEN}", "sets none"),
    _rule("an empty owner", f'[[rule]]\n{WHEN}\nproduct_line = ""'),
    _rule("an empty environment", f'[[rule]]\n{WHEN}\nenvironment = ""'),
    _rule("an unknown pool", f'[[rule]]\n{WHEN}\nshared = "platfrom"', "did you mean 'platform'"),
    _rule("a pool twice", '[[shared]]\npool = "platform"', "defined twice", place="shared[2]"),
    _rule("a pool without name", '[[shared]]\nmethod = "even"', "missing", place="shared[2]"),
    _rule("an unknown method", '[[shared]]\npool = "x"\nmethod = "equal"', "even", place="shared[2]"),
    _rule("fixed without shares", '[[shared]]\npool = "x"\nmethod = "fixed"', "shares", place="shared[2]"),
    _rule("shares without fixed", '[[shared]]\npool = "x"\nshares = { web = 1 }', "shares", place="shared[2]"),
    *(
        _rule(
            f"shares {shares}", f'[[shared]]\npool = "x"\nmethod = "fixed"\nshares = {shares}', *said, place="shared[2]"
        )
        for shares, said in (
            ("{ web = 0.6, search = 0.5 }", ("sum to 1.1",)),
            ("{ web = 0.3, search = 0.3 }", ("sum to 0.6",)),
            ("{ web = -0.5, search = 1.5 }", ()),
            ("{ web = nan }", ()),
            ("{ web = inf }", ()),
            ('{ web = "all" }', ()),
            ("{}", ("sum to 0",)),
            ("{ web = 0.999999999999999999999999999999 }", ("sum to 0.999",)),
            ('{ "" = 1 }', ()),
        )
    ),
    _rule("driver without its column", '[[shared]]\npool = "x"\nmethod = "driver"', "driver", place="shared[2]"),
    _rule("an empty driver", '[[shared]]\npool = "x"\nmethod = "driver"\ndriver = ""', place="shared[2]"),
    Case(
        "[drivers] default is a number",
        allocation('default = "requests"', "default = 5"),
        usage(f"{RULES}, drivers.default"),
    ),
    Case(
        "[drivers] default is empty",
        allocation('default = "requests"', 'default = ""'),
        usage(f"{RULES}, drivers.default"),
    ),
    Case(
        "a driver that no activity has",
        allocation('Storage = "storage_gb"', 'Storage = "seconds"'),
        Accepted("the default driver decides; no figure changes"),
    ),
    Case("a driver in capitals", allocation('"requests"', '"REQUESTS"'), SAME),
    Case(
        "a pool split by a driver that no activity has",
        allocation('pool = "platform"', 'pool = "platform"\nmethod = "driver"\ndriver = "seconds"'),
        Accepted("the pool stays unallocated", POOL_LEFT),
    ),
    Case(
        "a pool split by fixed shares of lines that are not there",
        allocation('pool = "platform"', 'pool = "platform"\nmethod = "fixed"\nshares = { shop = 1 }'),
        Accepted("the pool stays unallocated", POOL_LEFT),
    ),
    Case(
        "a rule that matches nothing",
        appended(RULES, '\n[[rule]]\nwhen = { ServiceName = "s3" }\nproduct_line = "a"\n'),
        SAME,
    ),
    Case(
        "a second rule for the same rows",
        appended(RULES, '\n[[rule]]\nwhen = { ServiceName = "Monitor" }\nproduct_line = "a"\n'),
        SAME,
    ),
]
CASES = {
    "TOML: files and sections": ANY,
    "TOML: report": REPORT_CASES,
    "TOML: costs": COST_CASES,
    "TOML: other sections": OTHER_CASES,
    "TOML: allocation": RULE_CASES,
}
