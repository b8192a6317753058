"""What holds for every text and every command."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.commands import complete, parse, phrase_problems, to_text
from bot.errors import NotUnderstood, Refused, UnknownName
from bot.model.codec import decode, encode
from bot.model.command import AskRun, Command, Vocabulary

from .stories import ANYTHING, COMMANDS, FRAGMENTS, HOSTILE, KEYS, RUNS, VALUES, VOCABULARY, parsed, without_phrase

often = settings(deadline=None, max_examples=300, database=None)


@often
@given(text=ANYTHING)
@example(text="\0" * 1_000_000)
@example(text="run ping " + "[" * 3990)
@example(text="\ud800")
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    """NotUnderstood or UnknownName, with two sentences that can be printed and stored."""
    answer = answered(text, VOCABULARY)
    if isinstance(answer, Command):
        return
    said = str(answer)
    assert type(answer) in {NotUnderstood, UnknownName}
    assert answer.what
    assert answer.remedy
    assert said.isprintable()
    assert len(said.encode("utf-8")) < 1000


@often
@given(text=ANYTHING)
def test_whatever_is_understood_can_be_said_again(text: str) -> None:
    """The canonical text of any understood text means the same, without what only the phrase knew."""
    command = answered(text, VOCABULARY)
    if isinstance(command, Refused):
        return
    assert parsed(to_text(command)) == without_phrase(command)


@often
@given(command=COMMANDS)
def test_every_command_survives_its_text(command: Command) -> None:
    """`parse` undoes `to_text`."""
    text = to_text(command)
    assert parse(text, VOCABULARY) == command


@often
@given(
    key=KEYS, value=VALUES | st.sampled_from(HOSTILE), others=st.lists(VALUES | st.sampled_from(HOSTILE), max_size=3)
)
def test_values_arrive_unchanged(key: str, value: str, others: list[str]) -> None:
    """Byte by byte, alone, in a list, and through the codec that carries them to the worker."""
    asked = AskRun(runbook="ping", limit="web", parameters={key: value, f"{key}2": others})
    again = parsed(to_text(asked))
    assert again == asked
    assert decode(AskRun, encode(again)) == asked


@often
@given(value=VALUES | st.sampled_from(HOSTILE))
def test_a_slot_of_a_phrase_holds_any_text(value: str) -> None:
    """Between quotes, as one word; nothing in it can end the phrase or add to it."""
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    asked = parsed(f"collect {quoted} 5")
    assert asked == AskRun(
        runbook="collect-logs", parameters={"unit": value, "lines": "5"}, fixed={"unit": value, "lines": "5"}
    )


@often
@given(run=RUNS, data=st.data())
def test_the_order_of_clauses_does_not_matter(run: AskRun, data: st.DataObject) -> None:
    """Any order of the same clauses means the same run."""
    clauses = [f"{key}={_quoted(value)}" for key, value in run.parameters.items()]
    clauses += ["on web", "in prod", "--check", "--tags a,b", "-vv"]
    first = parsed(" ".join(["run ping", *clauses]))
    assert parsed(" ".join(["run ping", *data.draw(st.permutations(clauses))])) == first


@often
@given(text=ANYTHING)
def test_completion_never_raises_and_fits(text: str) -> None:
    """Every completion replaces an end of the text, and there are never more than a hundred."""
    found = complete(text, VOCABULARY)
    assert len(found) <= 100
    assert all(0 <= completion.replaces <= len(text) for completion in found)


@often
@given(phrase=st.lists(FRAGMENTS | st.sampled_from(["{x}", "{limit}", "go"]), max_size=5).map(" ".join), text=ANYTHING)
def test_no_phrase_upsets_the_parser(phrase: str, text: str) -> None:
    """A phrase that cannot be used is passed over; one that can be used is understood as it stands."""
    vocabulary = Vocabulary(runbooks=("r",), phrases={"r": (phrase,)})
    assert isinstance(answered(text, vocabulary), Command | NotUnderstood | UnknownName)
    if phrase_problems(phrase) is None:
        said = " ".join(phrase.split()).replace("{", "").replace("}", "")
        assert isinstance(parse(said, vocabulary), AskRun)


def answered(text: str, vocabulary: Vocabulary) -> Command | Refused:
    """The command, or the refusal as a value."""
    try:
        return parse(text, vocabulary)
    except Refused as refused:
        return refused


def _quoted(value: str | list[str]) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_quoted(text) for text in value) + "]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
