"""Letters of one page: to the family doctor, and to the person in plain words. Drafts, to be checked and signed."""

from stepdown.report.letters.letter import FORMS, READERS, letter

__all__ = ["FORMS", "READERS", "letter"]
