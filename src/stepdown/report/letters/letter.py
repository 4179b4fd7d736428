"""Chooses and writes a letter; nothing is decided here that the assessment does not say."""

from __future__ import annotations

from stepdown.errors import InputError
from stepdown.report.fill import fill
from stepdown.report.letters.doctor import to_doctor
from stepdown.report.letters.person import to_person
from stepdown.report.parts import Data
from stepdown.report.words import Words

READERS = {"doctor": to_doctor, "person": to_person}
FORMS = ("markdown", "html", "text")


def letter(data: Data, words: Words, to: str, form: str = "markdown", contact: str | None = None) -> str:
    """A letter of one page about an assessment.

    Args:
        data: the assessment.
        words: the language.
        to: whom it is for, one of `READERS`.
        form: one of `FORMS`.
        contact: the phone number that is answered the same day; a line to write on where none is given.

    Raises:
        InputError: a reader or a form that is not known, or a person who has died.
    """
    if to not in READERS:
        raise InputError(f"{to[:20]!r} gets no letter", "--letter", f"choose {' or '.join(READERS)}")
    if form not in FORMS:
        raise InputError(f"{form[:20]!r} is no form of a letter", "--letter", f"choose one of {', '.join(FORMS)}")
    filled = fill(data, words)
    if filled["recommendation"]["says"]["key"] == "recommendation.died":
        raise InputError("has died; no letter is written", filled["person"], "ask for the report instead")
    page = READERS[to](filled, words, contact)
    return {"markdown": page.markdown, "html": page.html, "text": page.text}[form]()
