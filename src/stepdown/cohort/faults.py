"""Tells what the disk or a damaged file did, on one line."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from stepdown.errors import InputError
from stepdown.record.folder import unreadable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where no more can be written."""


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Tell a full disk, or a file or folder that is damaged.

    Raises:
        InputError: in place of what the system or the reader of files raised.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            (error.strerror or str(error) or "failed").strip().split("\n")[0],
            str(path),
            "make room or mend it, and run it again",
        ) from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        if any(f"os error {number}" in str(error) for number in _FULL):
            raise InputError("no room is left to write", mend="make room, and run it again to carry on") from None
        raise unreadable(path, error) from None
