"""Chromium without a window, by the DevTools protocol over two pipes."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
from pathlib import Path
from typing import Any

# Seconds that the browser may take for one answer.
PATIENCE = 60


class Browser:
    """One page in a browser of its own. What the page asks of the network, and complains of, is kept."""

    def __init__(self, profile: Path) -> None:
        binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        assert binary, "no Chromium here: install Debian's package chromium"
        self.requests: list[str] = []
        self.complaints: list[Any] = []
        self._pending: list[dict] = []
        self._bytes = b""
        self._count = 0
        self._session: str | None = None
        (theirs_in, self._out), (self._in, theirs_out) = _high_pipe(), _high_pipe()

        def connect() -> None:
            # Where --remote-debugging-pipe reads, and where it writes.
            os.dup2(theirs_in, 3)
            os.dup2(theirs_out, 4)

        self._process = subprocess.Popen(
            [binary, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-pipe", f"--user-data-dir={profile}"],
            preexec_fn=connect, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        # It is the browser's, not the page's; then it clears up after itself.
        self._session = None
        self.call("Browser.close")
        self._process.wait(PATIENCE)
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **parameters: Any) -> dict:
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._count:
            self._note(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def open(self, page: Path, width: int = 1280, scheme: str = "light", with_policy: bool = True) -> None:
        """Loads a file anew; without its security policy if asked, to see what only the policy prevents."""
        self.call("Page.setBypassCSP", enabled=not with_policy)
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=page.absolute().as_uri())
        while True:
            event = self._pending.pop(0) if self._pending else self._next()
            if event.get("method") == "Page.loadEventFired":
                return
            self._note(event, keep=False)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives in the page, as JSON."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def hover(self, x: float, y: float) -> None:
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def _note(self, event: dict, keep: bool = True) -> None:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            self.complaints.append(parameters)
        elif method == "Page.loadEventFired" and keep:
            self._pending.append(event)

    def _next(self) -> dict:
        while b"\0" not in self._bytes:
            assert select.select([self._in], [], [], PATIENCE)[0], f"no word from the browser for {PATIENCE} s"
            more = os.read(self._in, 1 << 20)
            assert more, "the browser went away"
            self._bytes += more
        message, self._bytes = self._bytes.split(b"\0", 1)
        return json.loads(message)


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends are not among the numbers that the browser expects."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high
