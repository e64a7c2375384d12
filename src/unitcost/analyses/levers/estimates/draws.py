"""The model on many draws at once: ranges, chances, which assumption matters. Floats, and the same on every machine.

Points are those of a scrambled Sobol sequence with the scenario's seed, so nothing here is random twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from unitcost.analyses.levers.estimates.exact import outcome
from unitcost.analyses.levers.estimates.model import Case, Hourly, Triple, effect
from unitcost.analyses.levers.kinds import AN_HOUR, RAMPED, SAVING

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

POINTS = 1 << 10
LEVEL = 0.8
Drawn = Mapping[tuple[int, str], Any]  # (lever, key) → values, one a draw


class Uncertain(NamedTuple):
    """An input that may turn out otherwise: the lever's place, the key, its range."""

    place: int
    key: str
    range: Triple


@dataclass(frozen=True, slots=True)
class Setting:
    """How the inputs vary: 'pert' or 'triangular', the seed, correlations of savings by pairs of lever ids."""

    distribution: str = "pert"
    seed: int = 20240501
    correlations: tuple[tuple[str, str, float], ...] = ()


def uncertain(case: Case) -> list[Uncertain]:
    """Return the inputs with a range, in the order of levers and keys."""
    return [
        Uncertain(place, key, case.levers[place].inputs[key])
        for place in case.places
        for key in sorted(case.levers[place].inputs)
        if case.levers[place].inputs[key].low != case.levers[place].inputs[key].high
    ]


def points(dimensions: int, seed: int, count: int = POINTS) -> Array:
    """Return `count` (a power of two) scrambled Sobol points in (0, 1), one a row."""
    import numpy as np
    from scipy.stats import qmc

    if not dimensions:
        return np.empty((count, 0))
    sobol: Array = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed)).random(count)
    inside: Array = np.clip(sobol, 1e-12, 1 - 1e-12)
    return inside


def drawn(case: Case, inputs: Sequence[Uncertain], where: Array, setting: Setting) -> Drawn:
    """Return the inputs' values at points of the unit cube, one column an input, correlated as the scenario says."""
    moved = _correlated(case, inputs, where, setting)
    return {(varied.place, varied.key): quantile(varied.range, moved[:, n], setting) for n, varied in enumerate(inputs)}


def quantile(given: Triple, chance: Array, setting: Setting) -> Array:
    """Return the values below which an input lies with the given chances."""
    import numpy as np
    from scipy.special import betaincinv

    low, mode, high = (float(each) for each in given)
    width = high - low
    if setting.distribution == "triangular":
        turn = (mode - low) / width
        rising = low + np.sqrt(chance * width * (mode - low))
        falling = high - np.sqrt((1 - chance) * width * (high - mode))
        return np.where(chance < turn, rising, falling)
    # PERT: a beta distribution whose mean gives the mode four times the weight of each end.
    values: Array = low + width * betaincinv(1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width, chance)
    return values


def _correlated(case: Case, inputs: Sequence[Uncertain], where: Array, setting: Setting) -> Array:
    """Return points whose savings move together: a Gaussian copula, by the factor of the matrix of correlations."""
    columns = {case.levers[varied.place].id: n for n, varied in enumerate(inputs) if varied.key == SAVING}
    pairs = [(columns[a], columns[b], r) for a, b, r in setting.correlations if a in columns and b in columns]
    if not pairs:
        return where
    import numpy as np
    from scipy.special import ndtr, ndtri

    names = sorted({n for a, b, _ in pairs for n in (a, b)})
    matrix = np.eye(len(names))
    for a, b, r in pairs:
        i, j = names.index(a), names.index(b)
        matrix[i, j] = matrix[j, i] = r
    factor = np.linalg.cholesky(matrix)
    normal = [ndtri(where[:, n]) for n in names]
    moved = where.copy()
    for i, n in enumerate(names):
        # Added up in a fixed order: a matrix product may differ in the last digit between machines.
        moved[:, n] = ndtr(sum(factor[i, j] * normal[j] for j in range(i + 1)))
    return moved


def value_of(case: Case, place: int, values: Drawn, ramps: Mapping[int, float] | None = None) -> Callable[[str], Any]:
    """Return a lever's input by its key: as drawn, else most likely, times what of the lever is in place."""
    lever, ramp = case.levers[place], (ramps or {}).get(place, 1.0)

    def value(key: str) -> Any:
        assumed = lever.inputs.get(key)
        number = values.get((place, key), float(assumed.mode) if assumed is not None else 0.0)
        return number * ramp if key in RAMPED else number

    return value


@dataclass(frozen=True, slots=True)
class Many:
    """What levers save on many draws: by lever; and on each atom what each takes and gains of what is left."""

    by_lever: Mapping[int, Any]
    total: Any
    steps: Mapping[int, Sequence[tuple[int, Any, Any]]]


def savings(
    case: Case,
    values: Drawn,
    chosen: Collection[int],
    count: int,
    *,
    ramps: Mapping[int, float] | None = None,
) -> Many:
    """Return what the levers at the places `chosen` save together on every draw.

    A commitment by the hour is made once, for what is most likely, and kept whatever is drawn.
    """
    import numpy as np

    order = sorted(set(chosen) & set(case.places))
    per_hour = outcome(case, order).per_hour
    left = [np.full(count, float(atom.amount)) for atom in case.atoms]
    by_lever, steps = {}, {n: list[tuple[int, Any, Any]]() for n in range(len(case.atoms))}
    for place in order:
        lever, value = case.levers[place], value_of(case, place, values, ramps)
        if lever.by_the_hour:
            ramp = (ramps or {}).get(place, 1.0)
            effects = _by_the_hour(case, place, value, left, [float(amount) * ramp for amount in per_hour[place]])
        else:
            effects = dict.fromkeys(case.touched(place), effect(lever, value, np.minimum))
        saved = np.zeros(count)
        for n, (taken, gain) in effects.items():
            saved = saved + left[n] * gain
            left[n] = left[n] * (1 - taken)
            steps[n].append((place, taken, gain))
        by_lever[place] = saved
    total = np.zeros(count)
    for saved in by_lever.values():
        total = total + saved
    return Many(by_lever, total, steps)


def _by_the_hour(
    case: Case, place: int, value: Callable[[str], Any], left: Sequence[Array], fixed: Sequence[float]
) -> dict[int, tuple[Any, Any]]:
    """Return the share that a commitment takes of what is left of each atom and its gain for a unit, on every draw.

    `fixed` are the amounts an hour with the providers of `Case.uses`.
    """
    effects: dict[int, tuple[Any, Any]] = {}
    given = AN_HOUR in case.levers[place].inputs
    for (use, touched), amount in zip(case.uses(place), fixed, strict=True):
        base = sum(float(case.atoms[n].amount) for n in touched)
        committed = value(AN_HOUR) if given else amount
        provider_effect = _of_provider(use, committed, 1 - value(SAVING), [left[n] for n in touched], base)
        effects |= dict.fromkeys(touched, provider_effect)
    return effects


def _of_provider(use: Hourly, committed: Any, price: Any, left: Sequence[Array], base: float) -> tuple[Any, Any]:
    """Return the share of one provider's use that a commitment covers, and the gain for each unit that is left."""
    import numpy as np

    rest = np.zeros_like(left[0]) if left else np.zeros(1)
    for part in left:
        rest = rest + part
    share = rest / base if base else rest
    hours = np.sort(np.array([float(hour) for hour in use.hours]))
    sums = np.concatenate(([0.0], np.cumsum(hours)))
    safe = np.where(share > 0, share, 1.0)
    below = np.searchsorted(hours, committed / safe, side="right")
    covered = np.where(share > 0, share * sums[below] + committed * (len(hours) - below), 0.0)
    saving = covered - price * committed * len(hours)
    whole = np.where(rest > 0, rest, 1.0)
    return np.where(rest > 0, np.minimum(covered / whole, 1.0), 0.0), np.where(rest > 0, saving / whole, 0.0)


def fair_shares(case: Case, many: Many) -> dict[int, Any]:
    """Return each lever's Shapley share on every draw; they add up to the total but for rounding.

    A commitment by the hour enters as the share it covers of what all others leave.
    """
    import numpy as np

    shares: dict[int, Any] = {place: np.zeros_like(many.total) for place in many.by_lever}
    for n, steps in many.steps.items():
        amount = float(case.atoms[n].amount)
        # The integrand is a polynomial of a degree below the number of levers: Gauss' rule is exact.
        nodes, weights = np.polynomial.legendre.leggauss(len(steps) // 2 + 1)
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            after = [np.zeros_like(many.total)]
            for _, taken, gain in reversed(steps):
                after.append(node * gain + (1 - node * taken) * after[-1])
            before: Any = np.ones_like(many.total)
            for number, (place, taken, gain) in enumerate(steps):
                later = after[len(steps) - number - 1]
                shares[place] = shares[place] + amount * weight * before * (gain - taken * later)
                before = before * (1 - node * taken)
    return shares


@dataclass(frozen=True, slots=True)
class Spread:
    """How a saving may turn out: what it is below with a chance of 10, 50 and 90 %, and the chance of a loss."""

    low: float
    median: float
    high: float
    negative: float


def spread(saved: Array) -> Spread:
    """Return how a saving spreads over the draws."""
    import numpy as np

    low, median, high = (float(each) for each in np.quantile(saved, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2]))
    return Spread(low, median, high, float(np.count_nonzero(saved < 0)) / len(saved))


class TornadoBar(NamedTuple):
    """One bar of the tornado: an input, the whole saving at its P10 and P90, its total-order Sobol index."""

    place: int
    key: str
    low: float
    high: float
    total_order: float | None


def tornado(case: Case, setting: Setting) -> list[TornadoBar]:
    """Return what each assumption does to the saving of all levers, the widest first.

    One at a time from P10 to P90, all others most likely, in the whole model. The index is the share of the variance
    that would remain if every other input were known (Jansen's estimate); None if nothing varies.
    """
    import numpy as np

    inputs = uncertain(case)
    if not inputs:
        return []
    ends = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    indices = _total_indices(case, inputs, setting)
    bars = []
    for number, varied in enumerate(inputs):
        values = {(varied.place, varied.key): quantile(varied.range, ends, setting)}
        low, high = (float(each) for each in savings(case, values, case.places, 2).total)
        bars.append(TornadoBar(varied.place, varied.key, low, high, indices[number] if indices else None))
    return sorted(bars, key=lambda bar: (-abs(bar.high - bar.low), bar.place, bar.key))


def _total_indices(case: Case, inputs: Sequence[Uncertain], setting: Setting) -> list[float]:
    import numpy as np

    size = len(inputs)
    both = points(2 * size, setting.seed)
    first, second = both[:, :size], both[:, size:]
    # Assumptions are taken as independent here, so that an input's values are worked out once and only put together.
    alone = Setting(setting.distribution, setting.seed)
    firsts, seconds = (drawn(case, inputs, where, alone) for where in (first, second))
    # Each block is the first draw with one input of the second; the whole model runs over all blocks at once.
    values = {}
    for n, varied in enumerate(inputs):
        key = (varied.place, varied.key)
        blocks = [firsts[key]] * (size + 1)
        blocks[n + 1] = seconds[key]
        values[key] = np.concatenate(blocks)
    totals = savings(case, values, case.places, len(first) * (size + 1)).total.reshape(size + 1, -1)
    variance = float(np.var(totals[0]))
    if variance <= 1e-24 * max(1.0, float(np.mean(totals[0])) ** 2):
        return []
    return [float(np.mean((totals[0] - totals[n + 1]) ** 2)) / (2 * variance) for n in range(size)]
