"""What a browser sends of a modal or a menu: fields enter, what was chosen leaves, by action_id."""

from typing import Any

from tests.fake_slack.blocks.kinds import elements_of
from tests.fake_slack.page.blocks import draw
from tests.fake_slack.page.elements import spoken
from tests.fake_slack.state import View

Fields = dict[str, list[str]]


def chosen(element: dict[str, Any], fields: Fields) -> Any:
    """What was chosen in one element; None when nothing was."""
    values = [value for value in fields.get(element["action_id"], []) if value]
    kind = element["type"]
    if kind in ("external_select", "multi_external_select"):
        parts = [part.strip() for value in values for part in value.split(",") if part.strip()]
        options = [{"text": {"type": "plain_text", "text": part}, "value": part} for part in parts]
        return options if kind.startswith("multi_") else (options or [None])[0]
    if kind == "checkboxes" or kind.startswith("multi_"):
        return values
    return values[0] if values else None


def choices_of(view: View, fields: Fields) -> dict[str, Any]:
    """What was chosen in every input of a view."""
    inputs = [block for block in view.body["blocks"] if block["type"] == "input"]
    return {element["action_id"]: chosen(element, fields) for block in inputs for element in elements_of(block)}


def modal_html(view: View, user: str) -> str:
    """A modal as a form of its own."""
    body = view.body
    drawn = draw(body["blocks"], view.state, view.errors)
    submit = f'<button class="button primary" name="submit" value="1">{spoken(body["submit"])}</button>'
    close = spoken(body.get("close")) or "Cancel"
    return (
        f'<div class="modal"><h3>{spoken(body["title"])}</h3><form method="post" action="/view/{view.id}?as={user}">'
        f'{drawn}{submit if body.get("submit") else ""}<button class="button" name="close" value="1" formnovalidate>'
        f"{close}</button></form></div>{_SEARCH.replace('VIEW', view.id).replace('USER', user)}"
    )


_SEARCH = """<script>
document.querySelectorAll('.external').forEach(field => field.addEventListener('input', async () => {
  const typed = field.value.split(',').pop().trim();
  const asked = new URLSearchParams({view: 'VIEW', as: 'USER', action: field.name, typed});
  const answer = await fetch(`/suggest?${asked}`);
  field.list.replaceChildren(...(await answer.json()).map(each => new Option(each.text.text, each.value)));
}));
</script>"""
