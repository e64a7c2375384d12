"""The README of the generated folder; what is planted is written from the constants themselves."""

from __future__ import annotations

from importlib.resources import files

from unitcost.sample.invoices import DIFFERENCE
from unitcost.sample.plants import PLANTS


def readme(seed: int) -> str:
    """Return the README as Markdown."""
    text = (files("unitcost.sample") / "texts" / "README.md").read_text(encoding="utf-8")
    rows = [f"| {plant.title} | {plant.when} | {plant.size} | {plant.where} |" for plant in PLANTS]
    table = "\n".join(("| what | when | size | where to find it |", "| --- | --- | --- | --- |", *rows))
    filled = text.replace("{{plants}}", table).replace("{{seed}}", str(seed))
    return filled.replace("{{difference}}", f"{DIFFERENCE:.2f}")
