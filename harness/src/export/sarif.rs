//! SARIF 2.1.0 (OASIS), for code scanning: what fails, with its rule, its place and a fingerprint.

use super::{Case, CaseStatus, Results};
use serde_json::{Value, json};

/// The document.
pub fn document(results: &Results) -> String {
    let failed: Vec<&Case> = results
        .cases
        .iter()
        .filter(|case| case.status == CaseStatus::Failed)
        .collect();
    let mut rules: Vec<&'static str> = failed.iter().map(|case| case.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let notifications: Vec<Value> = results
        .cases
        .iter()
        .filter(|case| case.status == CaseStatus::Inconclusive)
        .map(|case| {
            let text = format!("{}, {}: {}", case.of, case.name, case.message);
            json!({ "level": "error", "message": { "text": text } })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "harness",
                "version": results.version,
                "rules": rules.iter().map(|rule| described(rule)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                // A run that cannot tell was no success, whatever it found.
                "executionSuccessful": notifications.is_empty(),
                "exitCode": results.exit_code,
                "startTimeUtc": results.started_at,
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": failed.iter().map(|case| result(case, &rules, results)).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn described(rule: &str) -> Value {
    let text = match rule {
        "new-site" => "Memory grows at a call site that the baseline does not know",
        "grown-site" => "A known call site grows faster than the best that was ever seen of it",
        "figure" => "A figure is above the best that was ever seen of it",
        "budget" => "A budget is exceeded",
        "leak" => "Memory is lost, or grows although it should not",
        "suppression" => "A suppression is past its day",
        _ => "A check of memory fails",
    };
    json!({ "id": rule, "shortDescription": { "text": text }, "defaultConfiguration": { "level": "error" } })
}

fn result(case: &Case, rules: &[&str], results: &Results) -> Value {
    let text = format!("{}, {}: {}", case.of, case.name, case.message);
    let mut result = json!({
        "ruleId": case.rule,
        "ruleIndex": rules.iter().position(|rule| *rule == case.rule),
        "level": "error",
        "message": { "text": text },
    });
    let (file, line, function) = match &case.place {
        Some(place) => (Some(&place.file), place.line, place.function.as_deref()),
        None => (results.fallback_file.as_ref(), None, None),
    };
    if let Some(file) = file {
        let mut location = json!({ "physicalLocation": {
            "artifactLocation": { "uri": uri(file) },
            "region": { "startLine": line.unwrap_or(1).max(1) },
        }});
        if let Some(function) = function {
            location["logicalLocations"] = json!([{ "name": function, "kind": "function" }]);
        }
        result["locations"] = json!([location]);
    }
    if let Some(fingerprint) = &case.fingerprint {
        result["partialFingerprints"] = json!({ "leakSite/v1": fingerprint });
    }
    result
}

/// A path as a reference of RFC 3986: everything but letters, digits, `/` and `-._~` is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte))
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::super::testing::results;
    use super::*;
    use proptest::prelude::*;

    fn read(results: &Results) -> Value {
        serde_json::from_str(&document(results)).unwrap()
    }

    #[test]
    fn what_fails_is_a_result_with_rule_place_and_fingerprint() {
        let run = &read(&results("grows", "src/a b.rs"))["runs"][0];
        let found = run["results"].as_array().unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["ruleId"], run["tool"]["driver"]["rules"][0]["id"]);
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
            .retain(|case| case.status != CaseStatus::Inconclusive);
        assert_eq!(
            read(&told)["runs"][0]["invocations"][0]["executionSuccessful"],
            true
        );
    }

    proptest! {
        #[test]
        fn whatever_a_message_holds_the_document_reads_back(message in any::<String>(), file in any::<String>()) {
            let log = read(&results(&message, &file));
            let found = &log["runs"][0]["results"][0];
            prop_assert!(found["message"]["text"].as_str().unwrap().ends_with(&message));
            let uri = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            let fits = |b: u8| b.is_ascii_graphic() && !b"<>\"{}|\\^` #?:".contains(&b);
            prop_assert!(uri.bytes().all(fits), "{}", uri);
        }
    }
}
