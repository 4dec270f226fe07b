"""What Google's robots.txt reader expects (the facts of github.com/google/robotstxt, robots_test.cc), asked of ours.

Ours answers for one name only, so the name that an expectation asks for stands as `basewatch` in the rules here. Where
we differ on purpose, DEVIATIONS says why.
"""

import re

import pytest

from crawler.fetch.robots import read_robots

Expectation = tuple[str, str, str, bool]
"""Rules with `|` between lines, the name that is asked for, the path or address, and whether it is allowed."""


def expect(rules: str, agent: str, *, allowed: str = "", refused: str = "") -> list[Expectation]:
    return [(rules, agent, path, True) for path in allowed.split()] + [
        (rules, agent, path, False) for path in refused.split()
    ]


GROUPS = (
    "allow: /foo/bar/||user-agent: FooBot|disallow: /|allow: /x/|user-agent: BarBot|disallow: /|allow: /y/|||allow: /w/"
    "|user-agent: BazBot||user-agent: FooBot|allow: /z/|disallow: /"
)
GLOBAL = "user-agent: *|allow: /|user-agent: FooBot|disallow: /"
SPECIFIC = "user-agent: FooBot|allow: /|user-agent: BarBot|disallow: /|user-agent: BazBot|disallow: /"
SPACED = "User-Agent: *|Disallow: /|User-Agent: Foo Bar|Allow: /x/|Disallow: /"
DOT_PHP = "/filename.php /folder/filename.php"
FISHES = "/fish /fish.html /fish/salmon.html /fishheads /fishheads/yummy.html /fish.html?id=anything"
LONG = "/x/" + "a" * 16_640
OTHER = "/x/" + "b" * 16_640
F = "FooBot"


def foo(rules: str, allowed: str = "", refused: str = "") -> list[Expectation]:
    return expect(f"user-agent: FooBot|{rules}", F, allowed=allowed, refused=refused)


EXPECTATIONS = [
    *expect("", F, allowed="/ /x"),
    *expect("", "", allowed="/"),
    *expect("user-agent: FooBot|disallow: /", "", allowed="/"),
    *foo("disallow: /", "", "/ /x/y"),
    *expect("foo: FooBot|bar: /", F, allowed="/x/y"),
    *expect("user-agent FooBot|disallow /", F, refused="/x/y"),
    *expect(GROUPS, F, allowed="/x/b /z/d", refused="/y/c /foo/bar/"),
    *expect(GROUPS, "BarBot", allowed="/y/c /w/a", refused="/z/d /foo/bar/"),
    *expect(GROUPS, "BazBot", allowed="/z/d", refused="/foo/bar/"),
    *expect("USER-AGENT: FooBot|ALLOW: /x/|DISALLOW: /", F, allowed="/x/y", refused="/a/b"),
    *expect("user-agent: FooBot|allow: /x/|disallow: /", F, allowed="/x/y", refused="/a/b"),
    *expect("uSeR-aGeNt: FooBot|AlLoW: /x/|dIsAlLoW: /", F, allowed="/x/y", refused="/a/b"),
    *(
        expectation
        for name in ("FOO BAR", "foo bar", "FoO bAr")
        for agent in ("Foo", "foo")
        for expectation in expect(f"User-Agent: {name}|Allow: /x/|Disallow: /", agent, allowed="/x/y", refused="/a/b")
    ),
    *expect(SPACED, "Foo", allowed="/x/y"),
    *expect("User-Agent: *|Disallow: /|User-Agent: Qux Bar|Allow: /x/|Disallow: /", "Foo", refused="/x/y"),
    *expect(GLOBAL, F, refused="/x/y"),
    *expect(GLOBAL, "BarBot", allowed="/x/y"),
    *expect(SPECIFIC, "QuxBot", allowed="/x/y"),
    *foo("disallow: /x/", "", "/x/y"),
    *foo("disallow: /X/", "/x/y"),
    *foo("disallow: /x/page.html|allow: /x/", "", "/x/page.html"),
    *foo("allow: /x/page.html|disallow: /x/", "/x/page.html", "/x/"),
    *foo("disallow: |allow: ", "/x/page.html"),
    *foo("disallow: /|allow: /", "/x/page.html"),
    *foo("disallow: /x|allow: /x/", "/x/", "/x"),
    *foo("disallow: /x/page.html|allow: /x/page.html", "/x/page.html"),
    *foo("allow: /page|disallow: /*.html", "/page", "/page.html"),
    *foo("allow: /x/page.|disallow: /*.html", "/x/page.html", "/x/y.html"),
    *expect("User-agent: *|Disallow: /x/|User-agent: FooBot|Disallow: /y/", F, allowed="/x/page", refused="/y/page"),
    *foo(
        "Disallow: /|Allow: /foo/bar?qux=taz&baz=http://foo.bar?tar&par",
        "/foo/bar?qux=taz&baz=http://foo.bar?tar&par",
    ),
    *foo("Disallow: /|Allow: /foo/bar/ツ", "/foo/bar/%E3%83%84", "/foo/bar/ツ"),
    *foo("Disallow: /|Allow: /foo/bar/%E3%83%84", "/foo/bar/%E3%83%84", "/foo/bar/ツ"),
    *foo("Disallow: /|Allow: /foo/bar/%62%61%7A", "/foo/bar/%62%61%7A", "/foo/bar/baz"),
    *foo("Disallow: /foo/bar/quz|Allow: /foo/*/qux", "/foo/quz /foo//quz /foo/bax/quz", "/foo/bar/quz"),
    *foo("Disallow: /foo/bar$|Allow: /foo/bar/qux", "/foo/bar/qux /foo/bar/ /foo/bar/baz", "/foo/bar"),
    *foo("# Disallow: /|Disallow: /foo/quz#qux|Allow: /", "/foo/bar", "/foo/quz"),
    *expect(
        "User-Agent: *|Allow: /allowed-slash/index.html|Disallow: /",
        "foobot",
        allowed="/allowed-slash/ /allowed-slash/index.html",
        refused="/allowed-slash/index.htm /anyother-url",
    ),
    *foo(f"disallow: {LONG}/qux", "/fux", f"{LONG}/fux"),
    *foo(f"disallow: /|allow: {LONG}/qux|allow: {OTHER}/qux", f"{LONG}/qux {OTHER}/fux", "/"),
    *foo("disallow: /|allow: /fish", FISHES, "/bar /Fish.asp /catfish /?id=fish"),
    *foo("disallow: /|allow: /fish*", FISHES, "/bar /Fish.bar /catfish /?id=fish"),
    *foo(
        "disallow: /|allow: /fish/",
        "/fish/ /fish/salmon /fish/?salmon /fish/salmon.html /fish/?id=anything",
        "/bar /fish /fish.html /Fish/Salmon.html",
    ),
    *foo(
        "disallow: /|allow: /*.php",
        f"{DOT_PHP} /folder/filename.php?parameters //folder/any.php.file.html /filename.php/ /index?f=filename.php/",
        "/bar /php/ /index?php /windows.PHP",
    ),
    *foo(
        "disallow: /|allow: /*.php$",
        DOT_PHP,
        "/bar /filename.php?parameters /filename.php/ /filename.php5 /php/ /filename?php /aaaphpaaa //windows.PHP",
    ),
    *foo("disallow: /|allow: /fish*.php", "/fish.php /fishheads/catfish.php?parameters", "/bar /Fish.PHP"),
    *foo("allow: /p|disallow: /", "/page"),
    *foo("allow: /folder|disallow: /folder", "/folder/page"),
    *foo("allow: /page|disallow: /*.htm", "", "/page.htm"),
    *foo("allow: /$|disallow: /", "/", "/page.html"),
    *expect("User-Agent: foo\r|Allow: /some/path\r|User-Agent: bar\r|\r|Disallow: /\r", "foo", allowed="/a"),
    *expect("User-Agent: foo\rAllow: /some/path\rUser-Agent: bar\r\rDisallow: /", "bar", refused="/a"),
    *expect("\ufeffUser-Agent: foo|Disallow: /AnyValue", "foo", refused="/AnyValue"),
    *expect("User-Agent: foo|\ufeffDisallow: /AnyValue", "foo", allowed="/AnyValue"),
    *expect("User-Agent: foo|Sitemap: /s|Disallow: /x|User-Agent: bar|Sitemap: /s|Disallow: /", "foo", allowed="/y"),
]

ENCODED = "an address that is not percent-encoded is encoded before it is compared, as RFC 9309, 2.2.2 asks"
UNCUT = "Google cuts lines after 16 KiB; the RFC knows no such limit, and we read the whole rule"
DEVIATIONS = {
    ("Allow: /foo/bar/ツ", "/foo/bar/ツ"): ENCODED,
    ("Allow: /foo/bar/%E3%83%84", "/foo/bar/ツ"): ENCODED,
    ("Allow: /foo/bar/%62%61%7A", "/foo/bar/baz"): "unreserved characters are decoded, as RFC 9309, 2.2.2 asks",
    (f"disallow: {LONG}/qux", f"{LONG}/fux"): UNCUT,
    (f"allow: {OTHER}/qux", f"{OTHER}/fux"): UNCUT,
}
"""The last rule of the text, and the path."""


def ask_ours(rules: str, agent: str, path: str) -> bool:
    """`agent` stands in the rules under our own name; a name that is asked for and is not in them changes nothing."""
    renamed = re.sub(rf"\b{agent}\b", "basewatch", rules, flags=re.IGNORECASE) if agent else rules
    return read_robots(renamed.replace("|", "\n").encode()).allows(f"http://foo.bar{path}")


def shorten(value: object) -> str:
    return str(value)[:60]


@pytest.mark.parametrize(("rules", "agent", "path", "allowed"), EXPECTATIONS, ids=shorten)
def test_ours_answers_as_google_expects_but_for_what_is_listed(
    rules: str, agent: str, path: str, *, allowed: bool
) -> None:
    assert ask_ours(rules, agent, path) is (allowed is not ((rules.rpartition("|")[2], path) in DEVIATIONS))


def test_no_deviation_is_listed_that_is_none() -> None:
    asked = {(rules.rpartition("|")[2], path) for rules, _, path, _ in EXPECTATIONS}
    assert asked >= DEVIATIONS.keys()
    assert (len(EXPECTATIONS), len(DEVIATIONS)) == (146, 5)
