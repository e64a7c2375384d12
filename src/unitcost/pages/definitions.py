"""The words on the last page: what each published number means. One text, printed with its version."""

from __future__ import annotations

DEFINITIONS: tuple[tuple[str, str], ...] = (
    (
        "Cost per user",
        "Cost in scope of the month ÷ monthly active users. Cost is the effective (amortised) cost unless the "
        "configuration says billed.",
    ),
    (
        "Cost in scope",
        "All charges of the month by charge period (UTC), without the categories left out (tax and credits unless "
        "configured otherwise) and without what a rule sends out of scope.",
    ),
    (
        "Billed and effective",
        "Billed is what the invoice says. Effective spreads what was bought for later over the time it is used. "
        "Each row is converted once at its month's rate.",
    ),
    (
        "Monthly active users",
        "Distinct users with activity in the calendar month of the company's zone, internal users left out. "
        "A set: it is never a sum over days, tiers or product lines.",
    ),
    (
        "Tier",
        "Free or paid. A user counts on the tier of the last active day; cost follows the tier of the day. "
        "User-months weigh each user's active days, so they add up to the users too.",
    ),
    (
        "Product line",
        "Its direct cost by rule or tag, its share of the shared pools and of unused commitments. Users of several "
        "lines count in each, so lines do not add up.",
    ),
    (
        "Growth of users",
        "New: first activity in the data is in the month. Stayed: active in the month before too. Came back: not in "
        "the month before, but earlier. Left: active in the month before, not now. New, stayed and came back add up to "
        "the active users. Who was active only before the data begins counts as new.",
    ),
    (
        "Sets of product lines",
        "Users by exactly the lines they use; each user is in one set, so sets add up to the active users. Sets of "
        "fewer users than suppress_below are summed, with as many others as it takes not to tell their size.",
    ),
    (
        "Concentration of use",
        "What the 1, 5 and 10 % of users (rounded up) who use most of the default driver use of it, over all product "
        "lines, ÷ what all users use; user-days where nobody used any of it, or it is not known by user. Cost that "
        "follows the driver is as concentrated; storage and fixed cost need not be.",
    ),
    (
        "Range over methods",
        "The lowest and highest cost per user if every shared pool is split as configured, evenly, in proportion to "
        "direct cost, or by its driver. In total it is one number: the split moves no cost in or out.",
    ),
    (
        "Usage alone",
        "Usage that product lines own themselves, split by the tiers' drivers ÷ users of the tier: without purchases, "
        "fees, shared pools and unused commitments. What one user more costs, as far as usage grows with users.",
    ),
    (
        "Unused commitment",
        "What was paid for and not used. It is in the total; it follows the covered use of the product lines, or "
        "stays a pool of its own.",
    ),
    (
        "Commitments",
        "Coverage: list cost of covered use ÷ list cost of eligible use, which is that and on-demand use of services "
        "of which something is covered. Utilisation: effective cost of covered use ÷ the same and unused commitments. "
        "Effective savings rate: 1 − effective cost of eligible use and unused commitments ÷ list cost of eligible "
        "use. Negotiated is list − contracted cost, by commitments it is contracted − effective cost with what was "
        "not used. Purchases and corrections are left out; without list cost these are unknown.",
    ),
    (
        "Machines too large, and idle ones",
        "Idle: the CPU stays below idle_below on every day that is measured. Too large: CPU and memory, at the 95th "
        "percentile of the days, would both stay below busy_below at half the size or less; half of a size costs half. "
        "Only usage on demand or on spot counts, since what a commitment covers is paid anyway, and for a smaller size "
        "only what is priced by the hour. Resources with fewer days than min_days are not judged.",
    ),
    (
        "Best hourly commitment",
        "The K that makes the month cheapest if an hour with on-demand use U costs (1 − discount) × K + what exceeds "
        "K: the quantile of U, over all hours of the month, at the discount. Use that is covered or on spot is left "
        "out. The interval rests on the weeks of one month, and knows nothing of growth or seasons.",
    ),
    (
        "Unallocated",
        "Cost that no rule and no tag claims. It is in the total and in no product line and no tier.",
    ),
    (
        "COGS and R&D",
        "Cost of goods sold: production, no environment, and shared pools. Research and development: every other "
        "environment.",
    ),
    (
        "Coverage",
        "Absolute cost of rows with a product tag (tag coverage) or with an owner by rule or tag (allocation "
        "coverage) ÷ absolute cost of all rows in scope.",
    ),
    (
        "Why it moved",
        "The change of cost per user between two months, told apart SKU by SKU: price (rate), quantity per user and "
        "day (usage), tiers (mix), days (month length) and conversion (fx). Fees and unused commitments change or are "
        "diluted by more users. New and retired SKUs, refunds and usage without quantity are bars of their own. The "
        "bars add up to the change exactly. They say what moved, and nothing of what lies behind it.",
    ),
    (
        "Conversion",
        "Three facts, never mixed. Paid share: paid user-months ÷ active users. Monthly flow: users whose first paid "
        "period after a free one starts in the month ÷ free user-months. Lifetime conversion: the share of sign-ups "
        "that began on free that ever pays (Weibull mixture-cure model, 95 % interval; by age Kaplan–Meier), not told "
        "while the curve has no plateau. Nothing after the month's last day is known to it.",
    ),
    (
        "Break-even of the free tier",
        "s is a tier's cost ÷ its user-months, ARPU the price paid, by days. Paid share: s free ÷ (ARPU − s paid + s "
        "free). Serving cost: paid share × (ARPU − s paid) ÷ (1 − paid share). Lifetime conversion: s free × active "
        "free months of a sign-up ÷ lifetime value. Payback: cost of the free tier ÷ conversions ÷ (ARPU − s paid).",
    ),
    (
        "Lifetime value and return",
        "Lifetime value: discounted (ARPU − s paid − other cost of goods sold) over the survival of first paid spells, "
        "up to ltv_horizon_months and never beyond the longest spell seen. Return: (conversion × lifetime value − s "
        "free × free months) ÷ (s free × free months), with an interval by 1,000 draws over users.",
    ),
    (
        "Margin after infrastructure",
        "(Revenue − infrastructure COGS) ÷ revenue; revenue is monthly price × days paid ÷ days of the month. Hosting "
        "of free users stands in COGS, and in a second view in sales and marketing. Gross margin only where other "
        "cost of goods sold is given.",
    ),
    (
        "Forecast",
        "Users, variable cost per user and fixed cost, each as the mean on the log scale of the models its history is "
        "long enough for; cost ÷ users in every draw. The 80 % interval is the geometric mean of what the same "
        "forecasts were off by when they were made in earlier months, and of what the ways in which the past may have "
        "moved allow; with fewer than four errors the latter alone. Events named in [outlook] are counted.",
    ),
    (
        "Cost anomalies",
        "Usage of a day ÷ active users, by service and owner, without the week's pattern, against the median of the 28 "
        "usual days before. The scale is the MAD of these errors; at most 5 % of the days found may be chance. A day "
        "is judged once three later days are there. What comes on the same day of every month is usual.",
    ),
    (
        "Levers",
        "What could be done about cost, on the month's spend in scope without what a commitment covers already. Levers "
        "act in a fixed order, each on what those before it leave. Saving: a lever's fair share of what all would save "
        "together, the average over all orders (Shapley); alone: the lever by itself. Ranges are P10 to P90 of the "
        "assumptions. What would be, no result.",
    ),
    (
        "Portfolio",
        "The levers worth most within the weeks of the scenario, evaluated together, in the order of what each adds a "
        "week. Months ahead keep spend and users as they are now; each lever comes in evenly over its ramp.",
    ),
    (
        "Experiments",
        "Daily cost of what was treated ÷ users active in the 28 days until the day (or a driver), in logarithms, "
        "against weighted controls, at most 26 weeks before and after. Change: the step at the start beside a trend, "
        "with its 95 % range. Effect: the range leaves out 0, and no placebo, commitment or other experiment stands "
        "against it. No effect: it holds 0 and lies within material_effect. Money a month: (e^−change − 1) × cost "
        "since then, for 30.4 days.",
    ),
    (
        "Reconciliation",
        "A second program, which shares no code with the first, adds up the same files. The reports appear only "
        "if billed, effective and the number of rows agree exactly.",
    ),
    (
        "Data quality",
        "What is damaged in the bills is found and said with its money, and counted as the bills say it. What is only "
        "written in an unusual way is accepted and counted. Times without a zone are UTC; tags are text or a map.",
    ),
    (
        "Preliminary and final",
        "A provider that numbers its invoices is final when every row of the month has a number; any other from "
        "the closing day of the next month on. The month is final when every provider is.",
    ),
    (
        "Restated",
        "A set of the month was published as final, and a number that follows from the month's own data has changed "
        "since. Old → new cost per user is split by what changed: rows, corrections, rules and exchange rates at the "
        "users of then, and the users at the cost of now. The parts add up exactly.",
    ),
)
