"""The documents are true: each command, option, path, key, default, name and exit code they mention is there."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
import types
import typing
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from material.places import ROOT
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from unitcost import cli, errors
from unitcost.analyses.experiments import experiment_file
from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company
from unitcost.inputs import config, focus, rules
from unitcost.starter import write_starter

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "reports" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "tests" / "bad_input" / "expected.md",
]
TEXTS = {str(path.relative_to(ROOT)): path.read_text() for path in DOCUMENTS}
COMMAND = typer.main.get_command(cli.app)
MAKEFILE = (ROOT / "Makefile").read_text()


def code_of(text: str) -> list[str]:
    """What stands in code spans and code blocks, a line each."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.M | re.S)
    spans = re.findall(r"`([^`\n]+)`", rest)
    indented = re.findall(r"^ {4,}(\S.*)$", rest, re.M)
    return [
        line.split("  #")[0].strip() for line in (*spans, *indented, *"\n".join(blocks).splitlines()) if line.strip()
    ]


CODE = [(name, line) for name, text in TEXTS.items() for line in code_of(text)]


def test_every_make_target_and_variable_exists() -> None:
    """`make check CONFIG=…` names a target and a variable of the Makefile."""
    targets = set(re.findall(r"^([a-z][\w-]*)(?: [a-z ]+)?:", MAKEFILE, re.M))
    targets |= {word for line in re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.M) for word in line.split()}
    [variables] = re.findall(r"^unexport (MONTH .*)$", MAKEFILE, re.M)
    seen = 0
    for name, line in CODE:
        if found := re.fullmatch(r"make( .*)?", line):
            words = shlex.split(found[1] or "")
            seen += 1
            for word in words:
                variable, equals, _ = word.partition("=")
                assert (variable in variables.split()) if equals else (word in targets), f"{name}: {line}"
    assert seen > 10


def test_every_unitcost_command_is_accepted_by_the_command_line() -> None:
    """Verbs and options are parsed by the program itself."""
    seen = 0
    for name, line in CODE:
        found = re.fullmatch(r"(?:\.venv/bin/)?unitcost( .*)?", line)
        if found and not line.startswith(("unitcost: ", "unitcost[")):
            seen += 1
            words = shlex.split(found[1] or "")
            verb = COMMAND.commands[words[0]]  # type: ignore[attr-defined]
            arguments = words[1:] or (["FOLDER"] if words[0] in ("init", "sample") else [])
            assert verb.make_context(words[0], arguments, resilient_parsing=False), f"{name}: {line}"
    assert seen >= 5


def test_every_option_exists() -> None:
    """An option named alone belongs to some verb."""
    known = {o for verb in COMMAND.commands.values() for p in verb.params for o in p.opts} | {"--help", "--version"}  # type: ignore[attr-defined]
    named = {(name, line) for name, line in CODE if re.fullmatch(r"--[a-z-]+", line)}
    assert named
    assert [(name, option) for name, option in named if option not in known] == []


def test_every_verb_is_documented() -> None:
    """A command that exists is found in the README."""
    text = TEXTS["README.md"] + TEXTS["CHANGELOG.md"]
    assert [verb for verb in COMMAND.commands if not re.search(rf"`[^`]*\b{verb}\b[^`]*`|make {verb}", text)] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", TEXTS)
def test_every_link_leads_somewhere(name: str) -> None:
    """Links and pictures are files of the project."""
    folder = (ROOT / name).parent
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", TEXTS[name])
    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


@pytest.mark.parametrize("name", TEXTS)
def test_every_path_exists(name: str) -> None:
    """src/…, templates/… and the like are there."""
    rooms = r"(?:src|docs|templates|tests|tools|notebooks|\.ci)"
    paths = re.findall(rf"(?<![\w./<]){rooms}/[\w./-]*", TEXTS[name])
    assert [path for path in paths if not (ROOT / path.rstrip("./")).exists()] == []


def table_rows(text: str) -> list[list[str]]:
    """The cells of every table row that begins with code."""
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if line.startswith("| `")
    ]


def model_of(field: FieldInfo) -> type[BaseModel] | None:
    return field.annotation if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel) else None


def documented_keys() -> dict[str, str]:
    """Dotted key → default as documented, for report.toml."""
    found: dict[str, str] = {}
    section = ""
    for line in TEXTS["docs/configuration.md"].split("## Bills")[0].splitlines():
        if line.startswith("### "):
            names = re.findall(r"\[(\w+)\]", line)
            section = f"{names[0]}." if len(names) == 1 else ""
        for cells in table_rows(line):
            key = cells[0].strip("`")
            found[key if "." in key else section + key] = cells[1].strip("`")
    return found


def configured_keys() -> dict[str, FieldInfo]:
    return {
        f"{section}.{key}": field
        for section, part in config.Config.model_fields.items()
        if (model := model_of(part))
        for key, field in model.model_fields.items()
    }


def plain(value: Any) -> Any:
    """A default as TOML would give it."""
    if isinstance(value, tuple):
        return list(value)
    return value


def test_every_key_of_report_toml_is_documented_with_its_default() -> None:
    """Nobody has to read the code to find a key, and no default is told wrong."""
    documented, configured = documented_keys(), configured_keys()
    assert sorted(documented) == sorted(configured)
    for key, default in documented.items():
        field = configured[key]
        if field.is_required():
            assert default == "required", key
        else:
            assert tomllib.loads(f"x = {default}", parse_float=Decimal)["x"] == plain(field.default), key


def test_every_choice_of_a_key_is_named() -> None:
    """Where a key takes one of a few words, its line in the document names them all."""
    lines = {cells[0].strip("`"): " ".join(cells) for cells in table_rows(TEXTS["docs/configuration.md"])}
    for key, field in configured_keys().items():
        for choice in literals(field.annotation):
            line = lines.get(key) or lines[key.split(".")[1]]
            assert choice in line, f"{key}: {choice}"


def literals(annotation: Any) -> list[str]:
    if typing.get_origin(annotation) is typing.Literal:
        return [str(choice) for choice in get_args(annotation)]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [choice for part in get_args(annotation) for choice in literals(part)]
    return []


def test_every_key_of_allocation_toml_is_documented() -> None:
    """Rules, pools and drivers, no more and no less."""
    text = TEXTS["docs/configuration.md"].split("## allocation.toml")[1].split("\n## ")[0]
    documented = {cells[0].strip("`") for cells in table_rows(text)}
    keys = {f"rule.{key}" for key in rules.Rule.model_fields} | {f"shared.{key}" for key in rules.Pool.model_fields}
    assert documented == keys | {"drivers.default", "drivers.<ServiceCategory>"}


def test_every_key_of_experiments_toml_is_documented_with_its_default() -> None:
    """As for report.toml, with every choice there is; the example in the document is one that is accepted."""
    text = TEXTS["docs/experiments.md"].split("## In the bills")[1].split("\n### ")[0]
    documented = {cells[0].strip("`"): cells for cells in table_rows(text) if len(cells) == 3}
    fields = experiment_file.Experiment.model_fields
    choices = {cells[0].strip("`") for cells in table_rows(text)}
    keys = {key: documented.pop(key) for key in fields}
    for key, field in fields.items():
        default = keys[key][1].strip("`")
        if field.is_required():
            assert default == "required", key
        elif field.default is None:
            assert default == "none", key
        else:
            assert tomllib.loads(f"x = {default}")["x"] == field.default, key
        told = set(literals(field.annotation)) if key != "controls" else set()
        assert all(f"`{choice}`" in keys[key][2] for choice in told), key
    assert {"other_products", "other_services", "other_regions", "none"} == set(documented) & choices
    [example] = re.findall(r"^```toml\n(.*?)^```", text, re.M | re.S)
    [one] = tomllib.loads(example)["experiment"]
    assert experiment_file.Experiment.model_validate(one).title == "Search workers to spot"


def test_every_environment_variable_is_documented() -> None:
    """Those of the options, the place of the cache, and what a run tells its notebooks."""
    read = {str(p.envvar) for verb in COMMAND.commands.values() for p in verb.params if p.envvar}  # type: ignore[attr-defined]
    text = TEXTS["docs/configuration.md"].split("## Environment variables")[1]
    told = {"UNITCOST_CACHE", "UNITCOST_REPORT"}
    assert {cells[0].strip("`") for cells in table_rows(text)} == read | told


def _filled(pattern: str, places: dict[str, str]) -> str:
    for place, stands_for in places.items():
        pattern = pattern.replace(place, stands_for)
    return pattern


def _add_levers(folder: Path) -> None:
    """Give a company a scenario, so that it publishes all that is said of levers."""
    text = 'kind = "commitment"\napplies_to = { ServiceName = "*" }\nsource = "offer"\nas_of = 2024-05-01\n'
    (folder / "scenarios").mkdir()
    levers = f'[[lever]]\nid = "plan"\ncoverage = 0.5\n{text}[[lever]]\nid = "by-the-hour"\n{text}'
    (folder / "scenarios" / "base.toml").write_text(levers)
    with (folder / "report.toml").open("a") as file:
        file.write('\n[scenarios]\npath = "scenarios"\n')


def _add_experiments(folder: Path) -> None:
    """Give a company an experiment, so that it publishes all that is said of experiments."""
    (folder / "experiments.toml").write_text(
        '[[experiment]]\nid = "fewer"\nstarted_on = 2024-05-02\ntreated = { ServiceName = "*" }\n'
    )
    with (folder / "report.toml").open("a") as file:
        file.write('\n[experiments]\npath = "experiments.toml"\n')


def test_every_finding_is_defined_and_every_definition_is_a_finding(tmp_path: Path) -> None:
    """Names are compared with what the example company publishes."""
    write_starter(tmp_path)
    _add_levers(tmp_path)
    _add_experiments(tmp_path)
    published = set(findings_of(open_company(tmp_path / "report.toml"), "2024-05"))
    named = {name for cells in table_rows(TEXTS["docs/definitions.md"]) for name in re.findall(r"`([^`]+)`", cells[0])}
    places = {"<slug>": "[a-z0-9-]+", "<id>": "[a-z0-9-]+", "<month>": r"\d{4}-\d{2}"}
    patterns = {name: re.compile(_filled(re.escape(name), places)) for name in named}
    assert [name for name, pattern in patterns.items() if not any(map(pattern.fullmatch, published))] == []
    assert [name for name in sorted(published) if not any(p.fullmatch(name) for p in patterns.values())] == []


def test_the_exit_codes_of_the_readme_are_those_of_the_program() -> None:
    """One table for scripts to rely on."""
    rows = [line.split("|")[1:3] for line in TEXTS["README.md"].splitlines() if re.match(r"\| \d", line)]
    documented = {int(code): meaning.strip() for codes, meaning in rows for code in codes.split(",")}
    assert set(documented) == set(cli.REASONS)
    for code in (1, 2, 3, 4, 5, 6):
        assert documented[code].startswith(cli.REASONS[code])
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.UnitcostError)
    ]
    assert {kind.code for kind in kinds} == {1, 2, 3, 4, 5, 6}


def test_the_tags_in_the_document_are_those_in_use() -> None:
    """Analysts learn every tag, and no other."""
    documented = {cells[0].strip("`") for cells in table_rows(TEXTS["docs/notebooks.md"])}
    assert documented == {"parameters", "check", "section:<name>", "assumptions", "appendix"}
    used = {
        re.sub(r"^section:.*", "section:<name>", tag)
        for path in (ROOT / "notebooks").glob("*.ipynb")
        for cell in json.loads(path.read_text())["cells"]
        for tag in cell["metadata"].get("tags", [])
    }
    assert used <= documented


def test_python_in_the_documents_imports_what_is_there() -> None:
    """Examples for analysts start with imports that work."""
    lines = [line for _, line in CODE if line.startswith(("from unitcost", "import unitcost"))]
    assert lines
    for line in lines:
        exec(compile(ast.parse(line), "document", "exec"), {})


def test_every_decision_is_in_the_list() -> None:
    """docs/decisions/README.md names each file once, with its own title."""
    listed = dict(re.findall(r"\]\((\d{4}-[\w-]+\.md)\) \| (.+?) \| .+\? \|\n", TEXTS["docs/decisions/README.md"]))
    folder = ROOT / "docs" / "decisions"
    titles = {path.name: path.read_text().splitlines()[0].split(" ", 2)[2] for path in folder.glob("0*.md")}
    assert titles == listed


@pytest.mark.parametrize("name", [name for name in TEXTS if name.startswith("docs/decisions/0")])
def test_every_decision_has_the_same_parts(name: str) -> None:
    """Situation, Decision, Why and Follows, each once and in this order."""
    assert re.findall(r"^## (.+)$", TEXTS[name], re.M) == ["Situation", "Decision", "Why", "Follows"]


def glossary() -> list[list[str]]:
    """The three cells of each row of the glossary: our word, theirs, what it is."""
    lines = [line for line in TEXTS["docs/glossary.md"].splitlines() if re.match(r"\| (?!our word)", line)]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_the_glossary_names_columns_of_focus_and_says_each_word_once() -> None:
    """A column in the middle is one of FOCUS's, no word has two rows, and what it is fits one sentence."""
    rows = glossary()
    assert len(rows) > 60
    columns = {column for _, theirs, _ in rows for column in re.findall(r"`([^`]+)`", theirs)}
    assert columns - {*focus.COLUMNS} == set()
    words = [ours for ours, _, _ in rows]
    assert sorted(set(words)) == sorted(words)
    assert [ours for ours, _, meaning in rows if not re.fullmatch(r"[^.]+(?:\.\w[^.]*)*\.", meaning)] == []
