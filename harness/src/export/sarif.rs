//! SARIF 2.1.0 (OASIS), for code scanning: what fails, with its rule, its place and a fingerprint.
//!
//! `ci/validate-exports.sh` holds it against the official schema and the rules that code scanning adds.

use super::{Case, Results, Rule, Status};
use harness_judge::attribution::fingerprint::digest;
use serde_json::{Value, json};

/// The document.
pub fn document(results: &Results) -> String {
    let told: Vec<&Case> = results
        .cases
        .iter()
        .filter(|case| matches!(case.status, Status::Fail | Status::Hidden))
        .collect();
    let mut rules: Vec<Rule> = told.iter().map(|case| case.rule).collect();
    rules.sort_unstable_by_key(|rule| rule.name());
    rules.dedup();
    let notifications: Vec<Value> = results
        .cases
        .iter()
        .filter(|case| case.status == Status::Inconclusive)
        .map(|case| {
            let text = format!("{}, {}: {}", case.of, case.name, case.message);
            json!({ "level": "error", "message": message(&text) })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "harness",
                "version": results.version,
                "rules": rules.iter().map(|rule| described(*rule)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                // A run that cannot tell was no success, whatever it found.
                "executionSuccessful": notifications.is_empty(),
                "exitCode": results.exit_code,
                "startTimeUtc": results.started_at,
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            // Where the repository is on the machine that reads this, only its reader knows.
            "originalUriBaseIds": {
                ROOT: { "description": message("The directory that the run was started in, which is the repository's") },
            },
            "results": told.iter().map(|case| result(case, &rules, results)).collect::<Vec<_>>(),
        }],
    });
    printable::json(&format!("{log:#}\n")).into_owned()
}

/// The name of the directory that paths are relative to.
const ROOT: &str = "%SRCROOT%";

/// A text as a message: braces would be places for arguments, and a text in brackets before one in parentheses a link.
fn message(text: &str) -> Value {
    json!({ "text": plain(text).replace('{', "{{").replace('}', "}}") })
}

/// A text from outside, as a person reads it.
fn plain(text: &str) -> String {
    printable::block(text).replace("](", "\\](")
}

fn described(rule: Rule) -> Value {
    let (text, help) = match rule {
        Rule::NewSite => (
            "Memory grows at a call site that the baseline does not know",
            "Free what the site takes, or bound it. If it has to grow, take it into the baseline with harness gate \
             --accept --reason TEXT.",
        ),
        Rule::GrownSite => (
            "A known call site grows faster than the best that was ever seen of it",
            "Look at what changed around the site. The baseline holds the least that was ever seen of it, and only \
             harness gate --accept --reason TEXT raises that.",
        ),
        Rule::Figure => (
            "A figure is above the best that was ever seen of it",
            "The sites of the same run say where it comes from. Only harness gate --accept --reason TEXT raises what is \
             allowed.",
        ),
        Rule::Budget => (
            "A budget is exceeded",
            "The budget stands in the gate's configuration, beside its workload. The sites of the same run say where the \
             memory goes.",
        ),
        Rule::Leak => (
            "Memory is lost, or grows although it should not",
            "The report of the run has the stack with its source lines, and how many bytes and blocks an iteration adds.",
        ),
        Rule::Suppression => (
            "A suppression is past its day",
            "See whether what it hides is mended. Remove it, or renew it with its reason.",
        ),
        Rule::Hidden => (
            "A suppression hides memory that grows or is lost",
            "The entry says why, and until when. Remove it when that is mended.",
        ),
        Rule::Measured | Rule::Control => (
            "A check of memory fails",
            "The report of the run says what was measured.",
        ),
    };
    json!({
        "id": rule.name(),
        "shortDescription": message(text),
        "fullDescription": message(&format!("{text}.")),
        "help": message(help),
        "defaultConfiguration": { "level": level(rule) },
    })
}

fn result(case: &Case, rules: &[Rule], results: &Results) -> Value {
    let text = format!("{}, {}: {}", case.of, case.name, case.message);
    let (file, line, function) = match &case.place.file {
        Some(file) => (file, case.place.line, case.place.function.as_deref()),
        None => (&results.fallback_file, None, None),
    };
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": artifact(file),
        "region": { "startLine": line.unwrap_or(1).max(1) },
    }});
    if let Some(function) = function {
        location["logicalLocations"] =
            json!([{ "name": printable::line(function), "kind": "function" }]);
    }
    // What code scanning knows a result by from one run to the next. It would take a hash of the line otherwise: the
    // same for all that have no place but the configuration.
    let site = case.fingerprint.as_deref();
    let known_by = [case.rule.name(), &case.of, &case.name]
        .into_iter()
        .chain(site);
    let mut fingerprints = json!({ "primaryLocationLineHash": digest(known_by) });
    if let Some(site) = site {
        fingerprints["leakSite/v1"] = json!(site);
    }
    let mut result = json!({
        "ruleId": case.rule.name(),
        "ruleIndex": rules.iter().position(|rule| *rule == case.rule),
        "level": level(case.rule),
        "message": message(&text),
        "locations": [location],
        "partialFingerprints": fingerprints,
    });
    if case.status == Status::Hidden {
        // Outside of the code, by an entry that somebody committed with its reason.
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": plain(&case.message),
            "location": location,
        }]);
    }
    result
}

/// What is hidden fails nothing.
fn level(rule: Rule) -> &'static str {
    if rule == Rule::Hidden {
        "note"
    } else {
        "error"
    }
}

/// A file: relative to the repository, or absolute.
fn artifact(path: &str) -> Value {
    if path.starts_with('/') {
        return json!({ "uri": format!("file://{}", uri(path)) });
    }
    json!({ "uri": uri(path), "uriBaseId": ROOT })
}

/// A path as a reference of RFC 3986, without the steps `.` and `..` where they can be taken: everything but letters,
/// digits, `/` and `-._~` is percent-encoded.
fn uri(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "." => {}
            ".." if steps.last().is_some_and(|last| !["", ".."].contains(last)) => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    let mut uri = String::with_capacity(path.len());
    for byte in steps.join("/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte))
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    if uri.is_empty() {
        // An empty reference is the document itself.
        uri.push('.');
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::results;
    use harness_model::Place;
    use proptest::prelude::*;

    fn read(results: &Results) -> Value {
        serde_json::from_str(&document(results)).unwrap()
    }

    #[test]
    fn what_fails_is_a_result_with_rule_place_and_fingerprint() {
        let run = &read(&results("grows", "src/a b.rs"))["runs"][0];
        let found = run["results"].as_array().unwrap();
        assert_eq!(found.len(), 2, "what failed, and what is hidden");
        assert_eq!(found[0]["ruleId"], "new-site");
        let place = &found[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/a%20b.rs");
        assert_eq!(place["region"]["startLine"], 7);
        assert_eq!(
            found[0]["partialFingerprints"]["leakSite/v1"],
            "0123456789abcdef"
        );
    }

    #[test]
    fn what_could_not_be_told_makes_the_invocation_no_success() {
        let mut told = results("grows", "a.rs");
        let invocation = read(&told)["runs"][0]["invocations"][0].clone();
        assert_eq!(invocation["executionSuccessful"], false);
        assert_eq!(
            invocation["toolExecutionNotifications"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        told.cases
            .retain(|case| case.status != Status::Inconclusive);
        assert_eq!(
            read(&told)["runs"][0]["invocations"][0]["executionSuccessful"],
            true
        );
    }

    #[test]
    fn what_is_hidden_is_a_suppressed_result_at_the_entry_that_hides_it() {
        let run = &read(&results("grows", "a.rs"))["runs"][0];
        let found = run["results"].as_array().unwrap();
        let suppressed = |result: &&Value| result["suppressions"].is_array();
        let hidden: Vec<&Value> = found.iter().filter(suppressed).collect();
        assert_eq!(hidden.len(), 1);
        assert_eq!(hidden[0]["ruleId"], "hidden");
        assert_eq!(hidden[0]["level"], "note");
        let suppression = &hidden[0]["suppressions"][0];
        assert_eq!(suppression["justification"], "grows");
        let place = &suppression["location"]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "suppressions/known.supp");
        assert_eq!(place["region"]["startLine"], 4);
    }

    /// What code scanning asks for beyond the schema.
    #[test]
    fn every_result_has_a_described_rule_a_place_and_a_fingerprint_of_its_own() {
        let mut told = results("grows", "a.rs");
        let mut failed = told.cases[1].clone();
        (failed.place, failed.fingerprint) = (Place::default(), None);
        for name in ["kept with zones", "anonymous memory at most"] {
            told.cases.push(Case {
                name: name.to_owned(),
                rule: Rule::Figure,
                ..failed.clone()
            });
        }
        let run = &read(&told)["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            for text in ["shortDescription", "fullDescription", "help"] {
                assert!(
                    rule[text]["text"]
                        .as_str()
                        .is_some_and(|text| !text.is_empty()),
                    "{rule}"
                );
            }
        }
        let mut fingerprints = Vec::new();
        for result in run["results"].as_array().unwrap() {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(result["ruleId"], rules[index]["id"]);
            let place = &result["locations"][0]["physicalLocation"];
            assert!(place["region"]["startLine"].as_u64() >= Some(1), "{result}");
            let base = place["artifactLocation"]["uriBaseId"].as_str().unwrap();
            assert!(run["originalUriBaseIds"][base].is_object(), "{base}");
            let fingerprint = result["partialFingerprints"]["primaryLocationLineHash"].as_str();
            fingerprints.push(fingerprint.unwrap().to_owned());
        }
        fingerprints.sort();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 4, "{fingerprints:?}");
    }

    #[test]
    fn a_fingerprint_outlives_moved_lines_and_other_figures() {
        let fingerprint = |message: &str, line| {
            let mut told = results(message, "a.rs");
            told.cases[1].place.line = line;
            read(&told)["runs"][0]["results"][0]["partialFingerprints"].clone()
        };
        assert_eq!(
            fingerprint("8 bytes", Some(7)),
            fingerprint("16 bytes", None)
        );
    }

    #[test]
    fn paths_are_relative_to_the_repository_or_whole() {
        for (path, expected) in [
            ("src/a b.rs", "src/a%20b.rs"),
            ("ci/../suppressions/known.supp", "suppressions/known.supp"),
            ("./../a.rs", "../a.rs"),
            ("a:b?c#d%e.rs", "a%3Ab%3Fc%23d%25e.rs"),
            ("münchen/𝕏.rs", "m%C3%BCnchen/%F0%9D%95%8F.rs"),
            ("", "."),
        ] {
            let artifact = artifact(path);
            assert_eq!(artifact["uri"], expected, "{path}");
            assert_eq!(artifact["uriBaseId"], ROOT, "{path}");
        }
        assert_eq!(
            artifact("/usr/lib/a b.so"),
            json!({ "uri": "file:///usr/lib/a%20b.so" })
        );
    }

    #[test]
    fn no_text_from_outside_is_a_link_or_hides() {
        let run = &read(&results("[passed](https://a/)\u{202e}\u{1b}", "a.rs"))["runs"][0];
        let shown = run["results"][0]["message"]["text"].as_str().unwrap();
        assert!(
            shown.ends_with("[passed\\](https://a/)\\u{{202e}}\\u{{1b}}"),
            "{shown}"
        );
    }

    proptest! {
        #[test]
        fn whatever_a_message_holds_the_document_reads_back(message in any::<String>(), file in any::<String>()) {
            let log = read(&results(&message, &file));
            let found = &log["runs"][0]["results"][0];
            let shown = found["message"]["text"].as_str().unwrap().replace("{{", "{").replace("}}", "}");
            prop_assert!(shown.ends_with(&plain(&message)));
            prop_assert!(!document(&results(&message, &file)).contains(|c| c != '\n' && printable::is_hidden(c)));
            let uri = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            let path = uri.strip_prefix("file://").unwrap_or(uri);
            let fits = |b: u8| b.is_ascii_graphic() && !b"<>\"{}|\\^` #?:".contains(&b);
            prop_assert!(path.bytes().all(fits), "{}", uri);
        }
    }
}
