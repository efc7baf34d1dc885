use std::collections::BTreeSet;

use super::{Gazetteer, read};
use crate::domain::slug::Slug;
use crate::topics::rule::words::{Piece, Words};

const LIST: &str = "\
slug,name,kind,parent,aliases,ambiguous,latitude,longitude
us,United States,nation,,U.S.,,,
mn,Minnesota,state,us,MN|Minn.,,46.0,-94.6
mo,Missouri,state,us,MO|Mo.,,,
cass,Cass County,county,mn,,,,
remer,Remer,town,cass,,,47.05,-93.9
walker,Walker,town,cass,,true,,
springfield,Springfield,town,mo,,,,
springfield-mn,Springfield,town,mn,,,,
duluth,Duluth,town,mn,,,,
ia,Iowa,state,us,IA,,,
springfield-ia,Springfield,town,ia,,,,
";

fn found(title: &str, body: &str, home: Option<&str>) -> Vec<String> {
    let file = read(LIST, &BTreeSet::new());
    assert_eq!((file.refused, file.faults.len()), (0, 0));
    let words = Words::new(&Piece {
        title,
        body,
        ..Piece::default()
    });
    let home = home.map(|h| Slug::parse(h).expect("a slug"));
    let clues = Gazetteer::new(file.places).find(&words, home.as_ref());
    clues
        .iter()
        .map(|c| format!("{}: {}", c.place, c.why))
        .collect()
}

#[test]
fn a_dateline_places_a_story_and_what_holds_the_place_has_it_too() {
    let up = ["cass: holds remer", "mn: holds remer", "us: holds remer"];
    let got = found("Fair opens", "REMER, Minn. (AP) — The fair opened.", None);
    assert_eq!(got, [&["remer: dateline “REMER, Minn”"][..], &up].concat());
    let got = found("Fair opens", "Remer - The fair opened.", None);
    assert_eq!(got, [&["remer: dateline “Remer”"][..], &up].concat());
    let got = found("Fair opens", "The fair of Remer, MN opened.", None);
    assert_eq!(got, [&["remer: “Remer, MN” in the body"][..], &up].concat());
}

#[test]
fn a_name_that_several_places_share_needs_a_second_clue() {
    let first = |title, body, home| found(title, body, home).first().cloned();
    assert_eq!(
        first("Springfield votes", "Springfield went to the polls.", None),
        None
    );
    assert_eq!(
        first("Springfield votes", "Missouri looks at Springfield.", None).as_deref(),
        Some("springfield: title “Springfield”, with Missouri")
    );
    assert_eq!(
        first("Springfield votes", "It was quiet.", Some("duluth")).as_deref(),
        Some("springfield-mn: title “Springfield”, with the source’s home")
    );
    assert_eq!(
        first("A vote", "SPRINGFIELD, Ill. — It was quiet.", None),
        None
    );
    assert_eq!(
        first("A vote", "SPRINGFIELD, Mo. — It was quiet.", None).as_deref(),
        Some("springfield: dateline “SPRINGFIELD, Mo”")
    );
}

#[test]
fn a_state_that_is_named_with_a_place_decides_and_rules_the_others_out() {
    let places = |title, body, home| -> Vec<String> {
        let found = found(title, body, home).into_iter();
        found
            .filter_map(|c| c.split_once(':').map(|(place, _)| place.to_owned()))
            .collect()
    };
    let home = Some("springfield-mn");
    let body = "Springfield has a new mayor. Springfield will vote.";
    let got = places("Springfield, Iowa, mayor resigns", body, home);
    assert_eq!(got, ["springfield-ia", "ia", "us"]);
    // States that the list does not have rule out as well: in short, written out, in a dateline.
    for title in [
        "Springfield, Ill., mayor resigns",
        "Springfield, Illinois, mayor resigns",
    ] {
        assert_eq!(places(title, body, home), [""; 0], "{title}");
    }
    let fire = "SPRINGFIELD, Ore. - A fire broke out in Springfield. Springfield is dry.";
    assert_eq!(places("Fire in Springfield", fire, home), [""; 0]);
    let got = places("Fire in Springfield", body, home);
    assert_eq!(got.first().map(String::as_str), Some("springfield-mn"));
    let got = places("Fire in Duluth, Minnesota, is out", "It burnt.", None);
    assert_eq!(got.first().map(String::as_str), Some("duluth"));
}

#[test]
fn a_name_behind_a_title_or_a_given_name_is_somebodys() {
    for (title, body) in [
        ("Mr. Remer wins", "It was close."),
        (
            "John Remer wins race",
            "It was close. Remer smiled. Remer left.",
        ),
        (
            "Race is won",
            "Mrs. Remer won. Remer smiled, and Remer left.",
        ),
        ("Race is won by Dr. Duluth", "Duluth smiled."),
    ] {
        assert_eq!(found(title, body, None), [""; 0], "{title}");
    }
    for title in [
        "In Remer all is well",
        "Near Remer all is well",
        "Remer is well",
    ] {
        let found = found(title, "It was close.", None);
        assert!(
            found.first().is_some_and(|f| f.starts_with("remer:")),
            "{title}: {found:?}"
        );
    }
    // A second clue makes it a place.
    let found = found("John Remer wins", "In Cass County it was close.", None);
    assert!(
        found.first().is_some_and(|f| f.starts_with("remer:")),
        "{found:?}"
    );
}

#[test]
fn a_name_that_is_marked_or_somebodys_needs_a_second_clue() {
    assert_eq!(
        found("Walker wins", "Walker ran. Walker won.", None),
        [""; 0]
    );
    assert_eq!(
        found("Walker wins", "In Cass County the race was long.", None),
        [
            "walker: title “Walker”, with Cass County",
            "cass: body “Cass County”",
            "mn: holds walker",
            "us: holds walker"
        ]
    );
    assert_eq!(
        found("A race", "They met Jack Duluth, and Jack Duluth won.", None),
        [""; 0]
    );
    let duluth = found("A race in Duluth", "It was long.", None);
    assert_eq!(
        duluth.first().map(String::as_str),
        Some("duluth: title “Duluth”")
    );
}

#[test]
fn the_sources_home_stands_in_unless_a_dateline_says_elsewhere() {
    let got = found("Fair opens", "The fair opened.", Some("remer"));
    assert_eq!(
        got.first().map(String::as_str),
        Some("remer: the source is at home there")
    );
    assert_eq!(
        found("War", "MOSCOW (AP) — It went on.", Some("remer")),
        [""; 0]
    );
    let wire = found("A fair", "AP - It went on.", Some("remer"));
    assert_eq!(
        wire.first().map(String::as_str),
        Some("remer: the source is at home there")
    );
    assert_eq!(found("In the us", "mn and mo and remer", None), [""; 0]);
}

#[test]
fn a_list_is_read_from_csv_and_json_and_its_faults_say_where() {
    let json = "{\"name\":\"Île-de-France\",\"kind\":\"state\",\"aliases\":[\"Ile de France\"],\"other\":1}\n\
                {\"name\":\"Paris\",\"kind\":\"town\",\"parent\":\"le-de-france\",\"latitude\":48.9}\n";
    let file = read(json, &BTreeSet::new());
    assert_eq!(file.faults, []);
    assert_eq!(file.places[0].slug.as_str(), "le-de-france");
    assert_eq!(file.places[0].aliases, ["Ile de France"]);
    assert_eq!(file.places[1].latitude, Some(48.9));
    let bad = "name,kind,parent,latitude\n,town,,\nA,village,,\nB,town,nowhere,\nC,town,c,\n\
               D,town,,91\n\"E,town,,\nF,town,,\nF,town,,\n\"G, \"\"the\"\" town\",town,f,1\n";
    let file = read(bad, &BTreeSet::new());
    let faults: Vec<String> = file.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "line 7: a quote is not closed, or the line is too long",
            "line 2, name: a name takes 1 to 80 characters, in one line",
            "line 3, kind: `village` is none of town, county, state, nation",
            "line 6, latitude: it takes degrees from -90 to 90",
            "line 9, slug: `f` was there before; the first is kept",
            "line 4, parent: `nowhere` is no place of this list",
            "line 5, parent: `c` cannot hold itself",
        ]
    );
    let names: Vec<&str> = file.places.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["F", "G, \"the\" town"]);
    assert_eq!(file.refused, 7);
    let ring = "name,kind,parent\nB,town,c2\nC2,county,b\nD,town,c2\n東京,town,\n";
    let file = read(ring, &BTreeSet::new());
    let faults: Vec<String> = file.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "line 5, slug: no short name can be made from the name; give it one in `slug`",
            "line 2, parent: `c2` is itself within `b`",
            "line 3, parent: `b` is itself within `c2`",
        ]
    );
    let known = BTreeSet::from([Slug::parse("nowhere").expect("a slug")]);
    assert_eq!(read(bad, &known).places.len(), 3);
}
