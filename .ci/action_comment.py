"""Write a comment on the pull request that a workflow runs for, or renew the one of an earlier run.

    python .ci/action_comment.py FILE

The first line of FILE is the mark that the earlier comment is found by. Everything else comes from
the variables that GitHub's runner sets: GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_EVENT_PATH and,
set by the step, GITHUB_TOKEN. A comment that cannot be written, as on a pull request from a fork,
is a warning: the gate's verdict stands without it.

See https://docs.github.com/en/rest/issues/comments.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PAGE = 100
SECONDS = 30
# Who may have written the comment that is renewed: nobody from outside could put a mark of theirs.
TRUSTED = {"OWNER", "MEMBER", "COLLABORATOR"}


def main(path: str) -> None:
    """Write the comment that a file holds, if there is a pull request."""
    body = Path(path).read_text(encoding="utf-8")
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    number = event.get("pull_request", {}).get("number")
    if number is None:
        print("No comment: this run is for no pull request")
        return
    try:
        earlier = comment_with(mark=body.splitlines()[0], number=int(number))
        if earlier is None:
            written = request("POST", f"issues/{int(number)}/comments", {"body": body})
        else:
            written = request("PATCH", f"issues/comments/{int(earlier)}", {"body": body})
    except (OSError, ValueError) as error:
        print(f"::warning title=evenhand::The comment could not be written: {one_line(error)}")
        return
    print("Comment:", one_line(written.get("html_url")))


def comment_with(mark: str, number: int) -> int | None:
    """Return the id of the first comment on a pull request that begins with a mark."""
    page = 0
    while True:
        page += 1
        found = request("GET", f"issues/{number}/comments?per_page={PAGE}&page={page}")
        for comment in found:
            ours = comment["user"]["type"] == "Bot" or comment["author_association"] in TRUSTED
            if ours and (comment["body"] or "").splitlines()[:1] == [mark]:
                return int(comment["id"])
        if len(found) < PAGE:
            return None


def request(method: str, path: str, content: object = None) -> Any:
    """Send a request about the repository to GitHub, and return what its answer holds."""
    url = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}"
    asked = urllib.request.Request(
        url,
        data=None if content is None else json.dumps(content).encode(),
        method=method,
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
        return json.load(answer)


def one_line(value: object) -> str:
    """Return what a line of the log may hold: no line of it can be a command to the runner."""
    return " ".join(str(value).split())


if __name__ == "__main__":
    main(sys.argv[1])
