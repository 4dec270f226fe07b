"""Words of every day in English, Arabic and Persian: none may be a name without context."""

from crawler.match.normalize import list_words

COMMON_WORDS = frozenset(
    list_words(
        "about above after again against agency agreement airport airports alliance american among "
        "announcement area armed army authority award bank battle before best between black blood blue board "
        "book border bridge brigade brigades brother brothers camp campaign capital captain center central "
        "centre children church circle cities city coalition college column command commander commission "
        "committee community company congress council country courage crescent cross crown dawn death defence "
        "defense desert diamond dignity division dragon eagle early earth east eastern economy emerald empire "
        "energy event every evening faith falcon family father festival field fighters fire first flag fleet "
        "force forces forest freedom friday friend friends front future garden gate general glory gold golden "
        "government green group groups guard guards harbor harbour haven heart hero heroes holy home honor "
        "honour hope horizon hospital house human independence industry institute islam islamic island "
        "journal journey judge justice king kingdom knight knights land law leader leaders league legend "
        "liberty light lighthouse lion lions local loyal loyalty march market martyr martyrs master mercy "
        "metro military militia minister mission monday moon morning mosque mother mountain movement muslim "
        "nation national news night noble north northern observer ocean office officer oil order organization "
        "palace panther parliament party path patriot peace pearl people pioneer plain plains police popular "
        "port post power president pride prince promise prophet province public queen rebel rebels reform "
        "region report republic resistance revenge revolution river rocket royal sabre safety saturday school "
        "sea security senate service shadow shield society soldier soldiers south southern spirit square "
        "standard star state station storm street strength strike student students summer summit sunday "
        "support sword syndicate system team temple thunder thursday tiger times tower town trade tribune "
        "triumph truth tuesday union united unity university vengeance victory village vision voice "
        "volunteers wednesday west western wind winter wolf women world young youth الشعب الأمة الوطن الدولة "
        "الحكومة الجيش القوات الشرطة الأمن الحرب السلام النصر الفتح الحق العدل الحرية الكرامة الثورة المقاومة "
        "الجهاد الشهيد الشهداء الأبطال القائد الرئيس الوزير المدينة القرية الجبل البحر النهر الشمال الجنوب "
        "الشرق الغرب اليوم الليل الصباح الفجر النور الشمس القمر الأمل الحياة الموت الدم النار الأسد الصقر "
        "النسر الذئب حرير ذهب بيت باب طريق مدرسة جامعة مستشفى مسجد شركة حركة جماعة حزب كتلة لواء فرقة كتيبة "
        "سرايا كتائب أنصار رجال شباب نساء أبناء مردم ملت کشور دولت ارتش نیروها پلیس امنیت جنگ صلح پیروزی حق "
        "عدالت آزادی انقلاب مقاومت شهید شهدا قهرمان فرمانده رئیس‌جمهور وزیر شهر روستا کوه دریا رود شمال جنوب "
        "شرق غرب امروز شب صبح سپیده نور خورشید ماه امید زندگی مرگ خون آتش شیر عقاب گرگ ابریشم طلا خانه راه "
        "مدرسه دانشگاه بیمارستان شرکت جنبش گروه تیپ لشکر گردان یاران جوانان"
    )
)
"""Those that could be taken for names."""

LITTLE_WORDS = frozenset(
    list_words(
        "about after again also although always among another around away back because been before "
        "being below beside both came come could down during each even every first from gave give given goes going "
        "have having here into just know last later like made make many might more most much must never next "
        "none nothing often once only other others ours over part people said same says shall should since some "
        "someone something soon still such take taken than that their them then there these they thing things "
        "this those three through time today told tomorrow took toward towards under until upon very want "
        "week well went were what when where which while whom whose will with within without would year years "
        "yesterday your month months hour hours days house work news report reports story money price prices "
        "التي الذي الذين كان كانت يكون تكون ليس ليست هذا هذه ذلك تلك هنا هناك عند عندما حيث كيف متى بعد قبل بين خلال "
        "حول ضد منذ حتى أيضا لكن لأن إلى على عن مع من في أمام وراء فوق تحت كل بعض غير أول آخر أحد جميع كما لقد سوف قال "
        "قالت أعلن أكد سنة عام شهر أسبوع ساعة الناس شيء "
        "است بود شد شده باشد کرد کرده خواهد این آن آنها ایشان اینجا آنجا برای بدون بعد پیش میان درباره روی زیر همه "
        "هیچ چند دیگر بسیار اول آخر اما ولی یا اگر چون گفت گفته اعلام سال ماه هفته ساعت روز دیروز فردا مردم چیز"
    )
)
"""Those that sentences are made of."""
