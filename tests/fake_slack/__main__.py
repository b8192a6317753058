"""A Slack to look at in a browser: `python -m tests.fake_slack --port 8010 --app <the URL of the app>`."""

import argparse
import time

from tests.fake_slack.slack import FakeSlack


def main() -> None:
    """Serve until Ctrl-C."""
    wanted = argparse.ArgumentParser(prog="python -m tests.fake_slack", description=__doc__)
    wanted.add_argument("--port", type=int, default=8010, help="port on loopback (default: 8010)")
    wanted.add_argument("--app", help="the app's URL, e.g. http://127.0.0.1:8080/slack/events; without: Socket Mode")
    given = wanted.parse_args()
    with FakeSlack(port=given.port) as slack:
        slack.connect(given.app)
        print(f"A Slack to look at: {slack.url}/   The app finds it with:")
        print(f"  SLACK_API_URL={slack.api_url} SLACK_BOT_TOKEN={slack.bot_token} \\")
        print(f"  SLACK_SIGNING_SECRET={slack.signing_secret} SLACK_APP_TOKEN={slack.app_token}", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("Closed.")


if __name__ == "__main__":
    main()
