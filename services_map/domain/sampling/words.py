"""How a number of traces reads in a sentence. Pure."""


def spell_traces_a_second(number: float) -> str:
    """`1 trace a second`, `0.5 traces a second`, `1,000,000 traces a second`."""
    return say_traces_a_second(spell_number(number))


def say_traces_a_second(number: str) -> str:
    """Of a number that is spelled already."""
    return f"{number} trace a second" if number == "1" else f"{number} traces a second"


def spell_number(number: float) -> str:
    """`5`, `0.5`, `1,000,000`: as it was written, to six digits after the point."""
    text = f"{number:,.6f}"
    return text.rstrip("0").rstrip(".")
