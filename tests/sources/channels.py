"""Pages in the form of Telegram's channel previews, for tests."""

from collections.abc import Iterable
from html import escape

CHANNEL = "wire_channel"
_MORE = (
    '<div class="tgme_widget_message_centered js-messages_more_wrap">'
    '<a href="/s/{channel}?before={first}" class="tme_messages_more js-messages_more" data-before="{first}"></a></div>'
)


def message(
    number: int,
    text: str = "",
    *,
    inside: str = "",
    kind: str = "text_not_supported_wrap",
    views: str = "900",
    time: str = "2026-05-01T10:00:00+00:00",
    channel: str = CHANNEL,
    edited: bool = False,
) -> str:
    """One message; `text` is markup, `inside` stands before it in the bubble."""
    own = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>' if text else ""
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message {kind} js-widget_message" data-post="{channel}/{number}" data-view="v">'
        f'<div class="tgme_widget_message_user"><a href="https://t.me/{channel}"><i></i></a></div>'
        '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author accent_color">'
        f'<a class="tgme_widget_message_owner_name" href="https://t.me/{channel}"><span dir="auto">The Wire</span></a>'
        f'</div>{inside}{own}<div class="tgme_widget_message_footer compact js-message_footer">'
        f'<div class="tgme_widget_message_info short js-message_info"><span class="tgme_widget_message_views">{views}'
        f'</span><span class="copyonly"> views</span><span class="tgme_widget_message_meta">'
        f"{'edited ' if edited else ''}"
        f'<a class="tgme_widget_message_date" href="https://t.me/{channel}/{number}">'
        f'<time datetime="{time}" class="time">10:00</time></a></span></div></div></div></div></div>'
    )


def photo(channel: str, number: int) -> str:
    style = "background-image:url('https://cdn.example/p.jpg')"
    return (
        f'<a class="tgme_widget_message_photo_wrap" style="{style}" href="https://t.me/{channel}/{number}?single"></a>'
    )


def forward(name: str) -> str:
    return (
        '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from '
        f'<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/other/1"><span>{escape(name)}</span></a></div>'
    )


def reply(number: int, quote: str) -> str:
    return (
        f'<a class="tgme_widget_message_reply user-color-1" href="https://t.me/{CHANNEL}/{number}">'
        '<div class="tgme_widget_message_author accent_color">The Wire</div>'
        f'<div class="tgme_widget_message_text js-message_reply_text" dir="auto">{quote}</div></a>'
    )


def preview(messages: Iterable[str], channel: str = CHANNEL, first: int | None = None) -> str:
    """A page of a channel; `first` is the oldest id on it, when there are older ones."""
    more = _MORE.format(channel=channel, first=first) if first else ""
    return (
        "<!DOCTYPE html><html><head><title>The Wire – Telegram</title></head>"
        '<body class="widget_frame_base tgme_webpreview"><main class="tgme_main" data-url="/wire"><div>'
        f'<section class="tgme_channel_history js-message_history">{more}{"".join(messages)}</section>'
        "</div></main></body></html>"
    )


NO_PREVIEW = (
    "<!DOCTYPE html><html><head><title>Telegram: Contact @wire_channel</title></head><body>"
    '<div class="tgme_page"><div class="tgme_page_title">The Wire</div><div class="tgme_page_extra">3 subscribers</div>'
    '<a class="tgme_action_button_new" href="tg://resolve?domain=wire_channel">View in Telegram</a></div></body></html>'
)
"""What stands where a channel is private, restricted or does not exist."""
