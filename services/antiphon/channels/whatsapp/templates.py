"""WhatsApp's templates: what Meta approved for the business account, and how one is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from antiphon.channels.contract import ChannelView, SendRefused
from antiphon.channels.domain.approved import Approved
from antiphon.channels.domain.message import Template
from antiphon.channels.meta.graph import Graph

_FIELDS = "name,language,status,category,components"
_PAGES = 5


class WhatsappTemplates:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def all_of(self, channel: ChannelView) -> Sequence[Approved]:
        """The approved ones. Raises SendRefused, SendLater, OutcomeUnknown."""
        business = str(channel.settings.get("business_id", ""))
        if not business:
            raise SendRefused("Templates belong to the business account: enter its id in the channel's settings.")
        found: list[Approved] = []
        query: dict[str, Any] = {"fields": _FIELDS, "status": "APPROVED", "limit": 100}
        for _ in range(_PAGES):
            page = await self._graph.ask(channel, "GET", f"{business}/message_templates", params=query)
            found += [approved(one) for one in page.get("data", []) if one.get("status", "APPROVED") == "APPROVED"]
            behind = ((page.get("paging") or {}).get("cursors") or {}).get("after")
            if not behind or not (page.get("paging") or {}).get("next"):
                break
            query = {**query, "after": behind}
        return found


def approved(one: dict[str, Any]) -> Approved:
    """Meta's description of a template."""
    parts = {str(part.get("type", "")).upper(): part for part in one.get("components", [])}
    head, buttons = parts.get("HEADER", {}), parts.get("BUTTONS", {}).get("buttons", [])
    why_not = ""
    if head and str(head.get("format", "TEXT")).upper() != "TEXT":
        why_not = "Its head is a picture, a video or a file."
    elif any("{{" in str(button.get("url", "")) for button in buttons):
        why_not = "One of its buttons leads to an address of its own for each message."
    elif strange := set(parts) - {"HEADER", "BODY", "FOOTER", "BUTTONS"}:
        why_not = f"It has parts that are not known here ({', '.join(sorted(strange))})."
    return Approved(
        name=str(one["name"]),
        language=str(one["language"]),
        category=str(one.get("category", "")),
        header=str(head.get("text", "")),
        body=str(parts.get("BODY", {}).get("text", "")),
        footer=str(parts.get("FOOTER", {}).get("text", "")),
        buttons=tuple(str(button.get("text", "")) for button in buttons),
        why_not=why_not,
    )


def body_of(template: Template) -> dict[str, Any]:
    """The request that sends it."""
    components = []
    for part in ("header", "body"):
        named = [(gap.partition(".")[2], text) for gap, text in template.values.items() if gap.startswith(f"{part}.")]
        if named:
            parameters = [_parameter(name, text) for name, text in sorted(named, key=_order)]
            components.append({"type": part, "parameters": parameters})
    wanted = {"name": template.name, "language": {"code": template.language}, "components": components}
    return {"type": "template", "template": wanted}


def _order(gap: tuple[str, str]) -> tuple[int, str]:
    return (int(gap[0]) if gap[0].isdigit() else 0, gap[0])


def _parameter(name: str, text: str) -> dict[str, str]:
    value = {"type": "text", "text": text}
    return value if name.isdigit() else {**value, "parameter_name": name}
