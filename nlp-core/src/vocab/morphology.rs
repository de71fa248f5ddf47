//! Morphological features in the FEATS form of Universal Dependencies: `Case=Nom|Number=Sing`.

use std::collections::BTreeMap;

/// What stands for an analysis without features, where one was made.
pub(crate) const EMPTY: &str = "_";

/// The features of `feats` by field, the values of each sorted.
pub(crate) fn parse(feats: &str) -> BTreeMap<String, String> {
    if feats.is_empty() || feats == EMPTY {
        return BTreeMap::new();
    }
    let feature = |feature: &str| {
        let (field, values) = feature.split_once('=')?;
        let mut values: Vec<&str> = values.split(',').collect();
        values.sort_unstable();
        Some((field.to_owned(), values.join(",")))
    };
    feats.split('|').filter_map(feature).collect()
}

/// The features as one string, sorted; [`EMPTY`] where there are none.
pub(crate) fn format(features: &BTreeMap<String, String>) -> String {
    if features.is_empty() {
        return EMPTY.to_owned();
    }
    let mut pairs: Vec<String> = features
        .iter()
        .map(|(field, values)| format!("{field}={values}"))
        .collect();
    pairs.sort_unstable();
    pairs.join("|")
}

/// `feats` with features and values sorted, as tokens have it; `None` where spaCy would not read it, as a feature is no
/// field with values.
pub(crate) fn normalize(feats: &str) -> Option<String> {
    let well_formed = |feature: &str| feature.matches('=').count() == 1;
    let known = feats.is_empty() || feats == EMPTY || feats.split('|').all(well_formed);
    known.then(|| format(&parse(feats)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_and_their_values_are_sorted() {
        assert_eq!(
            format(&parse("Number=Sing|Case=Nom,Acc")),
            "Case=Acc,Nom|Number=Sing"
        );
    }

    #[test]
    fn what_is_no_field_with_values_is_no_analysis() {
        assert_eq!(normalize("B=2,1|A=x").as_deref(), Some("A=x|B=1,2"));
        assert_eq!(normalize("").as_deref(), Some("_"));
        assert_eq!(normalize("Sing"), None);
        assert_eq!(normalize("A=1=2"), None);
        assert_eq!(normalize("A=1|"), None);
    }

    #[test]
    fn an_analysis_without_features_has_a_name() {
        assert_eq!(format(&parse("")), "_");
        assert_eq!(format(&parse("_")), "_");
    }
}
