"""A tree as text: what is parsed from it is the same tree."""

import re
from typing import Final

from traces.domain.traceql.literals import NANOSECONDS
from traces.domain.traceql.tree import (
    All,
    Arithmetic,
    Attribute,
    Compare,
    Condition,
    Filter,
    Intrinsic,
    Is,
    Literal,
    Missing,
    Negative,
    Not,
    Operand,
    Present,
    Scope,
    Some,
    ValueType,
)
from traces.domain.traceql.words import MAX_INT, MIN_INT

_BARE_KEY = re.compile(r'[^\s{}()=~!<>&|^,"]+')
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# How tightly each operator binds; a minus takes in what binds like * or more.
_POWERS: Final = {"+": 3, "-": 3, "*": 5, "/": 5, "%": 5, "^": 6}
_MINUS_POWER: Final = 4
_LEAF_POWER: Final = 9


def print_filter(tree: Filter) -> str:
    """`{ … }` in the canonical form."""
    return "{ }" if tree.condition is None else f"{{ {print_condition(tree.condition)} }}"


def print_condition(condition: Condition) -> str:
    """What stands inside `{ }`; where && and || meet, brackets say which goes first."""
    match condition:
        case Compare(operator, left, right):
            return f"{print_operand(left)} {operator} {print_operand(right)}"
        case Present(operand):
            return f"{print_operand(operand)} != nil"
        case Missing(operand):
            return f"{print_operand(operand)} = nil"
        case Is(operand):
            return print_operand(operand)
        case Not(part):
            return f"!{_print_negated(part)}"
        case All(parts):
            return " && ".join(_print_joined(part) for part in parts)
        case Some(parts):
            return " || ".join(_print_joined(part) for part in parts)


def _print_negated(condition: Condition) -> str:
    text = print_condition(condition)
    return text if isinstance(condition, Is | Not) else f"({text})"


def _print_joined(condition: Condition) -> str:
    text = print_condition(condition)
    return f"({text})" if isinstance(condition, All | Some) else text


def print_operand(operand: Operand) -> str:
    match operand:
        case Attribute():
            return print_attribute(operand)
        case Intrinsic(which):
            return which.value
        case Literal():
            return print_literal(operand)
        case Negative(inner):
            return f"-{print_operand(inner) if isinstance(inner, Negative) else _bracket(inner, _LEAF_POWER)}"
        case Arithmetic(operator, left, right):
            power = _POWERS[operator]
            # Only ^ goes from right to left.
            is_power = operator == "^"
            return f"{_bracket(left, power + is_power)} {operator} {_bracket(right, power + (not is_power))}"


def _bracket(operand: Operand, least: int) -> str:
    """In brackets, if it binds less than `least`."""
    text = print_operand(operand)
    if isinstance(operand, Arithmetic):
        power = _POWERS[operand.operator]
    else:
        power = _MINUS_POWER if text.startswith("-") else _LEAF_POWER
    return text if power >= least else f"({text})"


def print_attribute(attribute: Attribute) -> str:
    key = attribute.key
    # A dot and a digit are a number.
    is_bare = _BARE_KEY.fullmatch(key) and not (attribute.scope is Scope.ANY and key[0] in "0123456789")
    if not is_bare:
        key = '"{}"'.format(key.replace("\\", "\\\\").replace('"', '\\"'))
    return f"{attribute.scope}.{key}"


def print_literal(literal: Literal) -> str:
    value = literal.value
    if isinstance(value, str):
        return print_text(value) if literal.type is ValueType.TEXT else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if literal.type is ValueType.DURATION:
        return print_duration(int(value))
    if literal.type is ValueType.INT and value in (MIN_INT, MAX_INT):
        return "minInt" if value == MIN_INT else "maxInt"
    return repr(value)


def print_text(text: str) -> str:
    """In double quotes; in backticks where those save escapes."""
    if ("\\" in text or '"' in text) and "`" not in text and text.isprintable():
        return f"`{text}`"
    return '"{}"'.format("".join(_escape(character) for character in text))


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def print_duration(duration_ns: int) -> str:
    """`1h30m`, `1.5s`, `500ms`, `0s`."""
    if duration_ns < 0:
        return f"-{print_duration(-duration_ns)}"
    hours, rest = divmod(duration_ns, NANOSECONDS["h"])
    minutes, rest = divmod(rest, NANOSECONDS["m"])
    text = (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
    if not rest:
        return text or "0s"
    unit = next(unit for unit in ("s", "ms", "us", "ns") if rest >= NANOSECONDS[unit])
    whole, part = divmod(rest, NANOSECONDS[unit])
    digits = str(NANOSECONDS[unit] + part)[1:].rstrip("0")
    return f"{text}{whole}{'.' if digits else ''}{digits}{unit}"
