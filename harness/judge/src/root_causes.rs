//! One root cause for the findings of one function: what it loses without zones and with them, and what live memory grows
//! by for it, are one leak and not three.

use harness_model::{Finding, FindingKind, Place};

/// Findings of one function, or those of which no function is known.
#[derive(Clone, Debug, PartialEq)]
pub struct RootCause<'f> {
    /// They, the gravest first; one or more.
    pub findings: Vec<&'f Finding>,
}

impl<'f> RootCause<'f> {
    /// The function with its file and its first line, where it is known.
    pub fn place(&self) -> Option<Place> {
        self.findings
            .iter()
            .find_map(|finding| finding.place.known())
    }

    /// The finding that says most: what is lost, and of that the most bytes.
    pub fn worst(&self) -> &'f Finding {
        self.findings[0]
    }

    /// Whether its blocks are lost, as far as anybody looked.
    pub fn is_lost(&self) -> bool {
        self.worst().kind == FindingKind::Lost
    }

    /// The names of the conditions under which it was found, in the order of the findings.
    pub fn conditions(&self) -> Vec<&'f str> {
        let mut names: Vec<&str> = Vec::new();
        for finding in &self.findings {
            if !names.contains(&finding.condition.as_str()) {
                names.push(&finding.condition);
            }
        }
        names
    }
}

/// The root causes of the findings that fail a run: what is lost first, and of each the most bytes.
pub fn root_causes(findings: &[Finding]) -> Vec<RootCause<'_>> {
    let mut causes: Vec<RootCause<'_>> = Vec::new();
    let mut failing: Vec<&Finding> = findings.iter().filter(|finding| finding.fails).collect();
    failing.sort_by(|a, b| {
        let is_held = |finding: &Finding| finding.kind != FindingKind::Lost;
        (is_held(a).cmp(&is_held(b))).then(b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration))
    });
    for finding in failing {
        let of = causes
            .iter_mut()
            .find(|cause| is_one(cause.findings[0], finding));
        match of {
            Some(cause) => cause.findings.push(finding),
            None => causes.push(RootCause {
                findings: vec![finding],
            }),
        }
    }
    causes
}

/// Whether two findings are of one function; tools cut its name and its path differently.
fn is_one(a: &Finding, b: &Finding) -> bool {
    match (&a.place.function, &b.place.function) {
        (Some(one), Some(other)) => {
            last_name(one) == last_name(other) && a.place.file == b.place.file
        }
        (None, None) => true,
        _ => false,
    }
}

/// `push` of `Vec<T>::push`.
pub fn last_name(function: &str) -> &str {
    function.rsplit("::").next().unwrap_or(function)
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Instrument;

    fn finding(kind: FindingKind, condition: &str, function: Option<&str>, bytes: f64) -> Finding {
        Finding {
            kind,
            fails: kind != FindingKind::StoreGrowth,
            condition: condition.to_owned(),
            evidence: Instrument::Counters,
            message: String::new(),
            place: Place {
                function: function.map(str::to_owned),
                file: function.map(|_| "a.rs".to_owned()),
                line: Some(7),
            },
            bytes_per_iteration: bytes,
            blocks_per_iteration: None,
            frames: Vec::new(),
        }
    }

    #[test]
    fn what_one_function_loses_in_both_loops_and_what_grows_for_it_is_one_cause() {
        let findings = [
            finding(FindingKind::Growth, "with zones", Some("resize"), 17.0),
            finding(
                FindingKind::Lost,
                "without zones",
                Some("Net::resize"),
                15.0,
            ),
            finding(FindingKind::Lost, "with zones", Some("resize"), 16.0),
            finding(FindingKind::StoreGrowth, "without zones", None, 90.0),
        ];
        let causes = root_causes(&findings);
        assert_eq!(causes.len(), 1);
        assert_eq!(causes[0].worst().bytes_per_iteration, 16.0);
        assert!(causes[0].is_lost());
        assert_eq!(causes[0].conditions(), ["with zones", "without zones"]);
        assert_eq!(causes[0].place().unwrap().to_string(), "resize (a.rs:7)");
    }

    #[test]
    fn two_functions_are_two_causes_and_growth_without_one_is_a_third() {
        let findings = [
            finding(FindingKind::Growth, "", None, 900.0),
            finding(FindingKind::Growth, "", Some("b"), 20.0),
            finding(FindingKind::Lost, "", Some("a"), 10.0),
        ];
        let order: Vec<f64> = root_causes(&findings)
            .iter()
            .map(|cause| cause.worst().bytes_per_iteration)
            .collect();
        assert_eq!(order, [10.0, 900.0, 20.0]);
        assert!(root_causes(&findings)[1].place().is_none());
    }
}
