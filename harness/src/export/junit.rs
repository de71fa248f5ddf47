//! JUnit XML as Jenkins, GitLab and pytest's readers take it: valid by `junit-10.xsd` of Jenkins' xUnit plugin and by the
//! stricter schema of Ant's JUnit tasks. `ci/validate-exports.sh` holds it against the first.

use super::{Case, Results, Status};
use std::fmt::Write;

/// The document.
pub fn document(results: &Results) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    // The form has no zone: the time is in UTC.
    let timestamp = results.started_at.trim_end_matches('Z');
    let (name, version) = (escape(&results.name), escape(&results.version));
    put(
        &mut xml,
        format_args!(
            "  <testsuite name=\"{name}\" package=\"harness\" id=\"0\" hostname=\"localhost\" tests=\"{}\" failures=\"{}\" \
             errors=\"{}\" skipped=\"{}\" time=\"{:.3}\" timestamp=\"{}\">\n    <properties>\n      \
             <property name=\"version\" value=\"{version}\"/>\n      <property name=\"exit code\" value=\"{}\"/>\n    \
             </properties>\n",
            results.cases.len(),
            results.count(Status::Fail),
            results.count(Status::Inconclusive),
            results.count(Status::Skipped) + results.count(Status::Hidden),
            results.seconds,
            escape(timestamp),
            results.exit_code
        ),
    );
    for case in &results.cases {
        one(&mut xml, case);
    }
    put(
        &mut xml,
        format_args!(
            "    <system-out>{}</system-out>\n    <system-err/>\n  </testsuite>\n</testsuites>\n",
            escape(&results.sentence)
        ),
    );
    xml
}

fn one(xml: &mut String, case: &Case) {
    put(
        xml,
        format_args!(
            "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
            escape(&case.of),
            escape(&case.name)
        ),
    );
    let message = escape(&case.message);
    let element = match case.status {
        Status::Pass => {
            put(xml, format_args!("/>\n"));
            return;
        }
        // Nothing in the form says that somebody hid a failure; what was skipped is at least shown with its reason.
        Status::Skipped | Status::Hidden => {
            put(
                xml,
                format_args!(">\n      <skipped message=\"{message}\"/>\n    </testcase>\n"),
            );
            return;
        }
        Status::Fail => "failure",
        Status::Inconclusive => "error",
    };
    let mut text = case.message.clone();
    let place = &case.place;
    if let Some(file) = &place.file {
        let line = place.line.map_or(String::new(), |line| format!(":{line}"));
        let function = place.function.as_deref().unwrap_or("an unknown function");
        text.push_str(&format!("\n{function} at {file}{line}"));
    }
    put(
        xml,
        format_args!(
            ">\n      <{element} type=\"{}\" message=\"{message}\">{}</{element}>\n    </testcase>\n",
            escape(case.rule.name()),
            escape(&text)
        ),
    );
}

fn put(xml: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = xml.write_fmt(arguments);
}

/// Text as XML takes it, in elements and in attributes. What XML 1.0 cannot hold, and what a person could not see, is
/// [made visible](printable::block).
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in printable::block(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            // In an attribute they would come back as blanks.
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::results;
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    /// Reads a document as another program would: elements with their attributes and texts.
    fn read(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        let mut elements = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    let attributes = start.attributes().map(|attribute| {
                        let attribute = attribute.unwrap();
                        let raw = attribute.value.to_string();
                        let value = quick_xml::escape::unescape(&raw).unwrap().into_owned();
                        (attribute.key.as_ref().to_owned(), value)
                    });
                    let name = start.name().as_ref().to_owned();
                    elements.push((name, attributes.collect()));
                }
                Event::Eof => return elements,
                _ => {}
            }
        }
    }

    fn attribute<'a>(element: &'a (String, Vec<(String, String)>), name: &str) -> &'a str {
        &element.1.iter().find(|(key, _)| key == name).unwrap().1
    }

    #[test]
    fn every_case_is_there_with_its_status() {
        let elements = read(&document(&results("grows", "src/a.rs")));
        let suite = &elements[1];
        assert_eq!(attribute(suite, "timestamp"), "2026-11-21T10:29:54");
        for (name, count) in [
            ("tests", "5"),
            ("failures", "1"),
            ("errors", "1"),
            ("skipped", "2"),
        ] {
            assert_eq!(attribute(suite, name), count, "{name}");
        }
        let names: Vec<&str> = elements.iter().map(|(name, _)| name.as_str()).collect();
        let expected = "testsuites testsuite properties property property testcase testcase failure testcase error \
                        testcase skipped testcase skipped system-out system-err";
        assert_eq!(names.join(" "), expected);
    }

    /// What the schemas ask for beyond the form: `ci/validate-exports.sh` tries the schemas themselves.
    #[test]
    fn every_attribute_that_a_schema_requires_is_there() {
        let elements = read(&document(&results("grows", "src/a.rs")));
        let required = [
            (
                "testsuite",
                "name package id hostname tests failures errors time timestamp",
            ),
            ("property", "name value"),
            ("testcase", "name classname time"),
            ("failure", "type message"),
            ("error", "type message"),
        ];
        for (element, attributes) in required {
            for of_that_name in elements.iter().filter(|(name, _)| name == element) {
                for name in attributes.split(' ') {
                    assert!(
                        !attribute(of_that_name, name).is_empty(),
                        "{element} {name}"
                    );
                }
            }
        }
    }

    #[test]
    fn no_character_that_xml_forbids_or_a_person_could_not_see_is_left() {
        let message = "\0\u{1b}[2J\u{9b}\u{202e}\u{fffe}]]>\n";
        let xml = document(&results(message, "\u{8}a.rs"));
        assert!(
            !xml.contains(|c| c != '\n' && printable::is_hidden(c)),
            "{xml:?}"
        );
        let elements = read(&xml);
        let failure = elements.iter().find(|(name, _)| name == "failure").unwrap();
        assert_eq!(attribute(failure, "message"), printable::block(message));
    }

    proptest! {
        #[test]
        fn whatever_a_message_holds_the_document_reads_back(message in any::<String>(), file in "\\PC{0,20}") {
            let elements = read(&document(&results(&message, &file)));
            let failure = elements.iter().find(|(name, _)| name == "failure").unwrap();
            let expected = printable::block(&message);
            prop_assert_eq!(attribute(failure, "message"), expected);
        }
    }
}
