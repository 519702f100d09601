"""Session timers: a call whose other side is gone ends (RFC 4028).

One side, the refresher, repeats UPDATE (or re-INVITE where UPDATE is not allowed) at half the interval. The other hangs
up shortly before the interval is over. Against a side that knows no session timers we refresh ourselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from antiphon.media.sip.headers import parse_session_expires, tokens
from antiphon.media.sip.message import Headers, Request, Response
from antiphon.media.sip.syntax import number
from antiphon.media.sip.timers import Timer

if TYPE_CHECKING:
    from antiphon.media.sip.usage import Usage

EXPIRED = 'SIP;cause=408;text="Session timer"'
LONGEST = 86_400
AGAIN = 10.0


def is_too_brief(request: Request, minimum: int) -> bool:
    """True if the request's interval is below our minimum and its sender can raise it. Raises ParseError."""
    number(request.get("min-se", "0").partition(";")[0], 2**32 - 1, "Min-SE")
    seconds, _ = parse_session_expires(request.get("session-expires", str(minimum)))
    return seconds < minimum and "timer" in tokens(request.all("supported"))


class SessionTimer:
    """The timer of one call. `interval` is 0 while there is none."""

    def __init__(self, call: Usage) -> None:
        self._call = call
        self._wanted = call.core.limits.session_expires
        self._minimum = call.core.limits.session_minimum
        self.interval = 0
        self.we_refresh = False
        self._timer: Timer | None = None
        self._dead_at = 0.0
        self._is_over = False

    def offer(self, *, refresh: bool = False) -> Headers:
        """The headers of a request of ours. A refresh keeps who refreshes."""
        if not self._wanted:
            return []
        headers: Headers = []
        if refresh and self.interval:
            headers.append(("session-expires", f"{self.interval};refresher={'uac' if self.we_refresh else 'uas'}"))
        else:
            headers.append(("session-expires", str(self._wanted)))
        return [*headers, ("min-se", str(self._minimum))]

    def raise_to(self, response: Response) -> bool:
        """A 422: takes the other side's minimum over; False if that makes no difference or is absurd."""
        least = number(response.get("min-se", "0"), 2**32 - 1, "Min-SE")
        if not self._wanted < least <= LONGEST:
            return False
        self._wanted = self._minimum = least
        self.interval = 0
        return True

    def answer(self, request: Request) -> Headers:
        """The headers of our 2xx; the timer runs from now on (RFC 4028 9, table 2)."""
        knows = "timer" in tokens(request.all("supported"))
        seconds, refresher = 0, ""
        if request.has("session-expires"):
            seconds, refresher = parse_session_expires(request.get("session-expires"))
        if not self._wanted and not seconds:
            self.stop()
            return []
        interval = min(seconds or self._wanted, max(self._wanted, self._minimum, 90))
        if request.has("min-se"):
            least = number(request.get("min-se").partition(";")[0], 2**32 - 1, "Min-SE")
            interval = max(interval, min(least, LONGEST))
        if not knows:
            refresher = "uas"
        refresher = refresher or "uac"
        self._run(interval, we_refresh=refresher == "uas")
        require: Headers = [("require", "timer")] if refresher == "uac" else []
        return [("session-expires", f"{interval};refresher={refresher}"), *require]

    def agreed(self, response: Response, *, we_are: str) -> None:
        """A 2xx to a request of ours."""
        if response.has("session-expires"):
            seconds, refresher = parse_session_expires(response.get("session-expires"))
            self._run(max(seconds, 90), we_refresh=(refresher or "uac") == we_are)
        elif self._wanted:
            self._run(self._wanted, we_refresh=True)  # it knows no timers: we look whether it is alive
        else:
            self.stop()

    def _run(self, interval: int, *, we_refresh: bool) -> None:
        self.stop()
        if self._is_over:
            return
        self.interval, self.we_refresh = interval, we_refresh
        self._dead_at = self._call.core.timers.now + interval - min(32, interval / 3)
        if we_refresh:
            self._timer = self._call.core.timers.after(interval / 2, self._refresh)
        else:
            self._timer = self._call.core.timers.after(self._left(), self._expired)

    def _left(self) -> float:
        return max(0.0, self._dead_at - self._call.core.timers.now)

    def stop(self) -> None:
        """No timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.interval = 0

    def close(self) -> None:
        """The call is over: an answer that comes late starts nothing any more."""
        self.stop()
        self._is_over = True

    def _refresh(self) -> None:
        call = self._call
        self._timer = call.core.timers.after(self._left(), self._expired)
        if "update" in call.remote_allows:
            call.reoffer(b"", self._refreshed, by_update=True)
        else:
            call.reoffer(call.local_sdp, self._refreshed)

    def _refreshed(self, code: int, _: bytes) -> None:
        """Another offer was in the way, or the other side stumbled: again soon, as long as there is time."""
        if code >= 300 and self.interval and self._left() > 0:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._call.core.timers.after(min(AGAIN, self._left()), self._refresh)

    def _expired(self) -> None:
        self._call.lost(EXPIRED)

    def dump(self) -> dict[str, Any]:
        """As plain data."""
        return {"interval": self.interval, "we_refresh": self.we_refresh}

    def load(self, data: dict[str, Any]) -> None:
        """From plain data; the interval begins anew."""
        if data["interval"]:
            self._run(int(data["interval"]), we_refresh=bool(data["we_refresh"]))
