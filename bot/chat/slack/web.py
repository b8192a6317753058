"""Requests of slack_sdk enter; they leave for the address they name, and for no other.

urllib follows redirects, and takes the Authorization header along to whatever host it is sent to: here a redirect is
an answer that says nothing. Proxies of the environment are used as slack_sdk uses them.
"""

from http.client import HTTPMessage
from typing import IO, Any
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from slack_sdk import WebClient


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: it becomes an HTTPError with its own status."""

    def redirect_request(  # noqa: PLR0917  # urllib's own signature
        self,
        req: Request,  # noqa: ARG002
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        """None: stay here."""
        return


def opener(proxy: str | None = None) -> OpenerDirector:
    """What opens an address and stays there."""
    return build_opener(_Stay, *([ProxyHandler({"http": proxy, "https": proxy})] if proxy else []))


class Web(WebClient):
    """slack_sdk's client, whose token goes nowhere but to its base URL."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:  # noqa: ARG002
        with opener(self.proxy).open(req, timeout=self.timeout) as answer:
            body = answer.read().decode(answer.headers.get_content_charset() or "utf-8")
            return {"status": answer.status, "headers": answer.headers, "body": body}
