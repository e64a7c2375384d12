"""All findings of one month, from its spend rows and its users. The only place where they are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from unitcost.inputs.rules import Rules
from unitcost.month.allocation import Allocation, allocate
from unitcost.month.breakdown import cost_by
from unitcost.month.owners import OwnedRow, OwnerKind, Scope, assign
from unitcost.month.users import NEEDS_USERS, TIERS, Users
from unitcost.numbers.book import UNIT_COST, Book, Findings
from unitcost.numbers.estimate import Estimate, ratio
from unitcost.numbers.slugs import slugs
from unitcost.numbers.units import to_units
from unitcost.warehouse.rows import SpendRow

SPEND = "10_spend"
METHOD_ENDS = ("low_method", "high_method")  # what follows the slug in cost_per_user.product.<slug>.low_method


@dataclass(frozen=True, slots=True)
class MonthSettings:
    """What a company decided about its numbers."""

    currency: str
    scope: Scope
    min_users: int
    unused_commitment: str


@dataclass(frozen=True, slots=True)
class MonthResult:
    """A month's findings and what they were made of."""

    findings: Findings
    rows: tuple[OwnedRow, ...]
    users: Users
    allocation: Allocation
    slugs: Mapping[str, Mapping[str, str]]  # 'service' and 'product' → name → slug

    def of_notebook(self, notebook: str) -> Findings:
        """Return the findings that a notebook publishes."""
        return {name: estimate for name, estimate in self.findings.items() if estimate.notebook == notebook}


def month_result(
    spend: Iterable[SpendRow], users: Users, rules: Rules, settings: MonthSettings, gap: Decimal
) -> MonthResult:
    """Return every finding of the groups spend, users, unit cost and allocation; names are always all there.

    `gap` is control total − marts.
    """
    rows = tuple(assign(spend, rules, settings.scope))
    allocation = allocate(rows, users, rules, settings.unused_commitment)
    names = {
        "service": slugs({r.row.service for r in rows if r.in_scope}),
        "product": slugs(allocation.lines),
    }
    book = Book(settings.currency, settings.min_users)
    _spend(book, rows, settings, gap)
    _users(book, users, names["product"])
    _allocation(book, rows, allocation, names["product"])
    _unit_cost(book, rows, users, allocation, names)
    _tenancy(book, rows, users)
    return MonthResult(book.findings, rows, users, allocation, names)


def with_previous(now: Findings, before: Findings | None) -> Findings:
    """Return `now` with each finding's value of the month before; what has another label goes by the label."""
    if before is None:
        return now
    by_label: dict[tuple[str, str], list[Estimate]] = {}
    for name, estimate in before.items():
        if estimate.label is not None:
            by_label.setdefault((_family(name), estimate.label), []).append(estimate)
    found = {}
    for name, estimate in now.items():
        same = before.get(name)
        if estimate.label is not None and (same is None or same.label != estimate.label):
            # A label that several names share tells whom they are about, and no slug hides which is which.
            alike = by_label.get((_family(name), estimate.label), [])
            same = alike[0] if len(alike) == 1 else None
        value = same.value if same is not None else None
        found[name] = replace(estimate, previous=value) if isinstance(value, Decimal) else estimate
    return found


def _family(name: str) -> str:
    """Return a name without its slug, which may stand for another real name a month later."""
    kept, _, last = name.rpartition(".")
    # A slug has no underscore, so these words are never one.
    if last in METHOD_ENDS:
        return f"{kept.rpartition('.')[0]}.*.{last}"
    return f"{kept}.*"


def _total(rows: Sequence[OwnedRow], wanted: Callable[[OwnedRow], bool]) -> int:
    return sum(row.cost for row in rows if wanted(row))


def _spend(book: Book, rows: Sequence[OwnedRow], settings: MonthSettings, gap: Decimal) -> None:
    basis = settings.scope.basis
    left_out = ", ".join(settings.scope.excluded) or "exclusions"
    book.money("billed_cost", sum(to_units(r.row.billed) for r in rows), "sum of BilledCost by charge period", SPEND)
    effective = sum(to_units(r.row.effective) for r in rows)
    book.money("effective_cost", effective, "sum of EffectiveCost by charge period", SPEND)
    sums: dict[str, tuple[Callable[[OwnedRow], bool], str]] = {
        "scope_cost": (
            lambda r: r.in_scope,
            f"sum of {basis} cost without {left_out} and what rules send out of scope",
        ),
        "cost.tax": (lambda r: r.row.charge_category == "Tax", f"{basis} cost of Tax rows, as booked"),
        "cost.credits": (lambda r: r.row.charge_category == "Credit", f"{basis} cost of Credit rows, as booked"),
        "cost.excluded": (
            lambda r: r.kind is OwnerKind.EXCLUDED and r.row.charge_category not in ("Tax", "Credit"),
            f"{basis} cost of other excluded categories, as booked",
        ),
        "cost.out_of_scope": (
            lambda r: r.kind is OwnerKind.OUT_OF_SCOPE,
            f"{basis} cost of rows that a rule sends out of scope",
        ),
        "cost.cogs": (
            lambda r: r.in_scope and r.is_cogs,
            "in-scope cost of production, of no environment, and of shared pools",
        ),
        "cost.rnd": (lambda r: r.in_scope and not r.is_cogs, "in-scope cost of every other environment"),
    }
    for name, (wanted, method) in sums.items():
        book.money(name, _total(rows, wanted), method, SPEND)
    method = "control total of a second reader − marts: billed, effective and rows"
    book.money("reconciliation_gap", to_units(gap), method, SPEND)


def _users(book: Book, users: Users, lines: Mapping[str, str]) -> None:
    why = users.reasons
    book.count("mau", users.mau, "distinct users with activity in the calendar month", why.get("mau", ""))
    for tier in TIERS:
        book.count(
            f"mau.{tier}",
            users.by_tier[tier],
            "users by their tier on the last day they were active",
            why.get("mau.tier", ""),
        )
    for line, slug in lines.items():
        known = users.by_line.get(line, 0 if users.by_user else None)
        method = "distinct users of the product line; lines overlap and do not add up"
        book.count(f"mau.product.{slug}", known, method, why.get("mau.product", ""), label=line)
    book.count("mau.multi_product", users.multi_product, "users active in two product lines or more", NEEDS_USERS)
    book.count("mau.switched_tier", users.switched, "users active on both tiers in the month", NEEDS_USERS)
    for tier in TIERS:
        name, method = f"user_months.{tier}", "sum over users of active days on the tier ÷ active days"
        if users.user_months is None:
            book.unknown(name, "user-months", method, NEEDS_USERS)
        else:
            book.value(name, ratio(users.user_months[tier], 1), "user-months", method)
    book.count(
        "registered_users",
        users.registered,
        "users with a subscription covering the month's last day",
        why.get("registered_users", ""),
    )


def _allocation(book: Book, rows: Sequence[OwnedRow], allocation: Allocation, lines: Mapping[str, str]) -> None:
    for tier in TIERS:
        method = "each product line's cost by category, split by its driver on the day"
        book.money(f"cost.{tier}", allocation.by_tier[tier], method, UNIT_COST)
    for line, slug in lines.items():
        method = "direct cost, shared pools and unused commitment"
        book.money(f"cost.product.{slug}", allocation.by_line[line], method, UNIT_COST, line)
    method = "cost of product lines in which nobody was active, or whose use by tier is unknown"
    book.money("cost.no_tier", allocation.no_tier, method, UNIT_COST)
    method = "commitments paid for and not used, as far as not split over product lines"
    book.money("cost.unused_commitment", allocation.unused_commitment, method, UNIT_COST)
    method = "cost without rule and tag, and pools that nothing could split"
    book.money("cost.unallocated", allocation.unallocated, method, UNIT_COST)
    scope = [row for row in rows if row.in_scope]
    size = sum(row.size for row in scope)
    shares: dict[str, tuple[Callable[[OwnedRow], bool], str]] = {
        "tag_coverage": (lambda r: bool(r.row.product_tag), "absolute cost of rows with a product tag"),
        "allocation_coverage": (
            lambda r: r.kind in (OwnerKind.PRODUCT_LINE, OwnerKind.SHARED),
            "absolute cost of rows with an owner by rule or tag",
        ),
    }
    for name, (covered, what) in shares.items():
        method = f"{what} ÷ absolute cost of all rows in scope"
        if size:
            value = ratio(sum(row.size for row in scope if covered(row)), size)
            book.value(name, value, "share", method)
        else:
            book.unknown(name, "share", method, "no row in scope costs anything")


def _unit_cost(
    book: Book,
    rows: Sequence[OwnedRow],
    users: Users,
    allocation: Allocation,
    names: Mapping[str, Mapping[str, str]],
) -> None:
    mau, why = users.mau, users.reasons.get("mau", "")
    scope = _total(rows, lambda r: r.in_scope)
    book.per_user("cost_per_user", scope, mau, "scope_cost ÷ mau", why)
    for tier in TIERS:
        reason = users.reasons.get("mau.tier", "")
        book.per_user(
            f"cost_per_user.{tier}",
            allocation.by_tier[tier],
            users.by_tier[tier],
            f"cost.{tier} ÷ mau.{tier}",
            reason,
        )
    for line, slug in names["product"].items():
        heads = users.by_line.get(line, 0 if users.by_user else None)
        method = f"cost.product.{slug} ÷ mau.product.{slug}"
        reason = users.reasons.get("mau.product", "")
        book.per_user(f"cost_per_user.product.{slug}", allocation.by_line[line], heads, method, reason, label=line)
    by_service = cost_by(rows, lambda r: r.row.service)
    for service, slug in names["service"].items():
        method = "in-scope cost of the service ÷ mau"
        cost = to_units(by_service[service])
        book.per_user(f"cost_per_user.service.{slug}", cost, mau, method, why, label=service)
    credits = _total(rows, lambda r: r.kind is OwnerKind.EXCLUDED and r.row.charge_category == "Credit")
    book.per_user(
        "cost_per_user.net_of_credits",
        scope + credits,
        mau,
        "(scope_cost + credits left out of it) ÷ mau",
        why,
    )
    cogs = _total(rows, lambda r: r.in_scope and r.is_cogs)
    book.per_user("cost_per_user.cogs", cogs, mau, "cost.cogs ÷ mau", why)
    reason = users.reasons.get("registered_users", "")
    book.per_user("cost_per_registered_user", scope, users.registered, "scope_cost ÷ registered_users", reason)


def _tenancy(book: Book, rows: Sequence[OwnedRow], users: Users) -> None:
    tenancy = users.tenancy
    method = "in-scope cost tagged with an account that has its own tenancy ÷ active users of those accounts"
    rest = "the rest of scope_cost ÷ the rest of mau"
    unit = f"{book.currency}/user"
    if tenancy is None or users.mau is None:
        book.unknown("cost_per_user.tenancy.shared", unit, rest, NEEDS_USERS)
        book.unknown("cost_per_user.tenancy.dedicated", unit, method, NEEDS_USERS)
        return
    own = _total(rows, lambda r: r.in_scope and r.row.account_tag in tenancy.accounts)
    scope = _total(rows, lambda r: r.in_scope)
    book.per_user("cost_per_user.tenancy.shared", scope - own, users.mau - tenancy.users, rest)
    count = len(tenancy.accounts)
    if not count:
        why = "no account has a dedicated tenancy in this month"
        book.unknown("cost_per_user.tenancy.dedicated", unit, method, why)
    else:
        accounts = "1 account" if count == 1 else f"{count} accounts"
        book.per_user("cost_per_user.tenancy.dedicated", own, tenancy.users, f"{method} ({accounts})")
