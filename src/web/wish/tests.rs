use super::*;
use crate::domain::ListId;
use crate::domain::time::CronExpr;

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn offer() -> Offer<'static> {
    let cadence = |id, name, expr| Cadence {
        id: CadenceId(id),
        list: ListId(1),
        name: slug(name),
        expr: CronExpr::parse(expr).unwrap(),
        calendar: crate::domain::time::Calendar::default(),
    };
    let topic = |t| Topic {
        slug: slug(t),
        name: t.to_owned(),
    };
    Offer {
        topics: vec![topic("city"), topic("sport")].leak(),
        places: vec![Place {
            slug: slug("port"),
            name: "Port".to_owned(),
        }]
        .leak(),
        cadences: vec![
            cadence(1, "daily", "0 7 * * *"),
            cadence(2, "hourly", "0 * * * *"),
        ]
        .leak(),
        languages: [("de", "Deutsch"), ("en", "English")]
            .map(|(tag, name)| (tag.to_owned(), name.to_owned()))
            .to_vec()
            .leak(),
        spoken: "de",
    }
}

fn before() -> Terms {
    let topic = |t, weight| TopicWeight {
        topic: slug(t),
        weight,
    };
    Terms {
        cadence: slug("daily"),
        hour: WallTime::new(6, 30),
        zone: Zone::parse("Europe/Berlin").unwrap(),
        language: "de".to_owned(),
        length: Length::Long,
        images: true,
        text_only: false,
        topics: vec![topic("gone", 700), topic("sport", 400)],
        places: vec![slug("hill"), slug("port")],
        resume_on: None,
    }
}

fn keys(wrong: Result<(Terms, CadenceId), Vec<Wrong>>) -> Vec<(Part, &'static str)> {
    wrong.unwrap_err().iter().map(|w| (w.part, w.key)).collect()
}

#[test]
fn an_untouched_form_asks_for_the_terms_as_they_are() {
    let (terms, cadence) = Typed::of(&before()).wish(&offer(), &before()).unwrap();
    assert_eq!((&terms, cadence), (&before(), CadenceId(1)));
    assert_eq!(changed(&before(), &terms), []);
}

#[test]
fn pictures_follow_the_box_and_a_form_without_it_leaves_them() {
    let mut typed = Typed::of(&before());
    for (images, expected, parts) in [
        (None, true, &[][..]),
        (Some(true), true, &[]),
        (Some(false), false, &[Part::Images]),
    ] {
        typed.images = images;
        let (terms, _) = typed.wish(&offer(), &before()).unwrap();
        assert_eq!(terms.images, expected);
        assert_eq!(changed(&before(), &terms), parts);
    }
}

#[test]
fn a_language_is_one_that_has_words_and_a_finer_tag_stays() {
    let before = Terms {
        language: "de-AT".to_owned(),
        ..before()
    };
    let mut typed = Typed::of(&before);
    for (language, expected, parts) in [
        ("", "de-AT", &[][..]),
        ("de", "de-AT", &[]),
        ("en", "en", &[Part::Language]),
    ] {
        typed.language = language.to_owned();
        let (terms, _) = typed.wish(&offer(), &before).unwrap();
        assert_eq!(terms.language, expected);
        assert_eq!(changed(&before, &terms), parts);
    }
    typed.language = "tlh".to_owned();
    let expected = [(Part::Language, "terms.wrong.language_unknown")];
    assert_eq!(keys(typed.wish(&offer(), &before)), expected);
}

#[test]
fn what_is_not_on_offer_any_more_stays_and_the_rest_follows_the_form() {
    let mut typed = Typed::of(&before());
    typed.topics = BTreeMap::from([("city".to_owned(), Weight::More)]);
    typed.places.clear();
    let (terms, _) = typed.wish(&offer(), &before()).unwrap();
    let topics: Vec<_> = terms
        .topics
        .iter()
        .map(|t| (t.topic.as_str(), t.weight))
        .collect();
    assert_eq!(topics, [("gone", 700), ("city", 900)]);
    assert_eq!(terms.places, [slug("hill")]);
    assert_eq!(changed(&before(), &terms), [Part::Topics, Part::Places]);
}

#[test]
fn a_topic_set_to_never_has_the_weight_of_nothing() {
    let mut typed = Typed::of(&before());
    typed.topics.insert("sport".to_owned(), Weight::Never);
    let (terms, _) = typed.wish(&offer(), &before()).unwrap();
    assert_eq!(terms.unwanted().collect::<Vec<_>>(), [&slug("sport")]);
    assert_eq!(terms.followed().count(), 1);
    let again = Typed::of(&terms);
    assert_eq!(again.topics["sport"], Weight::Never);
    let fields = "weight:sport=&weight:city=never&text_only=off&text_only=on";
    let form = Form::parse("application/x-www-form-urlencoded", fields.as_bytes()).unwrap();
    let read = Typed::read(&form);
    let said: Vec<_> = read.topics.iter().map(|(t, w)| (t.as_str(), *w)).collect();
    assert_eq!(said, [("city", Weight::Never)]);
    assert_eq!(read.text_only, Some(true));
}

#[test]
fn what_was_taken_off_meanwhile_is_named_and_not_dropped() {
    let mut typed = Typed::of(&before());
    typed.topics.insert("invented".to_owned(), Weight::More);
    typed
        .places
        .extend(["a", "b", "c", "d"].map(|p| p.repeat(50)));
    let wrong = typed.wish(&offer(), &before()).unwrap_err();
    let told: Vec<_> = wrong
        .iter()
        .map(|w| (w.part, w.values[0].1.as_str()))
        .collect();
    let places = ["a", "b", "c"].map(|p| p.repeat(40)).join(", ") + ", …";
    assert_eq!(
        told,
        [(Part::Topics, "invented"), (Part::Places, places.as_str())]
    );
}

#[test]
fn every_fault_is_named_at_its_part() {
    let typed = Typed {
        hour: "25:00".to_owned(),
        zone: "Europe/Berln".to_owned(),
        length: "epic\r\nX: y".to_owned(),
        cadence: "never".to_owned(),
        ..Typed::default()
    };
    let expected = [
        (Part::Cadence, "terms.wrong.cadence_unknown"),
        (Part::Hour, "terms.wrong.hour_form"),
        (Part::Zone, "terms.wrong.zone_like"),
        (Part::Length, "terms.wrong.length_unknown"),
    ];
    assert_eq!(keys(typed.wish(&offer(), &before())), expected);
}

#[test]
fn an_hour_goes_with_its_rhythm_or_is_refused() {
    let mut typed = Typed::of(&before());
    typed.cadence = "hourly".to_owned();
    let (terms, _) = typed.wish(&offer(), &before()).unwrap();
    assert_eq!(terms.hour, None, "the hour of the old rhythm");
    typed.hour = "09:00".to_owned();
    let expected = [(Part::Hour, "terms.wrong.hour_not_taken")];
    assert_eq!(
        keys(typed.wish(&offer(), &before())),
        expected,
        "an hour of their own"
    );
}
