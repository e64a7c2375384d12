"""The kinds of levers, in the order in which they act: less is used before it is bought cheaper.

A kind is added in three places: here, in priors.toml with what is assumed of it where a scenario says nothing, and in
the table of docs/scenarios.md. What a scenario may say of it, how it counts and its words on pages follow from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LeverKey:
    """An assumption of a lever: its key in a scenario, its words on pages.

    It is a share, 0 to 1, and with `is_money` an amount of money; `ramps` says that it grows from 0 over the lever's
    ramp.
    """

    name: str
    words: str
    is_money: bool = False
    ramps: bool = False


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a lever's assumptions by key, as fractions or as arrays; `smaller` is the minimum that fits them.

    A key that the lever does not have is 0.
    """

    of: Callable[[str], Any]
    smaller: Callable[[Any, Any], Any] = min

    def __call__(self, key: str) -> Any:
        """Return the value of a key."""
        return self.of(key)


# (taken, gain): the share of the matched spend that leaves it, and what is gained, as a share of the same spend.
Effect = Callable[[Values], tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class LeverKind:
    """A kind of lever: its name in a scenario, its words on pages, its effect, and the keys that no other kind has.

    `is_cheaper`: what it covers leaves the on-demand price but is not gone, so no other such lever acts on it.
    `is_commitment`: it may be an amount an hour, the key AN_HOUR, in place of a coverage.
    `decided` has the keys among COMMON for which nothing is shipped, because they are a decision.
    `is_tried`: an experiment may be of this kind.
    """

    name: str
    words: str
    effect: Effect
    keys: tuple[LeverKey, ...] = ()
    is_cheaper: bool = False
    is_commitment: bool = False
    decided: tuple[str, ...] = ()
    is_tried: bool = False


def _used_less(value: Values) -> tuple[Any, Any]:
    taken = value("coverage") * value("saving")
    return taken, taken


def _storage_lifecycle(value: Values) -> tuple[Any, Any]:
    covered, saved, kept = value("coverage"), value("saving"), 1 - value("minimum_duration_share")
    fees = value("retrieval_share") + value("transition_share")
    return covered * saved * kept, covered * (saved * kept - fees)


def _autoscaling(value: Values) -> tuple[Any, Any]:
    taken = value("coverage") * value.smaller(value("saving"), 1 - value("minimum_capacity_share"))
    return taken, taken


def _query_optimization(value: Values) -> tuple[Any, Any]:
    covered, saved, kept = value("coverage"), value("saving"), 1 - value("capacity_kept_share")
    return covered * saved * kept, covered * (saved * kept)


def _tenancy(value: Values) -> tuple[Any, Any]:
    covered, saved = value("coverage"), value("saving")
    return covered * saved, covered * (saved - value("overhead_share"))


def _egress(value: Values) -> tuple[Any, Any]:
    covered, saved = value("coverage"), value("saving")
    return covered * saved, covered * (saved - value("replacement_share"))


def _spot(value: Values) -> tuple[Any, Any]:
    covered = value("coverage")
    return covered, covered * (1 - (1 - value("saving")) * (1 + value("rework_share")))


def _commitment(value: Values) -> tuple[Any, Any]:
    covered = value("coverage")
    # What is committed to and not used is paid for as well.
    return covered, covered * (1 - (1 - value("saving")) / (1 - value("unused_share")))


COVERAGE, SAVING, AN_HOUR = "coverage", "saving", "commit_per_hour"
# What every lever rests on: the share of the matched spend that is addressable, and the share of that which is saved.
COMMON = (LeverKey(COVERAGE, "coverage", ramps=True), LeverKey(SAVING, "saving"))
KINDS = (
    LeverKind("idle", "Idle resources", _used_less),
    LeverKind("schedule", "Schedule", _used_less),
    LeverKind("retention", "Retention", _used_less),
    LeverKind(
        "storage_lifecycle",
        "Storage lifecycle",
        _storage_lifecycle,
        keys=(
            LeverKey("retrieval_share", "fees for reading"),  # of the addressable spend
            LeverKey("transition_share", "fees for moving"),  # requests that move objects, of the addressable spend
            LeverKey("minimum_duration_share", "early deletion"),  # of the saving, lost
        ),
        is_tried=True,
    ),
    LeverKind("rightsizing", "Rightsizing", _used_less, is_tried=True),
    LeverKind(
        "autoscaling",
        "Autoscaling",
        _autoscaling,
        keys=(LeverKey("minimum_capacity_share", "capacity always on"),),  # of the addressable spend
    ),
    LeverKind(
        "query_optimization",
        "Query optimisation",
        _query_optimization,
        keys=(LeverKey("capacity_kept_share", "capacity kept"),),  # of the saving, lost: capacity does not shrink
        is_tried=True,
    ),
    LeverKind(
        "tenancy",
        "Tenancy",
        _tenancy,
        keys=(LeverKey("overhead_share", "overhead"),),  # for keeping tenants apart, of the addressable spend
    ),
    LeverKind(
        "egress",
        "Egress",
        _egress,
        keys=(LeverKey("replacement_share", "replacement"),),  # for what carries it instead, of the addressable spend
    ),
    LeverKind(
        "spot",
        "Spot",
        _spot,
        keys=(LeverKey("rework_share", "work done again"),),  # after interruptions, of the price
        is_cheaper=True,
        is_tried=True,
    ),
    LeverKind(
        "commitment",
        "Commitment",
        _commitment,
        keys=(
            LeverKey(AN_HOUR, "amount an hour", is_money=True, ramps=True),
            LeverKey("unused_share", "share not used"),  # of what is committed to
        ),
        is_cheaper=True,
        is_commitment=True,
        decided=(COVERAGE,),
        is_tried=True,
    ),
)
KIND_NAMES = tuple(kind.name for kind in KINDS)
OWN_KEYS = tuple(key for kind in KINDS for key in kind.keys)
KEY_WORDS = {key.name: key.words for key in (*COMMON, *OWN_KEYS)}
# What a share of the lever in place scales.
RAMPED = frozenset(key.name for key in (*COMMON, *OWN_KEYS) if key.ramps)
_BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(name: str) -> LeverKind:
    """Return the kind of that name. Raises KeyError for a stranger."""
    return _BY_NAME[name]


def keys_of(name: str) -> tuple[str, ...]:
    """Return the keys of the assumptions that a lever of a kind may have, those of every kind first."""
    return tuple(key.name for key in (*COMMON, *kind_of(name).keys))


def is_commitment(name: str) -> bool:
    """Tell whether the kind is a commitment: what it changes is the price of the same use. A stranger is none."""
    return name in _BY_NAME and _BY_NAME[name].is_commitment
