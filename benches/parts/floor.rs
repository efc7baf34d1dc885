//! The floor under the reading of feeds: quick-xml alone, which walks through a document, resolves the
//! references in its texts and attributes, and keeps nothing.

use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// Walks through every document; octets of text.
pub fn walk(documents: &[Vec<u8>]) -> usize {
    documents.iter().map(|document| one(document)).sum()
}

fn one(document: &[u8]) -> usize {
    let Ok(text) = std::str::from_utf8(document) else {
        return 0;
    };
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut octets = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) | Err(_) => return octets,
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                octets += tag.name().as_ref().len();
                for attribute in tag.attributes().with_checks(false).flatten() {
                    octets += attribute.value.len();
                }
            }
            Ok(Event::Text(text)) => octets += text.len(),
            Ok(Event::CData(text)) => octets += text.len(),
            Ok(Event::GeneralRef(name)) => octets += name.len(),
            Ok(_) => {}
        }
    }
}
