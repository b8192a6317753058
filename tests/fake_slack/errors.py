"""How a method says no: an error that becomes `{"ok": false, "error": ...}` with whatever Slack adds to it."""

from typing import Any


class ApiError(Exception):
    """The answer is `ok: false` with this code; `extra` joins the body (`needed`, `response_metadata` ...)."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON that is answered."""
        return {"ok": False, "error": self.code, **self.extra}


def wrong(code: str, *messages: str) -> ApiError:
    """An error with the messages that Slack puts into `response_metadata`, each `what [json-pointer:where]`."""
    return ApiError(
        code,
        errors=list(messages),
        response_metadata={"messages": [f"[ERROR] {message}" for message in messages]},
    )
