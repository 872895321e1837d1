"""The form for a rule: what an address or a body asks for, and sentences on what of it cannot be read. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext

from services_map.domain.errors import InvalidRule
from services_map.domain.sampling.rules import make_rule
from services_map.domain.sampling.strategy import Rule, RuleKind
from services_map.pages.sampling.wording import spell_probability
from traces.domain.span import clean_name

#: By the word for it in the address, which is the name of its field too.
KINDS: Final[Mapping[str, RuleKind]] = {
    "share": RuleKind.PROBABILISTIC,
    "rate": RuleKind.RATE_LIMITING,
    "target": RuleKind.ADAPTIVE,
}
#: Instead of a rule: what holds without one.
NO_RULE: Final = "none"
_WORDS: Final = {kind: word for word, kind in KINDS.items()}
_USUAL: Final = {"share": "10 %", "rate": "5", "target": "1"}
_MAX_CHARS: Final = 40
_NUMBER: Final = re.compile(r"\d{1,12}(\.\d{1,12})?|\.\d{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm:
    """`kind` is a word of KINDS, NO_RULE, or empty where nothing is asked for yet. `values` are as they were written.

    `rule` is there if all could be read. `errors` are sentences by field.
    """

    service: str
    operation: str
    kind: str
    values: Mapping[str, str]
    rule: Rule | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def value(self) -> str:
        """What was written for the chosen kind."""
        return self.values.get(self.kind, "")

    @property
    def is_asked(self) -> bool:
        """Whether there is something to preview or to do."""
        return self.rule is not None or (self.kind == NO_RULE and not self.errors)


def read_form(data: QueryDict, current: Rule | None = None) -> RuleForm:
    """What is asked for; of fields that are not, what the `current` rule says, or what is usual."""
    service, operation = read_subject(data)
    kind = data.get("kind", "")
    written = {word: clean_name(data.get(word, "")).strip()[:_MAX_CHARS] for word in KINDS}
    values = {word: written[word] or _describe(word, current) for word in KINDS}
    if kind == NO_RULE:
        return RuleForm(service=service, operation=operation, kind=kind, values=values)
    if kind not in KINDS:
        errors = {"kind": gettext("Choose what the rule shall do.")} if kind else {}
        return RuleForm(service=service, operation=operation, kind="", values=values, errors=errors)
    try:
        rule = make_rule(service, operation, KINDS[kind], read_number(kind, values[kind]))
    except InvalidRule as problem:
        where = kind if problem.field == "param" else problem.field
        return RuleForm(service=service, operation=operation, kind=kind, values=values, errors={where: str(problem)})
    return RuleForm(service=service, operation=operation, kind=kind, values=values, rule=rule)


def read_subject(data: QueryDict) -> tuple[str, str]:
    """A service, whose name comes from a link and is what it was sent as, and an operation, which a person types."""
    return clean_name(data.get("service", "")), clean_name(data.get("operation", "")).strip()


def _describe(word: str, current: Rule | None) -> str:
    if current is None or _WORDS[current.kind] != word:
        return _USUAL[word]
    return spell_probability(current.param) if word == "share" else f"{current.param:g}"


def choose_kind(form: RuleForm, current: Rule | None) -> str:
    """Which kind is chosen as the form opens."""
    return form.kind or (_WORDS[current.kind] if current else "share")


def read_number(kind: str, text: str) -> float:
    """`10 %` and `0.1` of a share; a number with a point of anything else. Raises InvalidRule."""
    digits = text.removesuffix("%").strip() if kind == "share" else text
    # As a person writes it: float() would take `1_0` and digits of other scripts, too.
    if not _NUMBER.fullmatch(digits):
        example = gettext("“10 %” or “0.1”") if kind == "share" else gettext("a number like “5” or “0.5”")
        problem = gettext("“%(text)s” is no number here: write %(example)s.") % {"text": text, "example": example}
        raise InvalidRule(problem, "param")
    return float(digits) / (1 if digits == text else 100)
