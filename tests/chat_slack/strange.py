"""Strategies: texts as hosts and people may send them, runs of any size, replies, blocks of any kind."""

from typing import Any

from hypothesis import strategies as st

from bot.model.reply import Block, Facts, Part, Reply, Table, Text
from bot.model.run import HostOutcome
from bot.model.status import RunStatus
from bot.model.view import Failure, RunCard, RunView

HOSTILE = (
    "<!channel>",
    "<!here|x>",
    "<@U123>",
    "<#C1>",
    "<https://evil.example|bank>",
    "&lt;!channel&gt;",
    "&amp",
    "```",
    "`",
    "*bold*",
    "_it_",
    "~no~",
    ":tada:",
    "> quote",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://x\x07link\x1b]8;;\x07",
    "\u202eevil",
    "\u200b",
    "\ud800",
    "\U0001f525",
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
    "\u6f22\u5b57",
    "\n",
    "\r\n",
    "\x00",
    "\t",
    " ",
    "\\",
    '"',
    "a" * 400,
)
texts = st.one_of(
    st.lists(st.sampled_from(HOSTILE), max_size=12).map("".join),
    st.text(max_size=60),
    st.builds(lambda piece, times: piece * times, st.sampled_from(HOSTILE), st.integers(0, 10_000 // 4)),
)
short_texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20), st.sampled_from(["web1", "db", ""]))
times = st.one_of(st.none(), st.floats(), st.floats(0, 2e9))
numbers = st.one_of(st.integers(0, 9), st.integers(0, 10**12))
failures = st.builds(Failure, host=short_texts, task=texts, message=texts, unreachable=st.booleans())


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[HostOutcome, ...]:
    """Results of up to 5,000 hosts."""
    names = draw(st.lists(short_texts, min_size=1, max_size=5))
    kinds = [{}, {"ok": 3}, {"ok": 1, "changed": 1}, {"failed": 1}, {"unreachable": 1}, {"skipped": 2}, {"rescued": 1}]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=7))
    many = draw(st.sampled_from([0, 1, 2, 11, 40, 5_000]))
    return tuple(HostOutcome(host=f"{names[n % len(names)]}{n}", **chosen[n % len(chosen)]) for n in range(many))


@st.composite
def views(draw: st.DrawFn) -> RunView:
    """A run in any state, its fields not even consistent."""
    listed = draw(st.lists(failures, max_size=4)) * draw(st.sampled_from([1, 1, 12]))
    return RunView(
        run_id=draw(numbers),
        status=draw(st.sampled_from(RunStatus)),
        counter=draw(numbers),
        play=draw(texts),
        task=draw(texts),
        task_number=draw(numbers),
        task_started_at=draw(times),
        task_done=draw(numbers),
        task_total=draw(numbers),
        task_hosts=tuple(draw(st.lists(short_texts, max_size=20))),
        task_hosts_more=draw(numbers),
        started_at=draw(times),
        ended_at=draw(times),
        outcomes=draw(outcomes()),
        failures=tuple(listed),
        failure_count=draw(numbers),
        warnings=tuple(draw(st.lists(texts, max_size=5))),
        reason=draw(texts),
        busy_hosts=tuple(draw(st.lists(short_texts, max_size=9))),
        final_counter=draw(st.one_of(st.none(), numbers)),
    )


@st.composite
def cards(draw: st.DrawFn) -> RunCard:
    """Any card."""
    view = draw(views())
    return RunCard(
        run_id=view.run_id,
        runbook=draw(texts),
        summary=draw(texts),
        environment=draw(texts),
        limit=draw(texts),
        hosts=tuple(outcome.host for outcome in view.outcomes) or tuple(draw(st.lists(short_texts, max_size=3))),
        actor=draw(st.one_of(texts, st.sampled_from(["slack:U123", "terminal:anna", "slack:<!channel>"]))),
        revision=draw(texts),
        check=draw(st.booleans()),
        view=view,
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table of any size."""
    width = draw(st.sampled_from([1, 2, 3, 9, 20, 25]))
    row = st.lists(texts, min_size=width, max_size=width).map(tuple)
    rows = draw(st.lists(row, max_size=3)) * draw(st.sampled_from([1, 1, 40, 200]))
    return Table(title=draw(texts), columns=draw(row), rows=tuple(rows))


parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, text=texts),
    st.builds(Block, title=texts, text=st.one_of(texts, texts.map(lambda text: text * 20))),
    st.builds(Facts, title=texts, pairs=st.lists(st.tuples(texts, texts), max_size=6).map(tuple)),
    tables(),
)
replies = st.builds(Reply, parts=st.lists(parts, max_size=4).map(tuple))

_text_objects = st.builds(
    lambda kind, text: {"type": kind, "text": text}, st.sampled_from(["plain_text", "mrkdwn", "x"]), texts
)
_scalars: st.SearchStrategy[Any] = st.one_of(st.none(), st.booleans(), st.integers(), texts, st.just("x" * 3_000))
_options = st.fixed_dictionaries({"text": _text_objects, "value": short_texts})
_elements = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["button", "static_select", "multi_static_select", "external_select", "checkboxes", "datepicker",
             "plain_text_input", "number_input", "mrkdwn", "plain_text", "image", "nonsense"]
        ),
    },
    optional={
        "text": st.one_of(_text_objects, texts),
        "action_id": st.one_of(short_texts, st.just("a" * 300)),
        "value": st.one_of(short_texts, st.just("v" * 2_001)),
        "options": st.lists(_options, max_size=3).map(lambda some: some * 40),
        "option_groups": st.lists(st.fixed_dictionaries({"label": _text_objects, "options": st.lists(_options)})),
        "initial_option": _options,
        "initial_options": st.lists(_options, max_size=2),
        "initial_value": texts,
        "placeholder": _text_objects,
        "is_decimal_allowed": st.booleans(),
        "surplus": _scalars,
    },
)  # fmt: skip
_cells = st.one_of(st.builds(lambda text: {"type": "raw_text", "text": text}, texts), _scalars)
any_block = st.one_of(
    _scalars,
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["section", "header", "context", "actions", "divider", "table", "input", "rich_text", "video"]
            )
        },
        optional={
            "text": st.one_of(_text_objects, _scalars),
            "fields": st.lists(_text_objects, max_size=12),
            "elements": st.lists(st.one_of(_elements, _text_objects), max_size=4).map(lambda some: some * 8),
            "element": _elements,
            "accessory": _elements,
            "label": _text_objects,
            "hint": _text_objects,
            "block_id": st.one_of(short_texts, st.just("b" * 256)),
            "rows": st.lists(st.one_of(st.lists(_cells, max_size=25), _scalars), max_size=4).map(
                lambda some: some * 40
            ),
            "column_settings": st.lists(st.fixed_dictionaries({}, optional={"align": short_texts}), max_size=3),
            "surplus": _scalars,
        },
    ),
)
any_blocks = st.builds(
    lambda some, times: some * times, st.lists(any_block, max_size=6), st.sampled_from([1, 1, 10, 60])
)
