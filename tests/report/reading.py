"""How hard a text is to read: the Flesch reading ease and the Flesch-Kincaid grade (Kincaid 1975), for English.

Grade 7 is read at about twelve years of age: a school grade and five.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SENTENCE = re.compile(r"[.!?]+(?:\s|$)|\n")
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*|\d+(?:[.,]\d+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_TWO = re.compile(
    r"i[aou](?!n\b|us\b|l\b)|[^cgst]ious|eous|[aeiou]ing|iu|rea[lc]t|creat(?!u)|scie|uie|[rd]ea\b|ao|[^q]u[ao]\B"
)


@dataclass(frozen=True)
class Counts:
    """How many sentences, words and syllables a text has."""

    sentences: int
    words: int
    syllables: int

    @property
    def ease(self) -> float:
        """Flesch reading ease: 100 is very easy, 0 very hard."""
        return 206.835 - 1.015 * self.words / self.sentences - 84.6 * self.syllables / self.words

    @property
    def grade(self) -> float:
        """Flesch-Kincaid grade: the US school grade in which it is read."""
        return 0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59


def syllables(word: str) -> int:
    """Syllables of an English word by rule; a number counts as one word of one syllable a digit, at most three."""
    if word[0].isdigit():
        return min(3, sum(sign.isdigit() for sign in word))
    if word.isupper() and len(word) < 6:
        return len(word)
    return sum(_part(part) for part in re.split(r"['’-]", word.lower()) if len(part) > 1) or 1


def _part(word: str) -> int:
    found = len(_VOWELS.findall(word)) + len(_TWO.findall(word))
    silent_e = word.endswith("e") and not re.search(r"[^aeiouy]le$|[aeiouy]e$", word)
    silent_es = re.search(r"[^aeiouyscxzg]es$|[^aeiouytd]ed$|ely$|[^aeiou]ement$", word)
    return max(1, found - silent_e - bool(silent_es))


def counted(text: str) -> Counts:
    """The counts of a text; the end of a line ends a sentence too, but no colon and no semicolon does."""
    sentences = [part for part in _SENTENCE.split(text) if part and _WORD.search(part)]
    words = _WORD.findall(text)
    return Counts(len(sentences), len(words), sum(map(syllables, words)))
