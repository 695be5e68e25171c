"""LIX, how heavy a Swedish text is to read.

Carl-Hugo Björnsson, "Läsbarhet" (Liber, 1968): LIX = words / sentences + 100 × long words / words, where a long word
has more than six letters, and a sentence ends with a full stop, a question mark, an exclamation mark, or a colon before
a capital. Under 30: very easy, as children's books; 30–40: easy, as fiction; 40–50: middling, as newspapers; 50–60:
heavy, as official texts.

A paragraph or an item of a list always ends its sentence. Names, numbers and the terms of docs/glossary.md are left
out: a reader has to meet those words, and shall meet them everywhere the same.
"""

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass

WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
END = re.compile(r"(?<=[.!?])(?=\s)|(?<=:)(?=\s+[^\W\d_a-zåäö])")
SHORTENED = re.compile(r"\b(?:kl|t\.ex|bl\.a|m\.m|o\.s\.v|ca|nr|tel|d\.v\.s)\.(?=\s)", re.IGNORECASE)
LONG = 6


@dataclass(frozen=True)
class Measure:
    """A text, counted."""

    words: int
    sentences: int
    long_words: int

    @property
    def lix(self) -> float:
        return self.words / self.sentences + 100 * self.long_words / self.words if self.words else 0.0


def sentences(paragraph: str) -> list[str]:
    """The sentences of one paragraph, in order."""
    whole = SHORTENED.sub(lambda hit: hit.group().rstrip("."), " ".join(paragraph.split()))
    return [part for part in END.split(whole) if WORD.search(part)]


def is_term(word: str, terms: Set[str]) -> bool:
    """Whether a word is a term, in any of its forms: kontakt, kontakten, kontakternas."""
    return any(word == term or (len(term) > 3 and word.startswith(term)) for term in terms)


def counted(sentence: str, terms: Set[str]) -> list[str]:
    """The words of a sentence that count: no names (a capital inside a sentence), and no terms."""
    words = WORD.findall(sentence)
    return [
        word
        for place, word in enumerate(words)
        if not (place and word[0].isupper()) and not is_term(word.lower(), terms)
    ]


def without_phrases(paragraph: str, terms: Set[str]) -> str:
    """The text without the terms that are several words."""
    for phrase in (term for term in terms if " " in term):
        paragraph = re.sub(rf"\b{re.escape(phrase)}\b", " ", paragraph, flags=re.IGNORECASE)
    return paragraph


def measure(paragraphs: Iterable[str], terms: Set[str] = frozenset()) -> Measure:
    """Count a running text, given as its paragraphs."""
    shorter = (without_phrases(paragraph, terms) for paragraph in paragraphs)
    parts = [counted(sentence, terms) for paragraph in shorter for sentence in sentences(paragraph)]
    parts = [words for words in parts if words]
    words = [word for part in parts for word in part]
    return Measure(len(words), len(parts), sum(len(word.replace("-", "")) > LONG for word in words))
