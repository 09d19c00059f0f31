"""Steps on text; a list is treated entry by entry."""

import html
from collections.abc import Callable
from typing import Final

import nh3
import re2

from app.mapping.engine.context import Record, Run, StepFunction
from app.mapping.engine.patterns import compiled_pattern
from app.mapping.engine.read import Scope, reader
from app.mapping.errors import TemplateInvalid
from app.mapping.steps import Affix, Join, Plain, RegexReplace, Replace, Split, Truncate
from app.mapping.values import as_text, bounded_text, is_absent, is_blank

TextFunction = Callable[[str], object]

_BREAKS: Final = r"(?i)<\s*(?:br|/p|/div|/li|/tr|/h[1-6])\b[^>]*>"
_SPACES: Final = r"[ \t\x{00a0}]+"
_LINES: Final = r"\s*\n\s*"


def on_text(function: TextFunction) -> StepFunction:
    """A text function as a step: absent stays absent, lists go entry by entry."""

    def step(value: object, record: Record, run: Run) -> object:
        if isinstance(value, list | tuple):
            return [function(as_text(item)) for item in value]
        return value if is_absent(value) else function(as_text(value))

    return step


def plain(step: Plain) -> StepFunction:
    """upper, lower, title, sentence, trim, strip_html."""
    functions: dict[str, TextFunction] = {
        "upper": str.upper,
        "lower": str.lower,
        "title": title_case,
        "sentence": sentence_case,
        "trim": str.strip,
        "strip_html": strip_html,
    }
    return on_text(functions[step.do])


def title_case(text: str) -> str:
    """Every word with a capital; letters after an apostrophe stay small."""
    return " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" "))


def sentence_case(text: str) -> str:
    """Small letters, with a capital at the start of each sentence."""
    letters = list(text.lower())
    start = True
    for index, letter in enumerate(letters):
        if start and letter.isalnum():
            letters[index] = letter.upper()
            start = False
        elif letter in ".!?" and index + 1 < len(letters) and letters[index + 1].isspace():
            start = True
    return "".join(letters)


def strip_html(text: str) -> str:
    """The text that a reader would see; paragraphs and breaks become line ends."""
    spaced = re2.sub(_BREAKS, "\n", bounded_text(text))
    bare = html.unescape(nh3.clean(spaced, tags=set()))
    lines = re2.sub(_LINES, "\n", re2.sub(_SPACES, " ", bare))
    return str(lines).strip()


def affix(step: Affix) -> StepFunction:
    """A text in front or behind; the result is bounded."""
    if step.do == "prefix":
        return on_text(lambda text: bounded_text(step.text + text))
    return on_text(lambda text: bounded_text(text + step.text))


def replace(step: Replace, scope: Scope) -> StepFunction:
    """A literal replacement."""
    if step.case_sensitive:
        return on_text(lambda text: bounded_text(text.replace(step.find, step.replacement)))
    pattern = compiled_pattern(re2.escape(step.find), case_sensitive=False)
    literal = step.replacement.replace("\\", "\\\\")
    return on_text(lambda text: bounded_text(pattern.sub(literal, text)))


def regex_replace(step: RegexReplace, scope: Scope) -> StepFunction:
    """A replacement by pattern; raises TemplateInvalid for patterns RE2 refuses."""
    try:
        pattern = compiled_pattern(step.pattern, case_sensitive=step.case_sensitive)
        pattern.sub(step.replacement, "")
    except (re2.error, IndexError) as error:
        message = f"The pattern “{step.pattern}” cannot be used: {error}. Correct it."
        raise TemplateInvalid(scope.template, scope.target.key, message, "bad_pattern") from None
    if _highest_group(step.replacement) > pattern.groups:
        message = f"The pattern “{step.pattern}” has fewer groups than “{step.replacement}” uses."
        raise TemplateInvalid(scope.template, scope.target.key, message, "bad_pattern")
    return on_text(lambda text: bounded_text(pattern.sub(step.replacement, bounded_text(text))))


def _highest_group(replacement: str) -> int:
    found = re2.findall(r"\\(\d)", replacement.replace("\\\\", ""))
    return max((int(group) for group in found), default=0)


def truncate(step: Truncate) -> StepFunction:
    """A cut to a length that counts the ellipsis, at a word's end when wanted."""

    def cut(text: str) -> str:
        if len(text) <= step.length:
            return text
        kept = text[: max(step.length - len(step.ellipsis), 0)]
        if step.words and " " in kept and not text[len(kept)].isspace():
            kept = kept.rpartition(" ")[0]
        return (kept.rstrip() + step.ellipsis)[: step.length]

    return on_text(cut)


def split(step: Split) -> StepFunction:
    """A list of trimmed parts, or one of them; a part that is not there is missing."""

    def parts(text: str) -> object:
        found = [part.strip() for part in text.split(step.separator)]
        if step.index is None:
            return found
        return found[step.index] if -len(found) <= step.index < len(found) else None

    def apply(value: object, record: Record, run: Run) -> object:
        return value if is_absent(value) else parts(as_text(value))

    return apply


def join(step: Join, scope: Scope) -> StepFunction:
    """The value's entries and further fields as one text; blank parts are left out."""
    readers = tuple(reader(key, scope) for key in step.fields)

    def apply(value: object, record: Record, run: Run) -> object:
        parts = list(value) if isinstance(value, list | tuple) else [value]
        parts += [read(record, run) for read in readers]
        texts = [as_text(part) for part in parts if not is_blank(part)]
        if not texts and is_absent(value):
            return value
        return bounded_text(step.separator.join(texts))

    return apply
