"""Writes a picture to files: SVG as it is, PNG by resvg (extra `plots`)."""

from __future__ import annotations

from pathlib import Path

from stepdown.errors import InputError

FAMILIES = ("DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica", "Segoe UI", "Roboto", "FreeSans")
"""Fonts that take the place of `sans-serif`, the first one that the system has; without any all text would be lost."""
LETTER = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9" font-family="sans-serif">{}</text></svg>'
)

ZOOM = 2.0
"""Pixels of a PNG a unit of the SVG, so that print and dense screens stay sharp."""


def write(svg: str, to_svg: Path | None, to_png: Path | None, quiet: bool = False) -> None:
    """Write a picture to the files that are named, and say where unless `quiet`.

    Raises:
        InputError: a file cannot be written, or the extra is not installed.
    """
    data = {path: make for path, make in ((to_svg, _as_it_is), (to_png, png)) if path is not None}
    for path, make in data.items():
        content = make(svg)
        try:
            path.write_bytes(content)
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror})", str(path), "name another file") from None
        if not quiet:
            print(path)


def _as_it_is(svg: str) -> bytes:
    return svg.encode()


def png(svg: str) -> bytes:
    """An SVG as PNG, with the fonts of the system.

    Raises:
        InputError: the extra is not installed, or the system has no font.
    """
    try:
        import resvg_py
    except ImportError:
        mend = "pip install 'stepdown[plots]', or write --svg"
        raise InputError("a PNG needs the extra 'plots'", "--png", mend) from None

    def drawn(text: str, family: str, zoom: float = 1.0) -> bytes:
        return bytes(
            resvg_py.svg_to_bytes(svg_string=text, zoom=zoom, background="white", sans_serif_family=family)
        )  # fmt: skip

    family = next(
        (name for name in FAMILIES if drawn(LETTER.format("A"), name) != drawn(LETTER.format(""), name)), None
    )
    if family is None:
        mend = "install one, such as DejaVu Sans, or write --svg"
        raise InputError("no font was found to write the text with", "--png", mend)
    return drawn(svg, family, ZOOM)
