"""Writes a picture to files: SVG as it is, PNG by resvg (extra `plots`)."""

from __future__ import annotations

from pathlib import Path

from stepdown.errors import InputError

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
        InputError: the extra is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise InputError(
            "a PNG needs the extra 'plots'", "--png", "pip install 'stepdown[plots]', or write --svg"
        ) from None
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM, background="white"))
