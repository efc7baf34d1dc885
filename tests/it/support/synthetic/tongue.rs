//! The languages of the newsroom: what its sentences are made of. The words are everyday ones and
//! the names are put together out of syllables, so that no real paper's text is in them.

use super::dice::Dice;

/// A language with its script: its words in two wordings each, and patterns to put them into.
/// Patterns name `{name}`, `{role}`, `{verb}`, `{thing}`, `{n}`, `{where}`, `{when}`.
#[derive(Debug)]
pub struct Tongue {
    /// BCP 47.
    pub tag: &'static str,
    syllables: &'static [&'static str],
    roles: &'static [[&'static str; 2]],
    verbs: &'static [[&'static str; 2]],
    things: &'static [[&'static str; 2]],
    whens: &'static [[&'static str; 2]],
    sentences: [&'static str; 3],
    headlines: [&'static str; 3],
    features: &'static [&'static str],
    /// Between two sentences.
    gap: &'static str,
}

/// Something that is so: told in any wording, it stays the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    name: String,
    place: String,
    role: usize,
    verb: usize,
    thing: usize,
    when: usize,
    n: u32,
}

impl Tongue {
    /// The language of a tag.
    pub fn of(tag: &str) -> &'static Tongue {
        TONGUES.iter().find(|t| t.tag == tag).expect("a language")
    }

    /// A made-up name.
    pub fn name(&self, dice: &mut Dice) -> String {
        let word = |dice: &mut Dice| {
            let parts = dice.between(2, 3);
            let word: String = (0..parts).map(|_| dice.one(self.syllables)).collect();
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string());
            first.unwrap_or_default() + letters.as_str()
        };
        let (first, second) = (word(dice), word(dice));
        format!(
            "{first}{}{second}",
            if self.gap.is_empty() { "・" } else { " " }
        )
    }

    /// Something new about one of these names. `subject` bends the things towards a subject: stories of
    /// one subject share them.
    pub fn fact(&self, names: &[String], place: &str, subject: usize, dice: &mut Dice) -> Fact {
        let things = self.things.len();
        let thing = match dice.in_thousand(600) {
            true => (subject * 3 + dice.below(3)) % things,
            false => dice.below(things),
        };
        Fact {
            name: names[dice.below(names.len())].clone(),
            place: place.to_owned(),
            role: dice.below(self.roles.len()),
            verb: dice.below(self.verbs.len()),
            thing,
            when: dice.below(self.whens.len()),
            n: dice.between(3, 9_999),
        }
    }

    /// A fact as a sentence in one of six wordings.
    pub fn sentence(&self, fact: &Fact, wording: usize) -> String {
        self.filled(self.sentences[wording % 3], fact, wording / 3 % 2)
    }

    /// A headline on a fact, in one of six wordings.
    pub fn headline(&self, fact: &Fact, wording: usize) -> String {
        self.filled(self.headlines[wording % 3], fact, wording / 3 % 2)
    }

    /// Sentences as one text.
    pub fn text(&self, sentences: &[String]) -> String {
        sentences.join(self.gap)
    }

    /// The standing headline of a regular feature.
    pub fn feature(&self, n: usize) -> &'static str {
        self.features[n % self.features.len()]
    }

    fn filled(&self, pattern: &str, fact: &Fact, wording: usize) -> String {
        let text = pattern
            .replace("{name}", &fact.name)
            .replace("{role}", self.roles[fact.role][wording])
            .replace("{verb}", self.verbs[fact.verb][wording])
            .replace("{thing}", self.things[fact.thing][wording])
            .replace("{when}", self.whens[fact.when][wording])
            .replace("{where}", &fact.place)
            .replace("{n}", &fact.n.to_string());
        let mut letters = text.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    }
}

const TONGUES: &[Tongue] = &[
    Tongue {
        tag: "en",
        syllables: &[
            "bar", "dell", "cor", "win", "hal", "mer", "tol", "rin", "ash", "vey", "lor", "pen",
            "gat", "sle", "nor", "wick", "tam", "bry", "eck", "ful", "gra", "hew", "jos", "kil",
        ],
        roles: &[
            ["the harbour master", "the port's chief"],
            ["a council member", "a town councillor"],
            ["the headteacher", "the school's head"],
            ["the club's captain", "the team's leader"],
            ["a union speaker", "a workers' speaker"],
            ["the inspector", "the examiner"],
            ["the festival's director", "the head of the festival"],
            ["a witness", "an onlooker"],
        ],
        verbs: &[
            ["turned down", "refused"],
            ["signed off", "approved"],
            ["delayed", "put off"],
            ["praised", "spoke well of"],
            ["questioned", "cast doubt on"],
            ["promised", "gave their word on"],
            ["found fault with", "criticised"],
            ["reopened", "opened again"],
            ["sold", "parted with"],
            ["halted", "stopped"],
        ],
        things: &[
            ["the new ferry line", "the ferry service"],
            ["the flood barrier", "the tide gate"],
            ["the bus depot", "the garage for buses"],
            ["a plan for the market hall", "the market hall scheme"],
            ["the transfer fee", "the price of the player"],
            ["the season's calendar", "the list of fixtures"],
            ["the rent ceiling", "the cap on rents"],
            ["a grant for the library", "the library's funding"],
            ["the hospital's night shift", "night work at the hospital"],
            ["the data centre", "the server halls"],
            ["a string quartet's tour", "concerts of the quartet"],
            ["the wind farm", "the turbines off the coast"],
            ["the crime figures", "the count of offences"],
            ["a bridge repair", "work on the bridge"],
            ["the fishing quota", "the limit on catches"],
            ["the old brewery", "the former brewhouse"],
        ],
        whens: &[
            ["on Monday evening", "late on Monday"],
            ["after a long hearing", "when the hearing was over"],
            ["before the vote", "ahead of the ballot"],
            ["in spite of protests", "although people protested"],
            ["within the hour", "less than an hour later"],
            ["for the second time", "once more"],
        ],
        sentences: [
            "{name}, {role}, {verb} {thing} in {where} {when}; {n} people are affected.",
            "{when}, {role} {name} {verb} {thing}, which matters to {n} households around {where}.",
            "According to figures from {where}, {n} were counted {when} after {name}, {role}, {verb} {thing}.",
        ],
        headlines: [
            "{name} {verb} {thing} in {where}",
            "{where}: {role} {verb} {thing}",
            "Why {role} {verb} {thing}, and what {n} people say",
        ],
        features: &[
            "The weather for the coast today",
            "Letters to the editor this morning",
            "Five things to know before you go out",
        ],
        gap: " ",
    },
    Tongue {
        tag: "de",
        syllables: &[
            "hof", "mann", "bert", "lind", "stein", "auer", "gel", "dorf", "küh", "wald", "rei",
            "sch", "meis", "ter", "fö", "bach", "kro", "ner", "zim", "vog", "tel", "hei", "der",
        ],
        roles: &[
            ["die Hafenmeisterin", "die Leiterin des Hafens"],
            ["ein Stadtrat", "ein Mitglied des Rates"],
            ["der Schulleiter", "der Rektor"],
            ["die Kapitänin", "die Spielführerin"],
            ["ein Sprecher der Gewerkschaft", "ein Gewerkschafter"],
            ["die Prüferin", "die Gutachterin"],
            ["der Intendant", "der Leiter des Hauses"],
            ["eine Zeugin", "eine Beobachterin"],
        ],
        verbs: &[
            ["lehnt ab", "weist zurück"],
            ["genehmigt", "bewilligt"],
            ["verschiebt", "vertagt"],
            ["lobt", "begrüßt"],
            ["bezweifelt", "stellt in Frage"],
            ["verspricht", "sagt zu"],
            ["kritisiert", "bemängelt"],
            ["eröffnet erneut", "öffnet wieder"],
            ["verkauft", "veräußert"],
            ["stoppt", "hält an"],
        ],
        things: &[
            ["die neue Fährlinie", "den Fährdienst"],
            ["das Sperrwerk", "das Fluttor"],
            ["das Busdepot", "den Betriebshof"],
            ["den Plan für die Markthalle", "das Vorhaben Markthalle"],
            ["die Ablösesumme", "den Preis des Spielers"],
            ["den Spielplan der Saison", "die Termine der Liga"],
            ["den Mietendeckel", "die Obergrenze für Mieten"],
            ["den Zuschuss der Bücherei", "das Geld für die Bibliothek"],
            [
                "die Nachtschicht im Krankenhaus",
                "den Nachtdienst der Klinik",
            ],
            ["das Rechenzentrum", "die Serverhallen"],
            ["die Reise des Quartetts", "die Konzerte des Quartetts"],
            ["den Windpark", "die Windräder vor der Küste"],
            ["die Kriminalstatistik", "die Zahl der Straftaten"],
            ["die Sanierung der Brücke", "die Arbeiten an der Brücke"],
            ["die Fangquote", "die Grenze für den Fang"],
            ["die alte Brauerei", "das frühere Sudhaus"],
        ],
        whens: &[
            ["am Montagabend", "spät am Montag"],
            ["nach langer Anhörung", "als die Anhörung vorbei war"],
            ["vor der Abstimmung", "ehe gewählt wird"],
            ["trotz der Proteste", "obwohl viele dagegen sind"],
            ["binnen einer Stunde", "keine Stunde später"],
            ["zum zweiten Mal", "noch einmal"],
        ],
        sentences: [
            "{name}, {role}, {verb}: {thing} in {where}, {when}; {n} Menschen sind betroffen.",
            "{when} {verb} {role} {name} {thing}, und das zählt für {n} Haushalte rund um {where}.",
            "Nach Zahlen aus {where} waren es {n}, als {name}, {role}, {when} entschied: {verb} {thing}.",
        ],
        headlines: [
            "{name} {verb} {thing} in {where}",
            "{where}: {role} {verb} {thing}",
            "Warum {role} {verb} {thing}, und was {n} Menschen sagen",
        ],
        features: &[
            "Das Wetter an der Küste heute",
            "Leserbriefe an diesem Morgen",
        ],
        gap: " ",
    },
    Tongue {
        tag: "ru",
        syllables: &[
            "ва", "рин", "ко", "лев", "то", "мак", "се", "дин", "бо", "рис", "ла", "нов", "ми",
            "шин", "гра", "чёв", "ду", "бин", "ель", "ник", "пет", "ров", "со", "кол",
        ],
        roles: &[
            ["начальник порта", "глава порта"],
            ["депутат совета", "член совета"],
            ["директор школы", "глава школы"],
            ["капитан команды", "вожак команды"],
            ["представитель профсоюза", "голос рабочих"],
            ["инспектор", "проверяющий"],
        ],
        verbs: &[
            ["отклоняет", "не принимает"],
            ["одобряет", "утверждает"],
            ["откладывает", "переносит"],
            ["хвалит", "приветствует"],
            ["критикует", "ругает"],
            ["обещает", "гарантирует"],
            ["продаёт", "уступает"],
            ["останавливает", "прекращает"],
        ],
        things: &[
            ["новую линию парома", "паромную переправу"],
            ["защиту от наводнений", "водяные ворота"],
            ["автобусный парк", "гараж автобусов"],
            ["план крытого рынка", "проект рынка"],
            ["цену игрока", "сумму перехода"],
            ["календарь сезона", "список матчей"],
            ["предел аренды", "потолок цен на жильё"],
            ["деньги для библиотеки", "помощь библиотеке"],
            ["ночные смены больницы", "ночную работу врачей"],
            ["центр данных", "залы серверов"],
            ["ремонт моста", "работы на мосту"],
            ["квоту на рыбу", "предел улова"],
        ],
        whens: &[
            ["в понедельник вечером", "поздно в понедельник"],
            ["после долгих слушаний", "когда слушания кончились"],
            ["перед голосованием", "накануне выборов"],
            ["несмотря на протесты", "хотя люди протестуют"],
            ["во второй раз", "снова"],
        ],
        sentences: [
            "{name}, {role}, {verb} {thing} в {where} {when}; это касается {n} человек.",
            "{when} {role} {name} {verb} {thing}, что важно для {n} семей вокруг {where}.",
            "По данным из {where}, {when} насчитали {n}, и {name}, {role}, {verb} {thing}.",
        ],
        headlines: [
            "{name} {verb} {thing} в {where}",
            "{where}: {role} {verb} {thing}",
            "Почему {role} {verb} {thing}, и что говорят {n} жителей",
        ],
        features: &["Погода на побережье сегодня", "Письма читателей этим утром"],
        gap: " ",
    },
    Tongue {
        tag: "ar",
        syllables: &[
            "سا", "مر", "نو", "را", "حا", "زم", "با", "دي", "لي", "فا", "رس", "طا", "هر", "كا",
            "وا", "ئل", "جا", "بر",
        ],
        roles: &[
            ["مدير الميناء", "رئيس المرفأ"],
            ["عضو المجلس", "أحد نواب البلدية"],
            ["مدير المدرسة", "ناظر المدرسة"],
            ["قائد الفريق", "كابتن اللاعبين"],
            ["متحدث النقابة", "ممثل العمال"],
            ["المفتش", "الخبير"],
        ],
        verbs: &[
            ["يرفض", "لا يقبل"],
            ["يوافق على", "يقر"],
            ["يؤجل", "يرجئ"],
            ["يمدح", "يرحب بـ"],
            ["ينتقد", "يعترض على"],
            ["يبيع", "يتخلى عن"],
            ["يوقف", "ينهي"],
        ],
        things: &[
            ["خط العبارة الجديد", "خدمة العبارات"],
            ["حاجز الفيضان", "بوابة المد"],
            ["موقف الحافلات", "مرآب الحافلات"],
            ["خطة السوق المسقوف", "مشروع السوق"],
            ["سعر اللاعب", "رسوم الانتقال"],
            ["جدول الموسم", "قائمة المباريات"],
            ["سقف الإيجار", "حد الإيجارات"],
            ["منحة المكتبة", "تمويل المكتبة"],
            ["مركز البيانات", "قاعات الخوادم"],
            ["إصلاح الجسر", "أعمال الجسر"],
            ["حصة الصيد", "حد الصيد"],
        ],
        whens: &[
            ["مساء الاثنين", "في وقت متأخر من الاثنين"],
            ["بعد جلسة طويلة", "حين انتهت الجلسة"],
            ["قبل التصويت", "عشية الاقتراع"],
            ["رغم الاحتجاج", "مع أن الناس احتجوا"],
            ["للمرة الثانية", "مرة أخرى"],
        ],
        sentences: [
            "{name}، {role}، {verb} {thing} في {where} {when}، والأمر يخص {n} شخصا.",
            "{when} {role} {name} {verb} {thing}، وهذا يهم {n} أسرة حول {where}.",
            "بحسب أرقام من {where} بلغ العدد {n} {when}، و{name}، {role}، {verb} {thing}.",
        ],
        headlines: [
            "{name} {verb} {thing} في {where}",
            "{where}: {role} {verb} {thing}",
            "لماذا {role} {verb} {thing}، وماذا يقول {n} من السكان",
        ],
        features: &["الطقس على الساحل اليوم", "رسائل القراء هذا الصباح"],
        gap: " ",
    },
    Tongue {
        tag: "ja",
        syllables: &[
            "山", "川", "田", "中", "村", "木", "石", "森", "島", "原", "野", "谷", "井", "浜",
            "沢", "崎", "橋", "松",
        ],
        roles: &[
            ["港の所長", "港湾の責任者"],
            ["市議会議員", "議会の一員"],
            ["校長", "学校の長"],
            ["主将", "チームの代表"],
            ["組合の広報", "労組の担当者"],
            ["検査官", "調査の担当者"],
        ],
        verbs: &[
            ["退けた", "断った"],
            ["承認した", "認めた"],
            ["延期した", "先送りにした"],
            ["評価した", "歓迎した"],
            ["批判した", "問題にした"],
            ["売却した", "手放した"],
            ["停止した", "止めた"],
        ],
        things: &[
            ["新しい渡し船の航路", "連絡船の便"],
            ["高潮を防ぐ水門", "潮止めの堤"],
            ["バスの車庫", "バス基地"],
            ["市場の再建計画", "市場の建て替え案"],
            ["移籍金", "選手の契約額"],
            ["今季の日程", "試合の予定"],
            ["家賃の上限", "賃料の制限"],
            ["図書館の補助金", "図書館への支援"],
            ["病院の夜勤", "夜間の診療体制"],
            ["橋の補修", "橋の工事"],
            ["漁獲枠", "水揚げの制限"],
        ],
        whens: &[
            ["月曜の夜に", "月曜遅く"],
            ["長い公聴会の後で", "公聴会が終わると"],
            ["採決を前に", "投票に先立ち"],
            ["反対の声の中で", "抗議にもかかわらず"],
            ["二度目に", "再び"],
        ],
        sentences: [
            "{where}で{when}、{role}の{name}さんは{thing}を{verb}。影響は{n}人に及ぶ。",
            "{role}の{name}さんが{thing}を{verb}ことは、{when}、{where}の{n}世帯に知らされた。",
            "{where}の集計では{n}件で、{when}、{name}さん({role})が{thing}を{verb}という。",
        ],
        headlines: [
            "{name}さん、{where}の{thing}を{verb}",
            "{where}の{role}が{thing}を{verb}",
            "{role}が{thing}を{verb}理由と{n}人の声",
        ],
        features: &[
            "沿岸のきょうの天気をお伝えします",
            "けさの読者からの手紙を紹介します",
        ],
        gap: "",
    },
];
