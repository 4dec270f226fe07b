"""Pages that answered 200 and are no article, and articles that only look like such pages."""

import pytest

from crawler.errors import Unreadable
from crawler.extract.article import extract
from crawler.models import Material
from tests.shipped import read_shipped

RESIDUE = read_shipped().residue
SENTENCE = (
    "Two drones fell near the base at Harir on Tuesday night, and the army said that nobody had been hurt by them."
)
PAID = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'


def make_page(body: str, title: str = "Drones fall near Harir", head: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head><body>{body}</body></html>'.encode()
    )


OTHERS = {
    "bot-challenge": make_page(
        "<div class='main-wrapper'><h2>Checking if the site connection is secure</h2><noscript>Enable JavaScript and "
        "cookies to continue</noscript></div><script>window._cf_chl_opt={};</script>",
        title="Just a moment...",
    ),
    "paywall": make_page(
        f"<article><h1>A</h1><p>{SENTENCE[:60]}</p><p>Subscribe to continue reading</p></article>", head=PAID
    ),
    "gallery": make_page("<h1>Collapsed houses</h1><div>1 / 22</div><img src='a.jpg'><img src='b.jpg'><p>Next</p>"),
    "empty-shell": make_page("<div id='root'></div><script src='/app.js'></script>"),
    "not-found": make_page(
        "<h1>404 - Page not found</h1><p>The page you requested has moved.</p>", title="Page not found"
    ),
}


def test_a_shell_that_says_that_it_is_loading_is_one() -> None:
    page = make_page("<div id='root'><p>Loading, please wait</p></div><script src='/app.js'></script>")
    with pytest.raises(Unreadable, match=r"^empty-shell: "):
        extract(Material(page, "html", url="https://example.org/a"), RESIDUE)


def test_a_report_on_a_riddle_is_no_riddle_where_its_time_is_stated() -> None:
    told = f"<p>{SENTENCE}</p><p>Please verify you are human, the page that they broke into had asked.</p>"
    head = '<meta property="article:published_time" content="2024-05-06T10:00:00Z">'
    article = extract(Material(make_page(f"<article><h1>Hackers</h1>{told}</article>", head=head), "html"), RESIDUE)
    assert "verify you are human" in article.body


NOTICES = (
    ("site-error", "Website Seized", "<p>This website has been seized by the Government pursuant to a warrant.</p>"),
    ("bot-challenge", "Request Rejected", "The requested URL was rejected. Please consult with your administrator."),
    ("bot-challenge", "One moment, please...", "<p>Please wait while your request is being verified...</p>"),
    (
        "bot-challenge",
        "Your access to this site has been limited",
        (
            "<h1>Your access to this site has been limited by the site owner</h1><p>If you think you have been "
            "blocked in error, contact the owner of this site for assistance.</p><p>If you are a WordPress user "
            "with administrative privileges on this site, please enter your email address in the box below and "
            "send it.</p>"
        ),
    ),
    (
        "bot-challenge",
        "haber.example",
        (
            "<h2>Bağlantınız inceleniyor</h2><p>Devam etmeden önce haber.example bağlantınızı gözden "
            "geçirmelidir.</p><script>window._cf_chl_opt={}</script>"
        ),
    ),
    ("bot-challenge", "لحظة من فضلك...", "<p>يحتاج akhbar.example إلى مراجعة أمان اتصالك قبل المتابعة.</p>"),
    ("bot-challenge", "Vercel Security Checkpoint", "<p>We're verifying your browser</p><p>Website owner?</p>"),
    (
        "site-error",
        "x.com | 522: Connection timed out",
        (
            "<h1>Connection timed out</h1><p>The initial connection between Cloudflare's network and the origin "
            "web server timed out. As a result, the web page can not be displayed.</p><p>Please try again in a "
            "few minutes.</p>"
        ),
    ),
    (
        "site-error",
        "WordPress \u203a Error",
        "<p>There has been a critical error on this website. Please check your site admin email inbox.</p>",
    ),
    (
        "site-error",
        "rafidain.example",
        (
            "<p>This domain is for sale! The domain rafidain.example may be for sale by its owner. Click here to "
            "inquire about purchasing this domain name today.</p><p>Related searches: Iraq news, Baghdad "
            "hotels</p>"
        ),
    ),
    (
        "not-found",
        "Wire",
        (
            "<h1>Sorry, we can’t find that page</h1><p>The article may have been moved or deleted. Try our "
            "search or go to the homepage.</p>"
        ),
    ),
    ("not-found", "خطأ", "<h1>عذراً، الصفحة المطلوبة غير متوفرة</h1><p>قد تكون الصفحة حذفت أو تم نقلها.</p>"),
    ("not-found", "خطا", "<h1>خبر مورد نظر یافت نشد</h1><p>بازگشت به صفحه اصلی</p>"),
    (
        "not-found",
        "Removed",
        (
            "<h1>This article has been removed</h1><p>The publisher has withdrawn this article. We apologise for "
            "the inconvenience.</p>"
        ),
    ),
    ("not-found", "Wire", "<h1>Cet article n’existe plus</h1><p>Retour à l’accueil</p>"),
    (
        "consent-wall",
        "Zustimmung",
        (
            "<h1>Mit Werbung weiterlesen</h1><p>Besuchen Sie unsere Seite wie gewohnt mit Werbung und Tracking. "
            "Details im Privacy Center.</p><p>Zustimmen und weiter</p><p>oder werbefrei im PUR-Abo</p>"
        ),
    ),
    (
        "site-error",
        "504 Gateway Timeout",
        "<p>The proxy server did not receive a timely response from the upstream server.</p><p>Reference #1.7d3e2</p>",
    ),
    ("empty-shell", "Open in app", "<p>For the best experience, read this story in our app.</p><p>Open</p>"),
    ("empty-shell", "Redirecting...", "<p>You are being redirected. If nothing happens, <a href='/x'>click</a>.</p>"),
)


@pytest.mark.parametrize(("kind", "title", "body"), NOTICES)
def test_a_notice_in_place_of_a_page_is_refused_with_its_kind(kind: str, title: str, body: str) -> None:
    heading = "" if "<h1>" in body else f"<h1>{title}</h1>"
    with pytest.raises(Unreadable, match=f"^{kind}: "):
        extract(Material(make_page(heading + body, title), "html", url="https://example.org/a"), RESIDUE)


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Request rejected", "Parliament rejected what Baghdad had asked for, and told the militia so on Tuesday."),
        ("One moment, please", "A pilot asked for one moment on the radio, and then the line went dead."),
        ("Connection timed out", "The militia said that its connection to the drone timed out over the desert."),
        ("This article has been removed", "A newspaper in Baghdad took its report on the militia off the web."),
        ("Redirecting", "Ships are redirected round the Cape after the attacks, the company said."),
        ("الصفحة غير متوفرة", "حجبت السلطات صفحة الفصيل بعد بيان تبنى فيه الهجوم على القاعدة."),
        ("خبر مورد نظر یافت نشد", "خبرگزاری گزارش خود درباره حمله را برداشت."),
        ("Open in app", "The channel told its followers to read the claim in an app of its own."),
    ],
)
def test_a_report_on_such_a_notice_is_a_report(title: str, line: str) -> None:
    page = make_page(f"<article><h1>{title}</h1><p>{line}</p><p>{SENTENCE}</p></article>", title)
    assert extract(Material(page, "html", url="https://example.org/a"), RESIDUE).body.split("\n") == [line, SENTENCE]


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_article_is_refused_with_its_kind(kind: str) -> None:
    with pytest.raises(Unreadable, match=f"^{kind}: "):
        extract(Material(OTHERS[kind], "html", url="https://example.org/a"), RESIDUE)


def test_an_article_that_is_cut_short_by_a_paywall_is_kept_and_marked() -> None:
    body = f"<article><h1>Drones</h1><p>{SENTENCE}</p><p>{SENTENCE.replace('Two', 'Three')}</p></article>"
    article = extract(Material(make_page(body, head=PAID), "html"), RESIDUE)
    assert article.truncated
    assert article.body.startswith("Two drones")


@pytest.mark.parametrize("extra", ["Are you a robot? Verify that you are human.", "404 not found", "1 / 22"])
def test_an_article_that_speaks_of_such_things_is_an_article(extra: str) -> None:
    paragraphs = "".join(f"<p>{SENTENCE.replace('Two', str(number))}</p>" for number in range(12))
    page = make_page(f"<article><h1>Drones</h1>{paragraphs}<p>{extra}</p></article>")
    assert "11 drones fell" in extract(Material(page, "html"), RESIDUE).body


BROKEN = {
    "We'll be back soon": "<p>We are performing some maintenance at the moment, and will be back online shortly.</p>",
    "Site under maintenance | Example Times": "<p>Thank you for your patience.</p>",
    "503 Service Temporarily Unavailable": "<hr><center>nginx</center>",
    "Example Times": "<p>An unexpected error occurred while processing your request. Please try again later.</p>",
    "Error establishing a database connection": "",
    "Account Suspended": "<p>Contact your hosting provider for more information.</p>",
    "example-news.com is for sale": "<p>Make an offer or buy it now at a set price.</p>",
    "الموقع تحت الصيانة": "<p>نعتذر عن الإزعاج، نقوم حاليا بأعمال صيانة وتحديث للموقع وسنعود قريبا.</p>",
    "سایت در حال به\u200cروزرسانی است": "<p>از شکیبایی شما سپاسگزاریم.</p>",
    "На сайте ведутся технические работы": "<p>Сайт будет доступен в ближайшее время.</p>",  # noqa: RUF001 — Russian
}


@pytest.mark.parametrize("title", BROKEN)
def test_a_site_that_says_with_status_200_that_it_is_broken_gives_no_article(title: str) -> None:
    page = make_page(f"<h1>{title.partition(' | ')[0]}</h1>{BROKEN[title]}", title=title)
    with pytest.raises(Unreadable, match=r"^site-error: "):
        extract(Material(page, "html", url="https://example.org/a"), RESIDUE)


REPORTS = {
    "a checkpoint": ("Gunmen attack", "Gunmen fired on a security checkpoint near Ramadi on Tuesday, the army said."),
    "activity": ("Drone shot down", "Guards noticed unusual activity near the fence and shot down a drone on Tuesday."),
    "access": ("Inspectors: access denied", "Inspectors said that they had seen access denied to two sites in Iran."),
    "a country": (
        "Channel closed",
        "The report is not available in your country, the channel told its viewers in Iraq.",
    ),
    "maintenance": (
        "Site down, says ministry",
        "The plant is undergoing scheduled maintenance, the ministry of oil said.",
    ),
}


@pytest.mark.parametrize("kind", REPORTS)
def test_a_flash_that_uses_the_words_of_a_refusal_is_a_flash(kind: str) -> None:
    title, sentence = REPORTS[kind]
    page = make_page(f"<article><h1>{title}</h1><p>{sentence}</p><p>{SENTENCE}</p></article>", title=title)
    assert sentence in extract(Material(page, "html", url="https://example.org/a"), RESIDUE).body


BESIDE = {
    "a captcha for comments": "<form><textarea></textarea><div class='g-recaptcha'></div></form>",
    "a guard's script": "<script src='/_Incapsula_Resource?SWJIYLWA=1'></script>",
    "a banner": "<div><p>We use cookies to improve your experience.</p><button>Accept all</button></div>",
    "a carousel": "<div>1 / 5</div>",
}


@pytest.mark.parametrize("kind", BESIDE)
def test_a_flash_of_one_sentence_stays_one_beside(kind: str) -> None:
    page = make_page(f"<article><h1>Drones fall near Harir</h1><p>{SENTENCE}</p></article>{BESIDE[kind]}")
    assert extract(Material(page, "html", url="https://example.org/a"), RESIDUE).body == SENTENCE


def test_pictures_without_text_are_a_gallery_whatever_their_address() -> None:
    pictures = "".join(f"<figure><img src='{n}.jpg'><figcaption>Day {n}. AFP</figcaption></figure>" for n in range(5))
    with pytest.raises(Unreadable, match=r"^gallery: "):
        extract(Material(make_page(f"<h1>The week in pictures</h1>{pictures}"), "html"), RESIDUE)


FORM = '<form action="/login"><input name="name"><input type="password"><button>Log in</button></form>'
LOGINS = {
    "Log in or sign up to view": f"<h1>Log in to continue</h1>{FORM}<p>Sign up to see posts of people you follow.</p>",
    "Gulf Daily": f"<main><h1>Sign in</h1><p>Register now, it is free and takes one minute.</p>{FORM}</main>",
    "تسجيل الدخول": f"<h1>تسجيل الدخول</h1>{FORM}<p>لقراءة هذا المقال سجل الدخول إلى حسابك.</p>",
    "ورود": f"<h1>ورود</h1>{FORM}<p>برای خواندن این مطلب وارد حساب کاربری خود شوید.</p>",
}


@pytest.mark.parametrize("title", LOGINS)
def test_a_page_that_is_a_form_to_log_in_is_a_wall(title: str) -> None:
    with pytest.raises(Unreadable, match=r"^paywall: "):
        extract(Material(make_page(LOGINS[title], title), "html", url="https://example.org/a"), RESIDUE)


def test_a_shell_with_the_words_of_its_footer_is_a_shell() -> None:
    footer = "Gulf Daily is published by Gulf Media Group from Manama and has reported on the region since 1978."
    page = make_page(f"<div id='root'></div><footer><p>{footer}</p></footer><script src='/app.js'></script>")
    with pytest.raises(Unreadable, match=r"^empty-shell: "):
        extract(Material(page, "html", url="https://example.org/a"), RESIDUE)


@pytest.mark.parametrize("beside", [f"<aside><h2>Log in</h2>{FORM}</aside>", "<div id='app'></div><script></script>"])
def test_a_flash_beside_a_form_or_an_empty_element_is_a_flash(beside: str) -> None:
    page = make_page(f"{beside}<article><h1>Drones fall near Harir</h1><p>{SENTENCE}</p></article>")
    assert extract(Material(page, "html", url="https://example.org/a"), RESIDUE).body == SENTENCE


HEADLINES = (
    "دخول رتل عسكري أمريكي إلى قاعدة حرير",
    "ورود به پایگاه عین‌الاسد ممنوع شد",
    "Anmeldung zum Wehrdienst: Andrang in Erbil",
    "Giriş kapısında patlama: Harir üssü kapatıldı",
    "Login data of 40,000 soldiers offered for sale",
    "Sign in Baghdad square calls for end of truce",
    "Access denied: inspectors kept out of Harir",
)


@pytest.mark.parametrize("headline", HEADLINES)
def test_a_flash_whose_headline_begins_like_a_form_is_a_flash(headline: str) -> None:
    said = "“You have been blocked,” a guard told them at the gate."
    body = f"<article><h1>{headline}</h1><p>{SENTENCE}</p><p>{said}</p></article><aside>{FORM}</aside>"
    article = extract(Material(make_page(body, headline), "html", url="https://example.org/a"), RESIDUE)
    assert article.body.split("\n") == [SENTENCE, said]


def test_paragraphs_beside_the_empty_place_of_a_script_are_an_article() -> None:
    page = make_page(
        f"<h2>Drones</h2><div id='root'></div><div><p>{SENTENCE}</p><p>It said: {SENTENCE}</p></div><script></script>"
    )
    assert extract(Material(page, "html", url="https://example.org/a"), RESIDUE).body.startswith(SENTENCE)


WALLS = (
    (
        "Subscribe to read this story",
        "Get unlimited access to all our journalism from 1 dollar a month, on the web and in our apps.",
    ),
    (
        "Exclusive to subscribers",
        "Choose the plan that suits you and read all our analysis from Baghdad, Tehran and Beirut.",
    ),
    ("You've read your last free article this month.", "Become a member for unlimited access to our reporting."),
    (
        "هذا المقال حصري للمشتركين.",
        "اشترك الآن للوصول الكامل إلى جميع المقالات والتحليلات الحصرية على موقعنا وتطبيقنا للهواتف كلها.",
    ),
    (
        "هذه المادة متاحة للمشتركين فقط",
        "احصل على اشتراك شهري وتمتع بقراءة غير محدودة لجميع محتويات الموقع من مقالات وتقارير وتحليلات.",
    ),
    ("این مطلب ویژه مشترکان است.", "برای دسترسی کامل به همه مطالب اشتراک تهیه کنید یا وارد حساب کاربری خود شوید."),
    (
        "Cet article est réservé aux abonnés. Il vous reste 85% de cet article à lire.",
        "Profitez de tous nos contenus pour 1 euro le premier mois, sans engagement, puis 9,99 euros par mois.",
    ),
    (
        "Dieser Artikel ist Teil von Courier Plus.",
        "Testen Sie unser Angebot einen Monat lang kostenlos und lesen Sie alle Artikel im Netz und in der App.",
    ),
    ("Bu içerik abonelere özeldir.", "Devamını okumak için abone olun. Zaten abone misiniz? Giriş yapın."),
    (
        "Материал доступен только подписчикам.",
        "Оформите подписку, чтобы читать все статьи и аналитику без ограничений на сайте и в приложении.",
    ),
    ("הכתבה המלאה פתוחה למנויים בלבד", "הצטרפו עכשיו וקבלו גישה מלאה לכל הכתבות באתר ובאפליקציה."),
)


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall[0])
def test_an_invitation_to_subscribe_is_no_article_and_cuts_one_short(wall: tuple[str, str]) -> None:
    box = f"<div class='box'><h2>{wall[0]}</h2><p>{wall[1]}</p><button>OK</button></div></article>"
    with pytest.raises(Unreadable, match=r"^paywall: "):
        extract(Material(make_page(f"<article><h1>Drones fall near Harir</h1>{box}"), "html"), RESIDUE)
    page = make_page(f"<article><h1>Drones fall near Harir</h1><p>{SENTENCE}</p>{box}")
    article = extract(Material(page, "html"), RESIDUE)
    assert (article.body, article.truncated) == (SENTENCE, True)


TAILS = {
    "a reader elsewhere": (
        "Il vous reste 65.29% de cet article à lire. La suite est réservée aux abonnés.",
        "Déjà abonné ? Se connecter",
        "Soutenez le journalisme d’investigation et une rédaction indépendante.",
        "Lecture en cours sur un autre appareil.",
        "Pourquoi voyez-vous ce message ?",
        "Parce qu’une autre personne (ou vous) est en train de lire avec ce compte sur un autre appareil.",
    ),
    "readers who are asked": ("Sie möchten gerne weiterlesen?", "Zugang zu allen Artikeln", "Jetzt C+ abonnieren"),
    "readers to be registered": ("Registrieren und kostenlos weiterlesen", "Sie haben ein Konto? Hier anmelden"),
    "readers of Hebrew": ("כדי להמשיך לקרוא, הירשמו כמנויים", "החודש הראשון ב-4.90 ש״ח", "כבר מנויים? התחברו"),
    "a trial": (
        "Continue with a free trial",
        "Get full access to our independent journalism for free",
        "Or continue reading this article",
        "Register now",
    ),
    "newsletters": (
        "Subscribe for unlimited access",
        "All news, events, memos, reports, and analysis, and access all 10 of our newsletters.",
        "By signing up, you agree to the Courier’s terms and conditions and privacy policy.",
        "Already have an account? Log in",
    ),
    "a price": ("Only $1 for 4 weeks", "Then $75 per month. Complete digital access on any device. Cancel anytime."),
    "an owner": (
        "Continue reading your article with a Courier subscription",
        "Copyright ©2024 Levant Courier & Company, Inc. All Rights Reserved. 87990cbe856818d5eddac44c7b1cdeb8",
    ),
    "readers of Arabic": ("للاطلاع على المقال كاملاً يرجى تسجيل الدخول", "ليس لديك حساب؟"),
    "readers of Turkish": ("Haberin devamını okumak için üye olun", "Bu haberin tamamı abonelere özeldir"),
}


@pytest.mark.parametrize("kind", TAILS)
def test_a_wall_of_several_lines_goes_whole_and_cuts_the_article_short(kind: str) -> None:
    tail = "".join(f"<p>{line}</p>" for line in TAILS[kind])
    article = extract(Material(make_page(f"<article><h1>Drones fall</h1><p>{SENTENCE}</p>{tail}"), "html"), RESIDUE)
    assert (article.body, article.truncated) == (SENTENCE, True)
    assert {line for line in TAILS[kind] if line not in {piece.text for piece in article.removed}} == set()
    with pytest.raises(Unreadable, match=r"^paywall: "):
        extract(Material(make_page(f"<article><h1>Drones fall</h1>{tail}</article>", head=PAID), "html"), RESIDUE)


def test_a_report_that_goes_on_below_such_a_line_is_not_cut_short() -> None:
    line = "To read the full story, choose a package"
    page = make_page(f"<article><h1>Drones fall</h1><p>{SENTENCE}</p><p>{line}</p><p>{SENTENCE[::-1]}</p></article>")
    article = extract(Material(page, "html"), RESIDUE)
    assert (article.body, article.truncated) == (f"{SENTENCE}\n{line}\n{SENTENCE[::-1]}", False)


@pytest.mark.parametrize(
    "sentence",
    [
        "استهدف صاروخان مساء الاثنين قاعدة عين الأسد غربي العراق، وفق ما أفاد مصدر أمني.",
        "Irak'ın batısındaki Ayn el-Esed üssüne pazartesi günü iki roketle saldırı düzenlendi, kaynak söyledi.",
    ],
)
def test_a_sentence_of_few_long_words_before_a_wall_is_news(sentence: str) -> None:
    page = make_page(f"<article><h1>Drones</h1><p>{sentence}</p><p>Subscribe to continue reading</p></article>")
    article = extract(Material(page, "html"), RESIDUE)
    assert (article.body, article.truncated) == (sentence, True)


def test_a_flash_about_subscribers_is_a_flash() -> None:
    line = "The operator lost two million subscribers."
    page = make_page(f"<article><h1>Drones fall near Harir</h1><p>{SENTENCE}</p><p>{line}</p></article>")
    article = extract(Material(page, "html"), RESIDUE)
    assert (article.body, article.truncated) == (f"{SENTENCE}\n{line}", False)


ON_THEM = "Soldiers walk at the base of Ain al-Asad in the west of Iraq on day {n} of the exercise."
GALLERIES = {
    "In pictures: the base": "<figure><img src='{n}.jpg'><figcaption>{text} Photo: AFP</figcaption></figure>",
    "Photos: the base": "<div class='slide'><img src='{n}.jpg'><p class='caption'>{text} [Sabah Arar/AFP]</p></div>",
    "بالصور.. قاعدة عين الأسد": "<div><img src='{n}.jpg'><p>جنود في القاعدة في اليوم {n} (أ ف ب)</p></div>",
    "תמונות השבוע": "<div class='slide'><img src='{n}.jpg'><p>חיילים בבסיס ביום {n}</p></div>",
    "گزارش تصویری: پایگاه": "<li><span>{n} / 8</span><img src='{n}.jpg'><div>سربازان در پایگاه، روز {n}</div></li>",
}


@pytest.mark.parametrize("title", GALLERIES)
def test_a_gallery_is_one_whatever_stands_below_its_pictures(title: str) -> None:
    pictures = "".join(GALLERIES[title].format(n=n, text=ON_THEM.format(n=n)) for n in range(1, 9))
    page = make_page(f"<article><h1>{title}</h1><p>A look at the base.</p>{pictures}</article>", title)
    with pytest.raises(Unreadable, match=r"^gallery: "):
        extract(Material(page, "html", url="https://example.org/a"), RESIDUE)


@pytest.mark.parametrize("title", GALLERIES)
def test_a_report_with_pictures_is_a_report(title: str) -> None:
    pictures = "".join(GALLERIES[title].format(n=n, text=ON_THEM.format(n=n)) for n in range(1, 9))
    page = make_page(f"<article><h1>{title}</h1><p>{SENTENCE}</p>{pictures}<p>{SENTENCE[::-1]}</p></article>", title)
    assert extract(Material(page, "html", url="https://example.org/a"), RESIDUE).body.startswith(SENTENCE)


def test_small_pictures_that_link_to_large_ones_are_a_gallery_where_the_page_is_called_one() -> None:
    pictures = "".join(f"<a href='/large/{n}.jpg'><img src='/{n}.jpg' alt='مراسم'></a>" for n in range(12))
    title = "گزارش تصویری: مراسم تشییع در بغداد"
    page = make_page(f"<article><h1>{title}</h1><p>عکاس: علی رضایی</p><div>{pictures}</div></article>", title)
    with pytest.raises(Unreadable, match=r"^gallery: "):
        extract(Material(page, "html", url="https://example.org/a"), RESIDUE)
    report = make_page(f"<article><h1>{title}</h1><p>{SENTENCE}</p><div>{pictures}</div></article>", title)
    assert extract(Material(report, "html", url="https://example.org/a"), RESIDUE).body == SENTENCE
