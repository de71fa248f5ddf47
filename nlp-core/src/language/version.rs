//! Which versions of spaCy a pipeline was made for: `spacy_version` in its `meta.json`, a requirement as pip reads it.

use serde_json::Value;

/// The newest version of spaCy whose pipelines are known to run: its major and minor numbers.
const NEWEST: [u64; 2] = [3, 8];

/// What to say of a pipeline that was made for a newer spaCy than is known. Of one for an older version spaCy warns as
/// well, and it runs here as it does there.
pub(super) fn warning(meta: &Value) -> Option<String> {
    let wanted = meta.get("spacy_version")?.as_str()?;
    let least = wanted.split(',').filter_map(lower_bound).max()?;
    (least > NEWEST).then(|| {
        let [major, minor] = NEWEST;
        format!(
            "the pipeline was made with spaCy {wanted}, and nothing newer than {major}.{minor} is known here: what it says may not be what that says"
        )
    })
}

/// The major and minor number of the lowest version that a clause lets through, as `>=3.7.5` does, `==3.8.1`, `~=3.8` or
/// a version alone.
fn lower_bound(clause: &str) -> Option<[u64; 2]> {
    let clause = clause.trim();
    let version = [">=", "===", "==", "~=", ">"]
        .iter()
        .find_map(|operator| clause.strip_prefix(operator))
        .unwrap_or(clause)
        .trim_start();
    let mut numbers = version.split('.').map(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        part[..digits].parse().ok()
    });
    Some([numbers.next()??, numbers.next().flatten().unwrap_or(0)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_newer_spacy_is_told_and_no_other() {
        for (wanted, told) in [
            (">=3.0.0,<3.1.0", false),
            (">=3.7.5,<3.9.0", false),
            (">=3.8.14,<3.9.0", false),
            ("3.8.1", false),
            ("~=3.8", false),
            ("<4.0", false),
            ("any", false),
            ("", false),
            (">=3.9.0,<3.10.0", true),
            ("<3.11, >=3.10.0.dev1", true),
            ("==4.0.0a1", true),
            ("4", true),
        ] {
            let said = warning(&json!({ "spacy_version": wanted }));
            assert_eq!(said.is_some(), told, "{wanted}: {said:?}");
        }
        assert_eq!(warning(&Value::Null), None);
    }
}
