"""Pictures made harmless: an SVG keeps its shapes and its text, and nothing that acts or reaches out.

The tree is rebuilt from a list of what is allowed, never by taking things away from what came.
"""

from __future__ import annotations

import re

from lxml import etree

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
SIZE_LIMIT = 4_000_000
_ELEMENTS = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line"),
        *("polyline", "polygon", "text", "tspan", "title", "desc", "clipPath", "mask", "pattern"),
        *("marker", "linearGradient", "radialGradient", "stop", "image", "style"),
    )
)
_ATTRIBUTES = frozenset(
    (
        *("id", "class", "style", "transform", "d", "points", "x", "y", "x1", "y1", "x2", "y2"),
        *("dx", "dy", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height", "viewBox", "version"),
        *("preserveAspectRatio", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "opacity"),
        *("stroke-opacity", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin"),
        *("stroke-miterlimit", "clip-path", "clip-rule", "clipPathUnits", "mask", "maskUnits", "offset"),
        *("stop-color", "stop-opacity", "gradientUnits", "gradientTransform", "spreadMethod", "rotate"),
        *("patternUnits", "patternTransform", "patternContentUnits", "markerWidth", "markerHeight", "refX"),
        *("refY", "orient", "markerUnits", "marker-start", "marker-mid", "marker-end", "font-family"),
        *("font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline", "letter-spacing"),
        *("textLength", "lengthAdjust", "visibility", "display", "color", "vector-effect", "font-variant"),
        XML_SPACE,
    )
)
_NAMESPACES: dict[str, str] = {None: SVG, "xlink": XLINK}  # type: ignore[dict-item]  # lxml's default namespace
_LOCAL = re.compile(r"#[\w.:-]+")
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]+")
_URL = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)
# A backslash can hide a word in CSS, "@" starts imports and font faces, "<" would end a style element.
_CSS_DANGER = re.compile(r"[\\@<]|expression|javascript:|-moz-binding|image-set|src\(", re.IGNORECASE)


def clean_svg(source: str | bytes) -> bytes | None:
    """Return the SVG rebuilt from allowed elements and attributes, or None when it is no readable SVG.

    Scripts, event handlers, foreign objects, entities, style imports and references to anything outside the
    picture itself are left behind; `<image>` keeps only embedded PNG and JPEG.
    """
    data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    if len(data) > SIZE_LIMIT:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.tag not in (f"{{{SVG}}}svg", "svg"):
        return None
    target = etree.Element(f"{{{SVG}}}svg", nsmap=_NAMESPACES)
    _copy(root, target)
    return bytes(etree.tostring(target, encoding="utf-8", xml_declaration=False))


def clean_png(data: bytes) -> bytes | None:
    """Return the bytes when they are a PNG of sensible size, else None."""
    return data if data.startswith(PNG_SIGNATURE) and len(data) <= SIZE_LIMIT else None


def _copy(source: etree._Element, target: etree._Element) -> None:
    for name, value in source.attrib.items():
        _copy_attribute(str(name), str(value), target)
    target.text = source.text
    # Only elements: entities and what else has no name are not looked at.
    for child in source.iterchildren("*"):
        name = str(child.tag).removeprefix(f"{{{SVG}}}")
        if name in _ELEMENTS and not _unsafe_style(child, name):
            kept = etree.SubElement(target, f"{{{SVG}}}{name}")
            kept.tail = child.tail
            _copy(child, kept)


def _unsafe_style(element: etree._Element, name: str) -> bool:
    return name == "style" and not _safe_css("".join(str(t) for t in element.itertext()))


def _copy_attribute(name: str, value: str, target: etree._Element) -> None:
    if name in ("href", f"{{{XLINK}}}href"):
        if _LOCAL.fullmatch(value.strip()) or _is_picture(target, value):
            target.set(f"{{{XLINK}}}href", value.strip())
    elif name in _ATTRIBUTES and _safe_css(value):
        target.set(name, value)


def _is_picture(target: etree._Element, value: str) -> bool:
    return etree.QName(target).localname == "image" and bool(_PICTURE.fullmatch(value.strip()))


def _safe_css(value: str) -> bool:
    return not _URL.search(value) and not _CSS_DANGER.search(value)
