# كل العبارات الثابتة في Courant بالعربية، بصيغة Fluent (projectfluent.org).

direction = rtl
# The language by its own name, for whoever chooses one.
language-name = العربية
# علامات التنصيص، المزدوجة ثم المفردة، فتحًا وإغلاقًا.
quotes = «»‹›
# بين أجزاء التعداد.
list-comma = {"، "}

date-monday = الاثنين
date-tuesday = الثلاثاء
date-wednesday = الأربعاء
date-thursday = الخميس
date-friday = الجمعة
date-saturday = السبت
date-sunday = الأحد
date-january = يناير
date-february = فبراير
date-march = مارس
date-april = أبريل
date-may = مايو
date-june = يونيو
date-july = يوليو
date-august = أغسطس
date-september = سبتمبر
date-october = أكتوبر
date-november = نوفمبر
date-december = ديسمبر
date-long = { $weekday } { $day } { $month } { $year }
date-short = { $day } { $month } { $year }
date-time = { $hour }:{ $minute }

section-also = أيضًا اليوم
section-area = أيضًا في { $place }
section-your_area = من منطقتك

note-title = كلمة التحرير
corrections-title = تصويبات
corrections-withdrawn = سُحب هذا الخبر بعد إرسال الرسالة.
view-as_mailed = هذه هي النشرة كما أُرسلت.

# أخبار لم يتسع لها المكان: على موقع الناشر، أو في غير مكان.
more-web = { $n ->
    [zero] لا أخبار أخرى على الموقع
    [one] خبر آخر على الموقع
    [two] خبران آخران على الموقع
    [few] { $n } أخبار أخرى على الموقع
    [many] { $n } خبرًا آخر على الموقع
   *[other] { $n } خبر آخر على الموقع
}
more-left = { $n ->
    [zero] اتسعت هذه النشرة لكل الأخبار.
    [one] لم تتسع هذه النشرة لخبر آخر.
    [two] لم تتسع هذه النشرة لخبرين آخرين.
    [few] لم تتسع هذه النشرة لـ { $n } أخبار أخرى.
    [many] لم تتسع هذه النشرة لـ { $n } خبرًا آخر.
   *[other] لم تتسع هذه النشرة لـ { $n } خبر آخر.
}

why-lead = اختاره المحررون لافتتاح هذا العدد
why-pinned = من اختيار المحررين
why-topic = لأنك تتابع { $topic }
why-place = من { $place }، ضمن الأماكن التي تتابعها
why-top = من أبرز أخبار اليوم

story-first_published = نُشر أول مرة في { $date }
story-update = تحديث: { $headline }
story-minutes = { $n ->
    [zero] أقل من دقيقة قراءة
    [one] دقيقة قراءة
    [two] دقيقتا قراءة
    [few] { $n } دقائق قراءة
    [many] { $n } دقيقة قراءة
   *[other] { $n } دقيقة قراءة
}
story-origin = نُشر أولًا في { $publisher }
story-also = نشرته أيضًا { $sources }
story-also_more = { $n ->
    [zero] نشرته أيضًا { $sources }
    [one] نشرته أيضًا { $sources } ومصدر آخر
    [two] نشرته أيضًا { $sources } ومصدران آخران
    [few] نشرته أيضًا { $sources } و{ $n } مصادر أخرى
    [many] نشرته أيضًا { $sources } و{ $n } مصدرًا آخر
   *[other] نشرته أيضًا { $sources } و{ $n } مصدر آخر
}

sponsor-label = إعلان · { $sponsor }

footer-why = تصلك هذه النشرة لأنك مشترك في { $list }.
footer-preferences = تغيير المواضيع والأماكن والموعد
footer-unsubscribe = إلغاء الاشتراك
footer-view = عرض في المتصفح

# فوق الروابط المرقّمة في النشرة النصية.
text-links = الروابط

# الصفحات التي تقود إليها روابط النشرة.
page-title = { $what } · { $list }
page-not_found = لا يوجد شيء هنا
page-not_found_more = هذا الرابط غير صالح. إن كان من إحدى نشراتنا فافتحه منها مرة أخرى كاملًا.
page-not_allowed = لا يمكن استخدام هذه الصفحة بهذه الطريقة
page-not_allowed_more = عُد إلى الوراء وافتح الرابط مرة أخرى.
page-bad_form = تعذّرت قراءة النموذج
page-bad_form_more = لم يتغيّر شيء. افتح الرابط مرة أخرى واستخدم الزر الموجود في الصفحة.
page-too_large = النموذج كبير جدًا
page-too_large_more = لم يتغيّر شيء.
page-failed = حدث خطأ ما
page-failed_more = الخطأ من جهتنا. يُرجى المحاولة مرة أخرى بعد بضع دقائق.
page-busy = استغرق الطلب وقتًا طويلًا
page-busy_more = يُرجى المحاولة مرة أخرى بعد بضع دقائق.
page-gone = لم يعد هذا الاشتراك موجودًا
page-gone_more = لم يبقَ ما يمكن تغييره، ولن تصلك أي نشرة.
page-letter_gone = لم نعد نحتفظ بهذه النشرة
page-letter_gone_more = النسخة الوحيدة هي التي في بريدك.
page-foreign = لم يُرسل هذا النموذج من هنا
page-foreign_more = لم يتغيّر شيء. افتح الصفحة نفسها واستخدم الزر الذي فيها.
page-join_closed = باب الاشتراك مغلق
page-join_closed_more = لا تقبل هذه النشرة قرّاء جددًا من تلقاء أنفسهم في الوقت الحالي.
page-join_over = انتهت صلاحية طلب الاشتراك هذا
page-join_over_more = يُنسى كل طلب اشتراك لا يُؤكَّد خلال سبعة أيام. يمكنك الاشتراك من جديد في أي وقت.
page-link_over = انتهت صلاحية هذا الرابط
page-link_over_more = الرابط الذي يُرسَل لهذا الغرض صالح لساعة واحدة. اطلب رابطًا آخر من صفحة تفضيلاتك.
page-move_over = انتهى هذا التغيير للعنوان
page-move_over_more = لم يؤكَّد خلال سبعة أيام، أو لا يمكن استعمال هذا العنوان. تصل النشرة إلى حيث كانت تصل.
page-forgotten = حُذف كل شيء عنك
page-forgotten_more = حُذف كل ما كنا نحفظه عنك ولن تصل أي نشرة. لا تبقى إلا بصمة لعنوانك تمنع أن يسجّله أحد نيابة عنك.
page-lists = النشرات البريدية
page-lists_none = لا توجد هنا نشرة مفتوحة للجميع.

list-join = الاشتراك
list-join_more = يمكنك إلغاء الاشتراك بنقرة واحدة في كل نشرة.
list-when = موعد وصولها
list-or = {" · "}
list-topics = مواضيع للاختيار
list-newest = أحدث الأعداد
list-all = كل الأعداد
list-feed = خلاصة Atom
list-none = لم يصدر أي عدد بعد.
list-older = أعداد أقدم
list-first = أحدث الأعداد
list-corrected = مع تصويب
list-more = { $n ->
    [zero] ولا أخبار أخرى
    [one] وخبر آخر
    [two] وخبران آخران
    [few] و{ $n } أخبار أخرى
    [many] و{ $n } خبرًا آخر
   *[other] و{ $n } خبر آخر
}
issue-foot_why = عدد من { $list } كما يمكن للجميع قراءته. أما ما يُرسل بالبريد فيُختار لكل قارئ.
issue-foot_preferences = عن هذه النشرة
issue-foot_unsubscribe = كل الأعداد
issue-foot_view = العرض في المتصفح

# الاشتراك. join-consent هو ما يذكره إيصال الموافقة، وإصداره يتبع كلماته.
join-title = الاشتراك
join-ask = اقرأها في بريدك
join-address = عنوان بريدك
join-button = اشتراك
join-wrong = هذا ليس عنوان بريد بعد. اكتبه بصيغة name@example.org.
join-unserved = لا يمكننا بعد خدمة العناوين التي فيها قبل @ حروف غير اللاتينية من a إلى z. استخدم عنوانًا آخر من فضلك.
join-trap = اترك هذا الحقل فارغًا
join-consent = أنت توافق على تلقّي { $list } بالبريد. نرسل أولًا رسالة واحدة فيها رابط للتأكيد. ويمكنك إلغاء الاشتراك بنقرة واحدة من كل نشرة.
join-sent = راجع بريدك
join-sent_more = رسالة في طريقها إلى العنوان الذي كتبته. افتح الرابط الذي فيها واضغط الزر ليكتمل اشتراكك. الرابط صالح سبعة أيام.
join-held = رسالة إلى العنوان الذي كتبته تنتظر لدينا: لا تخرج أي رسالة من هنا الآن، وستصلك لاحقًا. افتح الرابط الذي فيها واضغط الزر ليكتمل اشتراكك.
join-sent_not = لم يصل شيء؟ ابحث في مجلد البريد غير المرغوب، وتأكّد من صحة العنوان. تُرسل إلى العنوان الواحد رسالة واحدة من هذا النوع في اليوم.
join-confirm = هل تريد الاشتراك في { $list }؟
join-confirm_button = نعم، اشتراك
join-confirm_more = لم تكن أنت؟ لا تفعل شيئًا: يُنسى العنوان بعد سبعة أيام.
join-before = أنت مشترك
join-before_link = تغيير ما يصلك
join-left = ألغيت اشتراكك بعد ذلك
join-left_link = العودة إلى الاشتراك
join-welcome = أهلًا بك. اكتمل اشتراكك.
join-choose = اجعل { $list } كما تحب، الآن أو لاحقًا. ويمكن أن يبقى كل شيء هنا كما هو.
join-skip = ليس الآن
join-soon = تصلك نشرتك الأولى قريبًا، وفيها أحدث الأعداد.

# رسائل النظام إلى من طلب الاشتراك، نصًا عاديًا: ليس فيها ما كتبه غريب.
mail-confirm_subject = يُرجى التأكيد: { $list }
mail-confirm_body =
    طلب أحدهم، والأرجح أنه أنت، تلقّي { $list } على هذا العنوان.

    للاشتراك افتح هذا الرابط واضغط الزر:
    { $link }

    إن لم تكن أنت فلا تفعل شيئًا. لن تصلك أي نشرة، ويُنسى العنوان بعد سبعة أيام.

    { $postal }
mail-already_subject = أنت مشترك: { $list }
mail-already_body =
    طلب أحدهم، والأرجح أنه أنت، تلقّي { $list } على هذا العنوان. أنت مشترك بالفعل.

    لترى ما يصلك أو تغيّره أو تلغي اشتراكك:
    { $link }

    إن لم تكن أنت فليس عليك فعل شيء.

    { $postal }

# روابط لصاحب صندوق البريد، وليس فيها شيء كتبه غريب.
mail-links_subject = روابطك: { $list }
mail-links_body =
    طلب أحدهم، والأرجح أنه أنت، روابط هذا العنوان.

    { $link }

    من كان عنده رابط كهذا استطاع تغيير ما يصلك دون كلمة مرور، فاحتفظ به لنفسك. وإن لم تكن أنت من طلب فلا شيء عليك.

    { $postal }
mail-export_subject = ما نحفظه عنك: { $list }
mail-export_body =
    لترى ما نحفظه عنك وتنزّله افتح هذا الرابط خلال ساعة:
    { $link }

    إن لم تكن أنت من طلب فلا تفعل شيئًا، ولا تعطِ الرابط أحدًا.

    { $postal }
mail-move_subject = تغيير عنوانك: { $list }
mail-move_body =
    لتصلك نشرتك على عنوان آخر افتح هذا الرابط خلال ساعة:
    { $link }

    إن لم تكن أنت من طلب فلا تفعل شيئًا، ولا تعطِ الرابط أحدًا.

    { $postal }
mail-forget_subject = حذف كل شيء عنك: { $list }
mail-forget_body =
    ليُحذف كل ما نحفظه عنك افتح هذا الرابط خلال ساعة واضغط الزر:
    { $link }

    إن لم تكن أنت من طلب فلا تفعل شيئًا، ولا تعطِ الرابط أحدًا.

    { $postal }
mail-moved_subject = أكِّد عنوانك الجديد من فضلك: { $list }
mail-moved_body =
    يريد أحدهم، والأرجح أنه أنت، أن تصل { $list } إلى هذا العنوان من الآن.

    للتأكيد افتح هذا الرابط واضغط الزر:
    { $link }

    إن لم تكن أنت فلا تفعل شيئًا: لن تصل أي نشرة، ويُنسى العنوان بعد سبعة أيام.

    { $postal }

leave-title = إلغاء الاشتراك
leave-ask = هل تريد إلغاء اشتراكك في { $list }؟
leave-to = تُرسل النشرة إلى { $address }.
leave-button = إلغاء الاشتراك
leave-done = أُلغي اشتراكك
leave-done_more = لن تصلك نشرات أخرى من { $list }. وإن كانت إحداها في الطريق الآن فهي الأخيرة.
leave-again = الاشتراك من جديد
leave-again_more = هل كان ذلك خطأ؟ يعود إليك ما كان لديك.
leave-back = عاد اشتراكك
leave-back_same = كل شيء كما كان: المواضيع والأماكن والوتيرة نفسها.
leave-back_rhythm = من الآن بهذه الوتيرة: { $cadence }.
leave-back_topics = من الآن عن: { $topics }.
leave-less = هل كانت كثيرة عليك؟
leave-less_more = لقد أُلغي اشتراكك، ويبقى كذلك ما لم تختر شيئًا مما يلي.
leave-weekly = أقل تكرارًا: { $cadence }
leave-weekly_button = الاشتراك بهذه الوتيرة
leave-fewer = مواضيع أقل: ما تحدده فقط
leave-fewer_button = الاشتراك في هذه المواضيع
leave-no_topic = حدد موضوعًا واحدًا على الأقل. ما زال اشتراكك ملغى.
leave-pause = استراحة 30 يومًا
leave-pause_until = تعود النشرات ابتداءً من { $date }.
leave-pause_button = الاشتراك بعد الاستراحة
leave-next = تصلك النشرة التالية يوم { $date } في الساعة { $time } ({ $zone }).
leave-next_between = تصلك النشرة التالية يوم { $date } بين الساعة { $time } والساعة { $until } ({ $zone }).
leave-stopped = لا تُرسل أي نشرة إلى هذا العنوان
leave-stopped_more = رفض صندوق البريد هذا رسائلنا أو أبلغ عنها، ولذلك لا يُرسل إليه شيء.

terms-title = نشرتك
terms-reader = ما يصل إلى { $address } من { $list }.
terms-saved = حُفظ ما يلي: { $what }.
terms-saved_later = حُفظ ما يلي إلى حين اشتراكك من جديد: { $what }.
terms-unchanged = لم يتغيّر شيء.
terms-paused = تم.
terms-resumed = استُؤنف الإرسال.
terms-next = تصل النشرة التالية يوم { $date } في الساعة { $time } ({ $zone }).
terms-next_between = تصل النشرة التالية يوم { $date } بين الساعة { $time } والساعة { $until } ({ $zone }).
terms-never = لا تصل أي نشرة وفق هذا الإيقاع.
terms-is_paused = نشرتك متوقفة مؤقتًا: لن يصلك شيء حتى تستأنفها.
terms-paused_until = نشرتك متوقفة مؤقتًا حتى { $date }.
terms-is_pending = لم يُؤكَّد اشتراكك بعد.
terms-is_unsubscribed = أُلغي اشتراكك: لن تصلك أي نشرة.
terms-left = لن يصلك شيء من { $list } حتى تشترك من جديد.
terms-left_more = اختياراتك محفوظة، ويمكنك تغييرها هنا لحين عودتك.
terms-is_stopped = لا تُرسل أي نشرة إلى هذا العنوان: رفض صندوق البريد رسائلنا أو أبلغ عنها.
terms-not_saved = لم يُحفظ شيء بعد: يُرجى مراجعة المواضع المُعلَّمة.
terms-topics = المواضيع
terms-topics_more = إن لم تختر شيئًا وصلتك النشرة العامة. وما اخترت له «أبدًا» لا يصلك منه شيء، ولو كان أهم الأخبار.
terms-less = أقل
terms-normal = عادي
terms-more = أكثر
# موضوع لا يتابَع، وموضوع لا يُراد منه شيء
terms-no_topic = كما يأتي
terms-no_story = أبدًا
terms-places = الأماكن
terms-when = الموعد
terms-cadence = الإيقاع
terms-cadence_at = { $name }، { $time }
terms-cadence_on = { $name }، { $day } { $time }
terms-hour = ساعتك
terms-hour_for = تصلح مع: { $cadences }. وإن تُركت فارغة فالعبرة بوقت الإيقاع.
terms-zone = منطقتك الزمنية
terms-zone_more = مدينة من منطقتك الزمنية، مثل Asia/Riyadh.
terms-length = الطول
terms-long = طويلة: { $stories ->
    [zero] بلا أخبار
    [one] خبر واحد
    [two] خبران
    [few] { $stories } أخبار
    [many] { $stories } خبرًا
   *[other] { $stories } خبر
}
terms-short = قصيرة: نحو النصف
terms-language = اللغة
terms-language_more = لغة العبارات الثابتة والتواريخ في رسائلك؛ أما الأخبار فتبقى كما كُتبت.
terms-images = الصور
terms-images_more = من دون صور تُفتح الرسائل أسرع وتستهلك بيانات أقل.
terms-images_on = صور في رسائلي
terms-look = المظهر
terms-text_more = النص العادي لبرامج البريد التي لا تعرض سواه.
terms-text_on = نص عادي فقط، بلا تنسيق
terms-save = حفظ
terms-save_later = حفظ لوقت لاحق
terms-pause = إيقاف مؤقت
terms-pause_more = هل ستغيب مدة؟
terms-until = حتى
terms-until_more = اليوم الذي تعود فيه النشرة؛ وتحمل أول نشرة بعده أفضل ما فاتك. إن تركته فارغًا دام التوقف حتى تستأنف.
terms-resume = استئناف الإرسال
terms-leave = إلغاء الاشتراك

# صفحات القارئ: الروابط بالبريد، والنشرات السابقة، والنشرات الأخرى، وما يُحفظ عنه.
link-title = أرسلوا إليّ روابطي
link-more = اكتب العنوان الذي تصلك عليه النشرة، تصلك عليه رسالة فيها روابط تفضيلاتك.
link-button = أرسل
link-lost = مشترك من قبل وضاع الرابط؟ اطلب إرساله إليك.
link-sent = انظر في صندوق بريدك
link-sent_more = إن كانت نشرة تصل إلى العنوان الذي كتبته فرسالة فيها روابطه في الطريق. لم تصل؟ انظر في مجلد الرسائل المزعجة، وتحقق من العنوان.
link-held = إن كانت نشرة تصل إلى العنوان الذي كتبته فرسالة فيها روابطه تنتظر لدينا: لا تخرج أي رسالة من هنا الآن، وستصل لاحقًا.

own-nav = المزيد لك
own-back = تفضيلاتك
own-day = { $date }
own-letters = النشرات السابقة
own-no_letters = لم تصل أي نشرة بعد.
own-older = نشرات أقدم
own-newest = أحدث النشرات
own-why = لماذا هذه المقالات
own-no_stories = لا تُحفظ مقالات من هذه النشرة.
own-feed = في قارئ الخلاصات
own-feed_more = النشرات نفسها في خلاصة خاصة. من كان عنده عنوانها استطاع قراءتها.
own-renew = عنوان جديد للخلاصة
own-renew_more = أعطيته أحدًا بالخطأ؟ العنوان الجديد يُنهي هذا.
own-renewed = للخلاصة عنوان جديد، وانتهى السابق.
own-less = أقل عن { $topic }
own-none = لا شيء بعد الآن عن { $topic }
own-never = لا يصلك شيء عن { $topic }.
own-turned = ابتداءً من النشرة القادمة، { $topic }: { $word }.
own-undo = تراجع
own-lists = نشرات أخرى
own-no_lists = لا توجد نشرة أخرى حاليًا.
own-lists_more = تصل هي أيضًا إلى { $address }. تشترك وتغادر بضغطة واحدة.
own-join_consent = توافق على أن تصلك { $list } بالبريد. يمكنك إلغاء الاشتراك بنقرة واحدة في كل نشرة.
own-joined = أنت مشترك في { $list }.
own-is_in = تصلك هذه النشرة.
own-leave = إلغاء الاشتراك
own-left = أُلغي اشتراكك في { $list }.
own-data = بياناتك وعنوانك
own-data_more = تُعاد الرسائل إلى آخرين ومعها روابطها. لهذه الخطوات الثلاث يُرسَل رابط جديد إلى { $address }، وهو صالح لساعة واحدة.
own-export = ما نحفظه عنك
own-export_more = عنوانك واختياراتك وموافقاتك وما أُرسل إليك: للاطلاع والتنزيل.
own-move = عنوان آخر
own-move_more = تصل النشرة بعدها إلى صندوق آخر، ويبقى ما أُرسل إليك معروفًا فلا يتكرر شيء.
own-forget = حذف كل شيء
own-forget_more = يُحذف كل ما نحفظه عنك، ولا تصل أي نشرة بعدها.
own-mail_link = أرسلوا إليّ الرابط
own-asked = انظر في صندوق بريدك
own-asked_more = رسالة فيها الرابط في الطريق إلى { $address }. لا يُرسَل منها إلا القليل في اليوم.
own-asked_held = رسالة فيها الرابط إلى { $address } تنتظر لدينا: لا تخرج أي رسالة من هنا الآن، وستصل لاحقًا.
own-not_reached = رفض صندوقك الرسائل أو أبلغ عنها، فلا يمكن إرسال رابط إليه. اكتب إلى الناشر.

fresh-export = ما نحفظه عنك
fresh-export_more = كل ما نحفظه الآن للعنوان { $address }.
fresh-subscriptions = الاشتراكات
fresh-terms = نسخ اختياراتك
fresh-receipts = إيصالات الموافقة
fresh-editions = النشرات، وأسباب عدم وصولها
fresh-events = أحداث أخرى
fresh-json = تنزيل بصيغة JSON
fresh-csv = تنزيل بصيغة CSV
fresh-move = عنوان آخر
fresh-new_address = عنوانك الجديد
fresh-move_button = متابعة
fresh-move_hint = تُرسَل إليه رسالة فيها رابط للتأكيد، ولا يتغير شيء قبل ذلك.
fresh-move_sent = انظر في الصندوق الجديد
fresh-move_sent_more = رسالة فيها رابط للتأكيد في الطريق إليه، وهو صالح لسبعة أيام؛ وحتى ذلك تصل النشرة إلى العنوان القديم. وإن كان العنوان مستعملًا هنا فلا يُرسَل إليه شيء.
fresh-move_sent_held = رسالة فيها رابط التأكيد تنتظر لدينا: لا تخرج أي رسالة من هنا الآن، وستصل لاحقًا. وإلى أن يتم التأكيد تصل النشرات إلى العنوان القديم.
fresh-moved = هل تريد أن تصلك { $list } على هذا العنوان؟
fresh-moved_to = ستصل النشرة إلى { $address }.
fresh-moved_button = نعم، أرسلوها إلى هنا
fresh-moved_hint = لم تكن أنت؟ لا تفعل شيئًا: يُنسى العنوان بعد سبعة أيام.
fresh-moved_done = تغيّر عنوانك
fresh-forget = هل يُحذف كل ما نحفظه عنك؟
fresh-forget_more = اشتراكاتك واختياراتك وإيصالاتك وما نعرفه مما أُرسل إليك، للعنوان { $address }، في كل نشرات هذا الناشر. ولا يمكن التراجع عن ذلك.
fresh-forget_button = نعم، احذفوا كل شيء
fresh-forget_hint = تبقى بصمة للعنوان تمنع أن يسجّله أحد نيابة عنك. ويمكنك الاشتراك من جديد بنفسك متى شئت.

terms-part-topics = المواضيع
terms-part-places = الأماكن
terms-part-cadence = الإيقاع
terms-part-hour = الساعة
terms-part-zone = المنطقة الزمنية
terms-part-length = الطول
terms-part-images = الصور
terms-part-language = اللغة
terms-part-text_only = النص العادي
terms-part-pause = التوقف

terms-wrong-weight_unknown = اختر إحدى الكلمات لـ: { $names }.
terms-wrong-hour_form = اكتب وقتًا مثل 07:30.
terms-wrong-hour_not_taken = لإيقاع «{ $cadence }» أوقاته الخاصة: اترك الساعة فارغة أو اختر إيقاعًا آخر.
terms-wrong-topics_gone = لم يعد متاحًا: { $names }. بقية اختياراتك كما تركتها: راجعها واحفظ مرة أخرى.
terms-wrong-places_gone = لم يعد متاحًا: { $names }. بقية اختياراتك كما تركتها: راجعها واحفظ مرة أخرى.
terms-wrong-zone_empty = اكتب منطقتك الزمنية: مدينة منها، مثل Asia/Riyadh.
terms-wrong-zone_unknown = لا توجد منطقة زمنية باسم «{ $zone }».
terms-wrong-zone_like = لا توجد منطقة زمنية باسم «{ $zone }». هل تقصد { $like }؟
terms-wrong-cadence_unknown = اختر أحد هذه الإيقاعات.
terms-wrong-length_unknown = اختر أحد الطولين.
terms-wrong-language_unknown = اختر إحدى هذه اللغات.
terms-wrong-until_form = اكتب يومًا مثل 2026-12-27.
terms-wrong-until_past = اختر يومًا بعد اليوم.
terms-wrong-until_far = اختر يومًا خلال سنتين، أو اترك الخانة فارغة واستأنف متى شئت.
terms-wrong-too_many = لا يمكن متابعة أكثر من { $most ->
    [zero] لا شيء
    [one] عنصر واحد
    [two] عنصرين
    [few] { $most } عناصر
    [many] { $most } عنصرًا
   *[other] { $most } عنصر
}.

# صندوق بريد على هيئة صفحات.
inbox-title = صندوق الوارد
inbox-more = كل ما وصل من نشرات، الأحدث أولًا.
inbox-page = الصفحة { $page } من { $pages }
inbox-newer = الأحدث
inbox-older = الأقدم
inbox-empty = لا نشرات بعد. تظهر هنا حال تسليمها.
inbox-subject = النشرة
inbox-to = القارئ
inbox-topics = يتابع
inbox-follows = يتابع { $topics }
inbox-size = الحجم
inbox-date = الوصول
inbox-kilobytes = { $n } كيلوبايت
inbox-came = { $date }، { $time } { $zone }
inbox-came_short = { $time } { $zone }
inbox-general = لا يتابع شيئًا بعينه
inbox-back = كل النشرات
inbox-html = النشرة
inbox-text = نص فقط
inbox-raw = المصدر
inbox-why = لماذا هذه الأخبار
inbox-screen = بعرض هذه الشاشة
inbox-wide = عريض (600)
inbox-narrow = هاتف (390)
inbox-day = كهذا الجهاز
inbox-night = داكن
inbox-width = العرض
inbox-light = الإضاءة
inbox-frame = النشرة كما يراها قارئها
inbox-no_part = ليس في النشرة جزء كهذا.
inbox-preferences = اختيارات هذا القارئ
inbox-unsubscribe = إلغاء اشتراك هذا القارئ
inbox-no_why = لا يوجد تفسير لهذه النشرة.
inbox-agrees = أُعيد الحساب مما حُفظ: الأخبار نفسها.
inbox-disagrees = أُعيد الحساب مما حُفظ: أخبار غير التي أُرسلت.
inbox-count = { $all ->
    [zero] لم يكن هناك ما يُختار ({ $chosen } من { $all }).
    [one] اختير { $chosen } من خبر واحد.
    [two] اختير { $chosen } من خبرين.
    [few] اختير { $chosen } من { $all } أخبار.
    [many] اختير { $chosen } من { $all } خبرًا.
   *[other] اختير { $chosen } من { $all } خبر.
}
inbox-left = ليس في هذه النشرة: { $n }
inbox-rank = الترتيب
inbox-story = الخبر
inbox-reason = السبب
inbox-age = العمر
inbox-slots = الإعلانات
inbox-slot_empty = بقي فارغًا
inbox-beside = جنبًا إلى جنب
inbox-budget = { $n } من { $budget } كيلوبايت
inbox-images = الصور
inbox-images_on = ظاهرة
inbox-images_off = مخفية
inbox-show = عرض
inbox-alone = هذه الرسالة وحدها
inbox-words = النص
inbox-styles = الأنماط
inbox-marks = الوسوم
inbox-pictures = الصور: { $n }
inbox-whole = الرسالة كاملة: { $size }
inbox-plain = النص العادي: { $size }
inbox-links = الروابط
inbox-checks = الفحوص
inbox-checks_none = لا ملاحظات
inbox-checks_found = { $n ->
    [zero] لا ملاحظات
    [one] ملاحظة واحدة
    [two] ملاحظتان
    [few] { $n } ملاحظات
    [many] { $n } ملاحظة
   *[other] { $n } ملاحظة
}
