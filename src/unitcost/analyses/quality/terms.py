"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
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
)
