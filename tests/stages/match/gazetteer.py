"""A gazetteer of a few names with every policy, small enough to read beside the tests."""

from settings.model import Alias, Entity, Gazetteer, Policy, WordList


def alias(
    text: str,
    language: str = "en",
    policy: Policy = "plain",
    context: tuple[str, ...] = (),
    not_followed_by: tuple[str, ...] = (),
) -> Alias:
    return Alias(text=text, language=language, policy=policy, context=context, not_followed_by=not_followed_by)


def group(slug: str, *aliases: Alias, core: bool = True) -> Entity:
    return Entity(id=slug, type="group", name=aliases[0].text, core=core, aliases=aliases)


def base(slug: str, *aliases: Alias) -> Entity:
    return Entity(id=slug, type="base", name=aliases[0].text, aliases=aliases)


SMALL = Gazetteer(
    entities=(
        group(
            "kataib-hezbollah",
            alias("Kataib Hezbollah"),
            alias("Hezbollah Brigades"),
            alias("KH", policy="after_full_form"),
            alias("كتائب حزب الله", "ar"),
            alias("حزب الله", "ar", "context", ("الحميداوي", "جرف الصخر")),
            alias("کتائب حزب‌الله", "fa"),
            alias("Hizbullah Tugayları", "tr"),
        ),
        group(
            "harakat-hezbollah-al-nujaba",
            alias("Harakat Hezbollah al-Nujaba"),
            alias("Harakat al-Nujaba"),
            alias("Al-Nujaba Movement"),
            alias("Nujaba", policy="context", context=("cues/militia", "Iraq*")),
            alias("حركة النجباء", "ar"),
            alias("النجباء", "ar", "context", ("فصائل", "المقاومة")),
        ),
        group(
            "ansar-allah-al-awfiya",
            alias("Ansar Allah al-Awfiya"),
            alias("Ansar Allah", policy="never"),
            alias("أنصار الله الأوفياء", "ar"),
        ),
        group(
            "kataib-sayyid-al-shuhada",
            alias("Kataib Sayyid al-Shuhada"),
            alias("Sayyid Al-Shuhada' Brigades"),
            alias("کتائب سید الشهداء", "fa"),
        ),
        group("al-thawriyoun", alias("Al-Thawriyoun"), alias("الثوريون", "ar")),
        group("saraya-awliya-al-dam", alias("Saraya Awliya al-Dam"), alias("SAD", policy="after_full_form")),
        group("popular-mobilization-forces", alias("Popular Mobilization Forces"), alias("الحشد الشعبي", "ar")),
        group(
            "pmf-brigade",
            alias("NNth Brigade", policy="context", context=("PMF", "Popular Mobili*")),
            alias("اللواء NNth", "ar", "context", ("الحشد",)),
            alias("تیپ NNth", "fa", "context", ("حشد شعبی",)),
        ),
        group("hezbollah-lebanon", alias("Hezbollah"), alias("Hizbullah"), alias("حزب الله", "ar"), core=False),
        group("houthis", alias("Houthis"), alias("Houthi"), alias("Ansar Allah"), alias("Husiler", "tr"), core=False),
        base(
            "ain-al-asad",
            alias("Ain al-Asad"),
            alias("Ayn al-Asad"),
            alias("Al Asad Air Base"),
            alias("عين الأسد", "ar"),
            alias("قاعدة عين الأسد", "ar"),
            alias("عین الاسد", "fa"),
            alias("Şeddadi üssü", "tr"),
        ),
        base("conoco", alias("Conoco base"), alias("Conoco", policy="context", context=("Syria", "cues/base"))),
        base("victoria", alias("Victoria base"), alias("Victoria", policy="context", context=("Baghdad",))),
        base("harir", alias("Harir base"), alias("Harir", policy="context", context=("cues/base", "Erbil"))),
        base("embassy", alias("US embassy in Baghdad")),
        base("incirlik", alias("İncirlik", "tr")),
        base("tower-22", alias("Tower 22"), alias("برج 22", "fa")),
        base(
            "liwa-test",
            alias("Liwa", policy="context", context=("brigade",), not_followed_by=("Oasis",)),
        ),
    ),
    cues=(
        WordList(name="militia", words={"en": ("militia", "armed faction*"), "ar": ("فصائل",)}),
        WordList(name="base", words={"en": ("base", "bases", "airbase"), "ar": ("قاعدة",)}),
    ),
    events=(
        WordList(
            name="attack",
            words={
                "en": ("attack*", "fired at", "struck"),
                "ar": ("هجوم", "استهدفت", "قصف"),
                "fa": ("حمله*",),
            },
        ),
        WordList(name="claim", words={"en": ("claimed responsibility",), "ar": ("تبنت",)}),
        WordList(name="truce", words={"en": ("truce", "ceasefire")}),
        WordList(name="truce-end", words={"en": ("ended … truce", "truce has ended"), "ar": ("انتهاء الهدنة",)}),
    ),
)
