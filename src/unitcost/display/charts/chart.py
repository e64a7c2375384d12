"""A finished chart: two SVGs and the words that go with them."""

from __future__ import annotations

from dataclasses import dataclass

from unitcost.display.charts.sheet import Sheet
from unitcost.display.fonts import drawable
from unitcost.display.licence import About, experiments

MIME = "application/vnd.unitcost.figure+json"


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands around a chart: what it shows, its measure and unit, where the numbers are from.

    A causal word of the chart or its texts rests on the experiments that `about` names.
    """

    title: str
    subtitle: str = ""
    source: str = ""
    about: About = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as a value; as the last expression of a notebook cell it shows itself.

    `svg` has outlined glyphs and looks the same everywhere (HTML); `svg_text` keeps words as words and needs
    the bundled fonts (PDF). `alt` are sentences that carry the numbers.
    """

    title: str
    subtitle: str
    alt: str
    source: str
    svg: str
    svg_text: str
    about: tuple[str, ...] = ()

    @classmethod
    def of(cls, sheet: Sheet, caption: Caption, alt: str) -> Chart:
        """Return the chart drawn on `sheet`."""
        title, subtitle, source = (drawable(text) for text in (caption.title, caption.subtitle, caption.source))
        plain = sheet.svg(text_as_text=False)
        about = experiments(caption.about)
        return cls(title, subtitle, alt, source, plain, sheet.svg(text_as_text=True), about)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Return what Jupyter stores: the figure for the reports, the SVG for the notebook, the alt text."""
        del include, exclude  # Jupyter filters by itself
        figure: dict[str, object] = {
            "title": self.title,
            "subtitle": self.subtitle,
            "alt": self.alt,
            "source": self.source,
            "svg": self.svg,
            "svg_text": self.svg_text,
        }
        if self.about:
            figure["about"] = list(self.about)
        return {MIME: figure, "image/svg+xml": self.svg, "text/plain": f"{self.title}\n{self.alt}"}
