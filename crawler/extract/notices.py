"""Wordings by which pages that are no article give themselves away.

Those that a report could use as well are matched against whole lines and headings, never inside a sentence.
"""

import re

CHALLENGE_MARKUP = re.compile(
    r"_cf_chl_opt|cf-browser-verification|cf_captcha_kind|_Incapsula_Resource|sucuri_cloudproxy|px-captcha"
    r"|captcha-delivery\.com"
    r"|geo\.captcha|ddos-guard|awsWafCookie|gokuProps|__ddg\d|h-captcha|g-recaptcha|cf-turnstile|kpsdk|ak_bmsc",
)
CHALLENGE_PAGE = re.compile(r"_cf_chl_opt|cf-browser-verification|sucuri_cloudproxy_js|window\.gokuProps")
"""Stands in the pages that guards put in place of others, in any language, and in no page that they let pass."""
CHALLENGE_WORDS = re.compile(
    r"checking (?:if the site connection is secure|your browser)|verif(?:y|ying)(?: that)? you are (?:a )?(?:not"
    r"|human)"
    r"|(?:prove|confirm|verify)(?: that)? you[’'\s]*(?:a)?re (?:not a (?:ro)?bot|(?:a )?human)"
    r"|i[’']?\s*a?m not a robot"
    r"|are you a (?:robot|human)|made us think (?:that )?you\b.{0,15}\bbot|complete the captcha"
    r"|enable javascript(?: and cookies)? to (?:continue|proceed)|enable js\b"
    r"|(?m:^[ \t]*access to this page has been denied)|unusual (?:traffic|activity) from your|incapsula incident"
    r"|(?m:^[ \t]*(?:sorry,? )?you have been blocked\W{0,3}$)"
    r"|(?m:^[ \t]*(?:sorry,? )?you don[’']t have permission to access (?:this|the|[\"“/]))"
    r"|requested url was rejected|verifying your browser"
    r"|your request is being verified|your access to this (?:service|site) has been limited"
    r"|bağlantınızın güven|(?:اتصال الموقع|اتصالك بالموقع) آمن|(?:التحقق|نتحقق) من [أا]مان|بررسی امنیت اتصال"
    r"|החיבור שלך (?:מאובטח|בטוח)"
    r"|безопасност\w+ (?:вашего )?подключения|sicherheit ihrer verbindung"
    r"|v[ée]rifi\w+ (?:de )?la s[ée]curit[ée] de votre connexion"
    r"|تحقق من أنك|لست روبوت|ربات نیستید|در حال انتقال به سایت"
    r"|بررسی مرورگر|التحقق من (?:المتصفح|أنك)|провер(?:ка|яем) (?:вашего |ваш )?браузер\w*"
    r"|tarayıcınız kontrol ediliyor"
    r"|überprüfung ihres browsers|vérification de votre navigateur|nous vérifions",
    re.IGNORECASE,
)
_END = r"(?:\W*$|\s*[|•·]|\s+[–—-]\s)"
"""The line ends here, or only the site's name follows."""
CHALLENGE_HEADING = re.compile(
    r"\W*(?:just a moment|one moment(?:,? please)?|request (?:rejected|blocked)|vercel security checkpoint"
    r"|your access to this site has been limited(?: by the site owner)?|bir dakika lütfen|لحظة من فضلك|لحظة واحدة"
    r"|یک لحظه(?: لطفا)?|רק רגע|einen moment,? bitte|un momento(?:,? por favor)?|один момент|attention required"
    r"|access (?:is |was )?denied|security check|bot protection|are you human"
    r"|request unsuccessful|pardon our interruption|human verification|unusual (?:traffic|activity)(?: detected)?"
    r"|(?:error )?(?:403\W{1,3})?forbidden|(?:error )?(?:429\W{1,3})?too many requests"
    r"|(?:please )?verify you[^ ]* human"
    rf"|log in to (?:facebook|instagram|x|twitter)){_END}",
    re.IGNORECASE,
)
MISSING_WORDS = re.compile(
    r"^\W*(?:(?:(?:oops|sorry)\W+)?we (?:can[’']?t|cannot|can not|could ?n[’o']t|could not|were unable to) find"
    r" (?:that|the|this|your) (?:page|article|story).{0,40}"
    r"|(?:this|the|that) (?:requested )?(?:article|page|story|post|content) (?:has been|was|is|no longer)"
    r" (?:removed|deleted|withdrawn|unpublished|exists|no longer (?:available|exists|online)).{0,30}"
    r"|(?:عذرا\S*\W+)?(?:هذه |هذا )?(?:الصفحة|المقال|الخبر|المقالة)(?: المطلوبة?| التي .{2,20})?"
    r" (?:غير (?:متوفرة?|متاحة?|موجودة?)|(?:تم )?حذفها?|محذوفة?).{0,20}"
    r"|(?:متاسفانه |متأسفانه )?(?:خبر|صفحه|مطلب|مقاله)(?: مورد نظر)?(?: شما)? (?:(?:یافت|پیدا) نشد|حذف شده است"
    r"|وجود ندارد).{0,20}"
    r"|(?:üzgünüz\W+)?(?:aradığınız|istediğiniz) (?:sayfa|haber|içerik).{0,30}(?:bulunamadı|kaldırıl\w+|yok)"
    r"|(?:העמוד|הדף|הכתבה) (?:המבוקשת? |שחיפשת )?(?:לא (?:נמצאה?|קיימת?)|אינ[וה] קיימת?|הוסרה?).{0,20}"
    r"|(?:cet article|cette page) (?:n[’']existe (?:plus|pas)|a été (?:supprimée?|retirée?)"
    r"|n[’']est plus disponible).{0,20}"
    r"|(?:diese[rs]? |der )?(?:artikel|seite|beitrag) (?:existiert nicht|wurde (?:gelöscht|entfernt)"
    r"|ist nicht mehr verfügbar).{0,20}"
    r"|(?:error )?404(?:\W{1,3}(?:(?:error|page|file|not found|oops|sorry|nothing)\b.{0,40})?|\s[|–—-]\s.{0,40})?"
    r"|page (?:not found|cannot be found|does not exist).{0,40}|not found"
    r"|.{0,40}the page you (?:are looking for|requested).{0,60}|.{0,40}article (?:not found|is no longer available)"
    r"|.{0,20}الصفحة (?:التي تبحث عنها )?غير موجودة.{0,40}|.{0,20}صفحه (?:مورد نظر )?(?:شما )?(?:یافت"
    r"|پیدا) نشد.{0,40}"
    r"|.{0,20}(?:sayfa bulunamadı|страница не найдена|seite (?:wurde )?nicht gefunden|page (?:est )?introuvable"
    r"|página no encontrada|pagina non trovata|הדף לא נמצא).{0,40})\W*$",
    re.IGNORECASE,
)
REFUSAL_WORDS = re.compile(
    r".{0,60}unavailable (?:due to|for) legal reasons"
    r"|.{0,20}\b(?:this|our) (?:web ?)?(?:site|page|content|article|video)\b"
    r".{0,40}"
    r"(?:not|isn[’']t|unavailable) (?:currently )?(?:available )?in your (?:country|region|location)"
    r"|(?:sorry\W+)?(?:not|unavailable) (?:available )?in your (?:country|region|location)"
    r"|.{0,200}access cannot be granted at this time",
    re.IGNORECASE,
)
CONSENT_WORDS = re.compile(
    r"\b(?:mit werbung und tracking|pur-?abo|accept ads and tracking|continue with ads)\b|\b(?:our"
    r"|and) \d* ?partners?\b.{0,200}\bcookies|\bcookies?\b.{0,400}\b(?:accept|agree|consent|reject|manage)"
    r"|(?:accept|consent|agree)\b.{0,200}\bcookies?\b|\bcookies\b.{0,400}(?:akzeptieren|zustimmen|accepter"
    r"|aceptar|принять)",
    re.IGNORECASE | re.DOTALL,
)
INVITATION_WORDS = re.compile(
    r"cookie|consent|(?:werbung|ads) (?:und|and) tracking|subscri|unlimited access|free trial|\b(?:log"
    r"|sign) ?in\b|\b(?:your|an) account\b"
    r"|\bfor members\b|members only|membership|abonn|suscr|подпис|abone|למנויים"
    r"|اشترك الآن|للمشتركين|الاشتراك|اشتراک|مشترک شو|ثبت\W?نام",
    re.IGNORECASE,
)
"""One of them is in nearly any invitation to pay, to register or to agree."""
OFFER_WORDS = re.compile(
    INVITATION_WORDS.pattern
    + r"|cancel any ?time|unlimited|\bfree (?:for|month)|(?:choose|pick) (?:a|your|the) plan|sans engagement|résiliable"
    r"|kündbar|kostenlos|unser angebot|sin compromiso|cancela cuando|(?:par|premier) mois|per month|a month|pro monat"
    r"|connectez-vous|giriş yap|zaten abone|оформите|ваш аккаунт|הצטרפו|גישה מלאה|סוגי מינוי"
    r"|(?:autre|seul) appareil|avec (?:ce|votre) compte|votre mot de passe|ce message|another device|privacy policy"
    r"|terms (?:of|and)|all rights reserved|copyright|reader mode|verify access|journalisme"
    r"|כבר מנוי|התחברו|לחודש|ש\W?ח\b"
    r"|(?:خطة|باقة|عرض)(?:ك| الاشتراك)|غير محدودة?|لديك حساب|سجل الدخول|تسجيل الدخول|حساب کاربری|عضویت",
    re.IGNORECASE,
)
"""What may stand below a line that says that the rest is for subscribers, and no report goes on with."""
GALLERY_TITLE = re.compile(
    r"\W*(?:(?:the \w+ )?in (?:pictures|photos|images)|(?:photos?|pictures|gallery|photo (?:gallery|essay))\s*[:|–—-]"
    r"|(?:شاهد )?بالصور|صور\s*[:.|]|ألبوم صور|گزارش تصویری|تصاویر\s*[:|/]|در تصاویر|عکس\W?نوشت|en (?:images|imágenes)"
    r"|(?:photos?|pictures|images) of the (?:day|week|month|year)|صور (?:اليوم|ال[أا]سبوع)|(?:عکس"
    r"|تصاویر).?(?:های)? (?:روز|هفته)\b"
    r"|bilder (?:des tages|der woche)|haftanın fotoğrafları|фото (?:дня|недели)|photos? (?:du jour|de la semaine)"
    r"|תמונות (?:השבוע|היום|השנה)|diaporama|in bildern|fotostrecke|bilder(?:strecke|galerie)|foto\s?galeri"
    r"|fotoğraflarla|фото(?:репортаж|галерея)"
    r"|в фотографиях|le foto|fotogallery|בתמונות|גלריה)"
    r"|.{0,120}\W(?:in pictures|in photos|photo gallery|بالصور|تصاویر)\W*$",
    re.IGNORECASE,
)
"""Headlines of pages that show pictures and tell what is on them."""
LOGIN_HEADING = re.compile(
    r"\W*(?:please )?(?:(?:log|sign) ?in(?: or (?:register|sign up|subscribe)| (?:to|with) .{1,40})?"
    r"|you (?:must|need to) (?:log|sign) in.{0,40}|(?:member )?login(?: (?:page|required|to .{1,40}))?"
    r"|تسجيل الدخول(?: إلى .{1,30})?|دخول(?: الأعضاء)?|ورود(?: به (?:حساب|سایت|پنل).{0,30}| اعضا| کاربران)?"
    r"|(?:üye )?giri[şs](?: yap.{0,10})?|connexion(?: à votre compte)?|se connecter|anmeld(?:en|ung)|einloggen"
    rf"|iniciar sesión|accedi|войти(?: на сайт)?|вход(?: на сайт)?|התחברות){_END}",
    re.IGNORECASE,
)
PASSWORD_FIELD = re.compile(r"type\s*=\s*[\"']?password", re.IGNORECASE)
BROKEN_HEADING = re.compile(
    r"\W*(?:(?:http |server )*error 5\d\d|(?:(?:error )?5\d\d\W{1,3})?(?:internal server error|bad gateway"
    r"|(?:[\w.-]+ \| )?5[0-3]\d\W{1,3}(?:connection|origin|ssl|a timeout|web|unknown|railgun)\b.{0,40}"
    r"|connection timed out(?: error code 5\d\d)?|wordpress \u203a error"
    r"|service (?:temporarily )?unavailable|gateway time-?out|web server is down|origin is unreachable)"
    r"|(?:(?:this|the|our) )?(?:web ?)?site (?:is )?(?:currently |temporarily )*(?:under|down for|undergoing|in)"
    r" (?:\w+ )?maintenance"
    r"|(?:(?:this|the|our) )?(?:web ?)?site is (?:currently |temporarily )*(?:unavailable|offline|down)"
    r"|(?:(?:under|down for|scheduled|planned|(?:web ?)?site) )?maintenance(?: mode| break)?"
    r"|we(?:[’']ll| will) be (?:right )?back(?: soon| shortly| online)*|database (?:connection )?error"
    r"|error establishing a database connection|(?:this )?account (?:has been )?suspended"
    r"|(?:(?:oops|sorry)\W+)?(?:something went wrong|an? (?:\w+ )?error (?:has )?occurred)"
    r"|welcome to nginx|apache2? \w+ default page.*|it works"
    r"|index of /\S*|(?:iis|default) (?:windows(?: server)?|web ?site page)"
    r"|[\w-]+(?:\.[\w-]+)+ (?:is|may be) for sale"
    r"|(?:this )?domain(?: name)? (?:is |may be )?(?:for sale|parked|expired)"
    r"|(?:الموقع|موقعنا) (?:تحت|قيد) (?:الصيانة|التحديث|الإنشاء)|تحت الصيانة|سنعود قريبا"
    r"|(?:وب\W?)?سایت (?:در حال|در دست) (?:به\W?روز\W?رسانی|تعمیر(?:ات)?)(?: است)?|در دست (?:تعمیر|به\W?روز\W?رسانی)"
    r"|(?:на сайте )?(?:ведутся|проводятся)? ?технические работы|сайт временно недоступен"
    r"|(?:web )?(?:site|sitemiz) bakımda(?:dır)?|bakımdayız|bakım çalışması"
    r"|(?:site |sitio )?en (?:maintenance|mantenimiento)|sito in manutenzione|wartungs(?:arbeiten|modus)|האתר בתחזוקה"
    rf"){_END}",
    re.IGNORECASE,
)
SERVICE_WORDS = re.compile(
    r"permission|click here|home ?page|\bour search|domain name|cloudflare|wordpress|robot|captcha|brows"
    r"|javascript|cookie|inconvenience|apologi[sz]e|sorry|\bback (?:soon|shortly|online)"
    r"|try again|temporarily|please|patience|improv|\burl\b|\bhttp|nginx|apache|administrator"
    r"|\b(?:our|this|the|your) (?:web ?)?(?:site|page|server|ip|request|address|account|connection)\b"
    r"|نعتذر|موقعنا|الموقع|متصفح|لاحقا|سایت|مرورگر|پوزش|сайт|браузер|приносим|sitemiz|bakım|tarayıcı|daha sonra"
    r"|website|wartung|navigateur|maintenance du|sitio|האתר|דפדפן",
    re.IGNORECASE,
)
"""One of them is in nearly any notice that a site does not work or lets nobody in."""
BROKEN_LINE = re.compile(
    r"\W*(?:(?:our|this) (?:web ?)?site is (?:currently |temporarily )*"
    r"(?:undergoing|down for|under|closed for|offline for) .{0,30}maintenance"
    r"|briefly unavailable for scheduled maintenance"
    r"|(?:sorry|we apologi[sz]e) for (?:the|any) inconvenience.{0,80}maintenance"
    r"|an? (?:unexpected )?error occurred while processing your request"
    r"|(?:this|the) (?:web ?site|domain)(?: name)? has been seized\b.{0,200}"
    r"|there has been a critical error on (?:this|your) (?:web ?)?site"
    r"|(?:this|the) domain(?: name)?(?: [\w.-]+)? (?:is|may be) for sale\b"
    r"|the server encountered an (?:internal|temporary) error"
    r"|نعتذر عن ال[إا]زعاج.{0,80}صيانة|(?:وب\W?)?سایت به دلیل .{0,60}در دسترس نیست)",
    re.IGNORECASE,
)
GALLERY_ADDRESS = re.compile(
    r"(?:photo|foto|image|picture|resim)-?(?:galler|galeri|essay|album)|/galler(?:y|ies)/|/galeri/|/photos/"
)
COUNTER = re.compile(r"^\s*1\s*(?:/|of|von|de)\s*\d{1,3}\s*$", re.IGNORECASE)
PICTURE_ADDRESS = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:\?|$)", re.IGNORECASE)
ELSEWHERE_WORDS = re.compile(
    r"\W*(?:(?:you (?:are|will be) (?:now )?)?(?:being )?redirect(?:ed|ing)\b.{0,80}|open (?:this )?in (?:the "
    r"|our )?app"
    r"|.{0,50}\b(?:read|open|view) this (?:story|article|page) in (?:our|the) app|if you are not redirected.{0,60}"
    r"|جار[يٍ]? (?:[إا]عادة )?(?:التحويل|التوجيه).{0,40}|(?:در حال )?(?:انتقال|هدایت) به .{0,30}"
    r"|(?:sayfaya )?yönlendiriliyorsunuz.{0,30}|sie werden (?:automatisch )?weitergeleitet.{0,40}"
    r"|vous allez être redirigé.{0,40}|(?:вы будете )?перенаправл\w+.{0,40})\W*$",
    re.IGNORECASE,
)
"""A page that only sends its readers on to another, or to an app."""
