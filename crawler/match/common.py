"""Words of every day in English, Arabic and Persian that could be taken for names: none may be one without context."""

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
