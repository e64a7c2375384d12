"""Users as sets: growth, overlaps and concentration, worked by hand and held against what must always be so."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material.three_lines import HEADER, write

from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company, report_of
from unitcost.analyses.users import inputs as user_sets
from unitcost.analyses.users import views as users_views
from unitcost.analyses.users.growth import FIRST_MONTH, NO_MONTH_BEFORE, Growth, head_count
from unitcost.analyses.users.overlap import LineSet, line_sets, shown
from unitcost.display.tables import Unknown
from unitcost.month.company import Company
from unitcost.month.users import NEEDS_USERS
from unitcost.warehouse.usage import user_sets as asked

REPORT = """\
[report]
company = "Sets"
min_users = 1
suppress_below = 1
[costs]
paths = ["bill.csv"]
[activity]
path = "activity/*.csv"
"""
MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04")


def bill(months: tuple[str, ...]) -> str:
    """One row of 12 a month, without an owner."""
    rows = [f"12,12,USD,{m}-01,{m}-01,{m}-02,Usage,EC2,AWS\n" for m in months]
    return HEADER + "".join(rows)


def company(folder: Path, activity: dict[str, str], report: str = REPORT, **files: str) -> Path:
    """A company with (user, line, requests) rows by month, each 'ann web 3', on the second day."""
    (folder / "activity").mkdir(parents=True, exist_ok=True)
    for month, text in activity.items():
        rows = [row.split() for row in text.split(", ")]
        lines = [f"{month}-02,{user},{line},{requests}" for user, line, requests in rows]
        content = "date,user_id,product_line,requests\n" + "\n".join(lines) + "\n"
        (folder / "activity" / f"{month}.csv").write_text(content)
    return write(folder, bill_csv=bill(tuple(activity)), report_toml=report, **files)


def opened(report: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("UNITCOST_CACHE", str(store))
    return open_company(report)


# January: ann, ben. February: ann. March: ann, ben (back after a month), cleo (new). April: cleo, dan (new).
COMING_AND_GOING = dict(
    zip(MONTHS, ("ann web 1, ben web 1", "ann web 1", "ann web 1, ben web 1, cleo web 1", "cleo web 1, dan web 1"),
        strict=True)
)  # fmt: skip


def test_a_user_who_is_gone_for_a_month_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New, retained, resurrected, lost of every month, worked by hand, and against a month further back."""
    it = opened(company(tmp_path / "c", COMING_AND_GOING), tmp_path / "store", monkeypatch)
    assert user_sets.growth(it, "2024-01") == FIRST_MONTH
    assert user_sets.growth(it, "2024-02") == Growth(new=0, retained=1, resurrected=0, lost=1)
    assert user_sets.growth(it, "2024-03") == Growth(new=1, retained=1, resurrected=1, lost=0)
    assert user_sets.growth(it, "2024-04") == Growth(new=1, retained=1, resurrected=0, lost=2)
    # Against January: dan is new; cleo, first seen in between, is not; ann and ben are gone.
    assert user_sets.growth(it, "2024-04", "2024-01") == Growth(new=1, retained=0, resurrected=1, lost=2)
    with pytest.raises(ValueError, match="not before"):
        user_sets.growth(it, "2024-02", "2024-02")
    found = findings_of(it, "2024-04")
    assert (found["growth.lost"].value, found["growth.lost"].previous) == (2, 0)
    first = findings_of(it, "2024-01")["growth.new"]
    assert (first.value, first.reason) == (None, FIRST_MONTH)


def test_a_month_without_activity_before_it_cannot_be_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a hole in the data nobody knows who would have been there."""
    some = {month: COMING_AND_GOING[month] for month in ("2024-01", "2024-03")}
    it = opened(company(tmp_path / "c", some), tmp_path / "store", monkeypatch)
    assert user_sets.growth(it, "2024-03") == NO_MONTH_BEFORE
    assert user_sets.growth(it, "2024-03", "2024-01") == Growth(new=1, retained=2, resurrected=0, lost=0)


def test_counts_alone_know_no_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every finding is there, null with the reason, and there are no sets to show."""
    it = opened(write(tmp_path / "c"), tmp_path / "store", monkeypatch)
    found = findings_of(it, "2024-05")
    names = [name for name in found if name.startswith(("growth.", "concentration."))]
    assert len(names) == 7
    assert {found[name].reason for name in names} == {NEEDS_USERS}
    assert user_sets.overlaps(it, "2024-05") == []
    assert users_views.sets_shown(it, "2024-05") == ((), 0, 0)
    rows, _ = users_views.reconciliation(it, "2024-05")
    assert rows[4][1] == rows[5][1] == Unknown(NEEDS_USERS)
    assert users_views.growth_sentence(it, "2024-05") == ""


def test_internal_users_are_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A colleague is neither new nor lost, and carries no use."""
    report = company(tmp_path / "c", {"2024-01": "ann web 1", "2024-02": "ann web 1"})
    for month in ("2024-01", "2024-02"):
        path = tmp_path / "c" / "activity" / f"{month}.csv"
        rows = path.read_text().splitlines()
        path.write_text("\n".join([f"{rows[0]},is_internal", f"{rows[1]},false", f"{month}-03,eve,web,99,true\n"]))
    it = opened(report, tmp_path / "store", monkeypatch)
    assert user_sets.growth(it, "2024-02") == Growth(0, 1, 0, 0)
    assert findings_of(it, "2024-02")["concentration.top_1"].value == 1


def test_months_are_compared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing changed nothing is joined again; a new month asks for itself, a changed one for what follows."""
    pairs: list[str] = []
    compare = asked._compare

    def counted(month: Path, earlier: Path, seen: list[Path]) -> asked.Compared:
        pairs.append(f"{month.name}{earlier.name}{len(seen)}")
        return compare(month, earlier, seen)

    monkeypatch.setattr(asked, "_compare", counted)
    report = company(tmp_path / "c", {month: COMING_AND_GOING[month] for month in MONTHS[:3]})
    opened(report, tmp_path / "store", monkeypatch)
    assert pairs == []
    findings_of(opened(report, tmp_path / "store", monkeypatch), "2024-03")
    assert len(pairs) == 2
    findings_of(opened(report, tmp_path / "store", monkeypatch), "2024-03")
    assert len(pairs) == 2
    company(tmp_path / "c", COMING_AND_GOING)
    assert findings_of(opened(report, tmp_path / "store", monkeypatch), "2024-04")["growth.new"].value == 1
    assert len(pairs) == 3
    company(tmp_path / "c", COMING_AND_GOING | {"2024-01": "dan web 1"})
    changed = findings_of(opened(report, tmp_path / "store", monkeypatch), "2024-04")
    assert (changed["growth.new"].value, changed["growth.resurrected"].value) == (0, 1)
    assert len(pairs) == 5


def test_heavy_users_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eleven users: 1 % and 5 % of them are one, 10 % are two: 50 and 30 of 89 requests over both lines."""
    rows = ["u0 web 20", "u0 search 30", "u1 web 30", *(f"u{n} web 1" for n in range(2, 11))]
    it = opened(company(tmp_path / "c", {"2024-01": ", ".join(rows)}), tmp_path / "store", monkeypatch)
    found = findings_of(it, "2024-01")
    tops = [found[f"concentration.top_{top}"].value for top in (1, 5, 10)]
    assert tops == [Decimal("0.561797752809"), Decimal("0.561797752809"), Decimal("0.898876404494")]
    assert found["concentration.top_1"].method.startswith("requests of the 1 % of users")
    table, _ = users_views.concentration_table(report_of(it, "2024-01"))
    assert [row[1] for row in table] == [1, 1, 2]


def test_user_days_where_the_driver_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No requests at all: u0 was active in two lines (2 user-days), u1 in one, so u0 makes two thirds."""
    rows = "u0 web 0, u0 search 0, u1 web 0, u1 web 0"
    it = opened(company(tmp_path / "c", {"2024-01": rows}), tmp_path / "store", monkeypatch)
    top = findings_of(it, "2024-01")["concentration.top_10"]
    assert (top.value, top.method.split()[0]) == (Decimal("0.666666666667"), "user-days")


def test_few_users_are_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below min_users a share of use is null with the reason; who came and went is counted all the same."""
    report = company(tmp_path / "c", COMING_AND_GOING, REPORT.replace("min_users = 1", "min_users = 3"))
    found = findings_of(opened(report, tmp_path / "store", monkeypatch), "2024-04")
    assert found["concentration.top_1"].reason == "only 2 of the 3 users that a comparison of users needs (min_users)"
    assert found["growth.new"].value == 1


@pytest.mark.parametrize(("users", "heads"), [(1, (1, 1, 1)), (100, (1, 5, 10)), (101, (2, 6, 11)), (0, (0, 0, 0))])
def test_the_first_per_cent_of_the_users_is_rounded_up(users: int, heads: tuple[int, ...]) -> None:
    """One per cent of 101 users is two users."""
    assert tuple(head_count(users, per_cent) for per_cent in (1, 5, 10)) == heads


def test_overlapping_lines_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ann: web and search; ben: web, twice; cleo: search; dan: all three. Two of four users have several lines."""
    rows = "ann web 1, ann search 1, ben web 1, ben web 2, cleo search 1, dan web 1, dan search 1, dan a,b 1"
    folder = tmp_path / "c"
    report = company(folder, {"2024-01": rows.replace("a,b", '"a,b"')})
    it = opened(report, tmp_path / "store", monkeypatch)
    assert user_sets.overlaps(it, "2024-01") == [
        LineSet(("search",), 0, 1), LineSet(("web",), 0, 1), LineSet(("search", "web"), 0, 1),
        LineSet(("a,b", "search", "web"), 0, 1),
    ]  # fmt: skip
    assert findings_of(it, "2024-01")["mau.multi_product"].value == 2
    rows_shown, rest = users_views.set_rows(it, "2024-01")
    assert (len(rows_shown), rest) == (4, (0, 0))
    table, _ = users_views.reconciliation(it, "2024-01")
    numbers = {str(row[0]): row[1] for row in table}
    # web 3, search 3, a,b 1: seven, of which three are users counted again.
    assert numbers["Users of each product line, added up"] == 7
    assert numbers["Counted more than once in that sum"] == 3
    assert numbers["Monthly active users"] == 4


def test_a_user_of_both_tiers_is_one_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ann pays from the third of May on: one head on paid, half a user-month on each tier; no subscription: free."""
    report = REPORT + '[subscriptions]\npath = "subs.csv"\n'
    subs = "user_id,tier,started_on,ended_on,mrr\nann,free,2024-01-01,2024-01-03,0\nann,paid,2024-01-03,,9\n"
    path = company(tmp_path / "c", {"2024-01": "ann web 1, ben web 1"}, report, subs_csv=subs)
    with (tmp_path / "c" / "activity" / "2024-01.csv").open("a") as file:
        file.write("2024-01-04,ann,web,1\n")
    it = opened(path, tmp_path / "store", monkeypatch)
    table, _ = users_views.reconciliation(it, "2024-01")
    assert [row[1:] for row in table[:4]] == [
        [1, Decimal("1.5")], [1, Decimal("0.5")], [2, Decimal(2)], [1, None],
    ]  # fmt: skip
    assert user_sets.overlaps(it, "2024-01") == [LineSet(("web",), 0, 2)]


def test_more_lines_than_a_number_has_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 70 lines the 61 with most users, by name where equal, keep theirs; nine are counted, and no set is lost."""
    rows = [f"ann line{n:02d} 1" for n in range(70)] + [f"ben line{n:02d} 1" for n in range(61)] + ["cleo line65 1"]
    it = opened(company(tmp_path / "c", {"2024-01": ", ".join(rows)}), tmp_path / "store", monkeypatch)
    found = {one.size: one for one in user_sets.overlaps(it, "2024-01")}
    assert {size: one.users for size, one in found.items()} == {70: 1, 61: 1, 1: 1}
    assert (found[70].others, found[61].others, found[1].others) == (9, 0, 1)
    assert findings_of(it, "2024-01")["mau.multi_product"].value == 2


def test_small_sets_hide_behind_a_second_one() -> None:
    """a and b have 2 users in common. Line a has 102 users: with 100 of them shown, the 2 would be told."""
    sets = [LineSet(("a",), 0, 100), LineSet(("b",), 0, 50), LineSet(("c",), 0, 5), LineSet(("a", "b"), 0, 2)]
    found = shown(sets, 10, 10, 5)
    assert found.sets == (LineSet(("c",), 0, 5),)
    assert (found.rest_sets, found.rest_users) == (3, 152)
    assert shown(sets, 10, 10, 1).sets == tuple(sets)


def test_sets_of_more_lines_than_fit_are_in_the_rest() -> None:
    """The largest come first, and a set that needs one line too many is summed."""
    sets = [LineSet(("a", "b"), 0, 9), LineSet(("c",), 0, 8), LineSet(("b",), 0, 7), LineSet(("a",), 0, 6)]
    assert shown(sets, 3, 2, 1) == ((sets[0], sets[2], sets[3]), 1, 8)


@given(
    st.dictionaries(
        st.sets(st.sampled_from("abcd"), min_size=1).map(lambda names: tuple(sorted(names))), st.integers(1, 60),
        max_size=15,
    ),
    st.integers(1, 8),
    st.integers(1, 30),
)  # fmt: skip
@settings(deadline=None)
def test_nothing_small_is_shown_or_told_by_what_is_published(
    counts: dict[tuple[str, ...], int], at_most: int, least: int
) -> None:
    """The rest sums to what is not shown, and a published number never leaves one small hidden set alone."""
    sets = [LineSet(lines, 0, users) for lines, users in counts.items()]
    found = shown(sets, at_most, 9, least)
    assert sum(one.users for one in found.sets) + found.rest_users == sum(counts.values())
    assert all(one.users >= least for one in found.sets)
    hidden = [one for one in sets if one not in found.sets]
    for line in "abcd":
        own = [one for one in hidden if line in one.lines]
        visible = [one for one in found.sets if line in one.lines]
        if visible and any(one.users < least for one in own):
            assert len(own) > 1 and sum(one.users for one in own) >= least


@given(
    st.dictionaries(st.integers(0, 59), st.sets(st.sampled_from(["web", "a b", "日本", "z"]), min_size=1), min_size=1)
)
def test_bits_come_back_as_the_sets_they_were(users: dict[int, set[str]]) -> None:
    """Each user's set is found again under its names, and each user once."""
    places = {"web": 0, "z": 1, "日本": 2, "a b": 61}
    counts: dict[tuple[int, int], int] = {}
    for lines in users.values():
        key = (sum(1 << places[line] for line in lines), len(lines))
        counts[key] = counts.get(key, 0) + 1
    found = line_sets([(bits, size, number) for (bits, size), number in counts.items()], places)
    for lines, one in product(users.values(), found):
        if set(one.lines) == lines:
            assert one.users == sum(other == lines for other in users.values())
    assert sum(one.users for one in found) == len(users)
    assert all(one.others == 0 for one in found)
