"""A process that answers for buckets: told their numbers line by line on standard input, until that ends.

It is started as a module of its own, so that it needs nothing of the process that started it; when that one dies its
standard input ends, and it ends with it.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from stepdown.cohort import manifest
from stepdown.cohort.answer import Options, answer_bucket
from stepdown.cohort.faults import told
from stepdown.errors import InputError
from stepdown.knowledge.library import load


def main(work: Path) -> None:
    """Answer for the buckets whose numbers come in; say `done NUMBER PEOPLE`, or `failed WHY` and end."""
    job = manifest.read(work / manifest.NAME)
    arguments = job["arguments"]
    options, form = Options.from_json(arguments["options"]), arguments["form"]
    try:
        library = load(job["overlays"])
        if library.digest != job["library"]:
            raise InputError("the library changed while people were being screened", mend="run it again")
        options.check(library)
        gc.freeze()  # the library stays, so that nobody looks through it again and again
        for line in sys.stdin:
            number = int(line)
            with told(work):
                people = answer_bucket(number, form["kind"], form["said"], work / "tables", options, library, work)
            print(f"done {number} {people}", flush=True)
    except InputError as error:
        print(f"failed {error}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
