//! What the objects of a call site are, and what holds them.

use harness_model::program::{ProgramSite, Through};
use harness_model::units::figure;

/// Types that are told; the rest are few.
const MOST_TYPES: usize = 3;

/// `bytearray, held by list jobs.KEPT, held by module jobs`; `None` where it is not known.
pub(super) fn tell(site: &ProgramSite) -> Option<String> {
    let types: Vec<String> = match site.objects.as_slice() {
        [] => return None,
        [one] => vec![one.name.clone()],
        several => several
            .iter()
            .take(MOST_TYPES)
            .map(|one| format!("{} ({:.0} %)", one.name, one.share * 100.0))
            .collect(),
    };
    let first = match site.held_by.first() {
        // The innermost object is named by what holds it.
        Some(object) if site.objects.len() == 1 => object.clone(),
        _ => types.join(", "),
    };
    let holders = site.held_by.iter().skip(1);
    let holders: Vec<String> = holders
        .map(|one| match one.as_str() {
            "unreferenced by Python" => ", which nothing of Python's refers to".to_owned(),
            one => format!(", held by {one}"),
        })
        .collect();
    Some(first + &holders.concat())
}

/// `189 B in 3 through spacy.vocab.Vocab._new_lexeme`: so often as much as an iteration gains.
pub(super) fn through(one: &Through, often: f64) -> String {
    format!(
        "{} B in {} through {}",
        figure(often * one.bytes_per_iteration),
        figure(often * one.blocks_per_iteration),
        one.function
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::program::{ObjectType, Resource};
    use harness_model::testing::program_growth;

    fn told(objects: &[(&str, f64)], held_by: &[&str]) -> Option<String> {
        let mut growth = program_growth(Resource::Heap, "work", 8.0);
        let mut site = growth.sites.remove(0);
        let object = |(name, share): &(&str, f64)| ObjectType {
            name: (*name).to_owned(),
            share: *share,
        };
        site.objects = objects.iter().map(object).collect();
        site.held_by = held_by.iter().map(|one| (*one).to_owned()).collect();
        tell(&site)
    }

    #[test]
    fn a_chain_is_told_from_the_object_outwards() {
        assert_eq!(told(&[], &[]), None);
        let one = [("bytearray", 1.0)];
        assert_eq!(
            told(&one, &["bytearray", "list jobs.KEPT", "module jobs"]).unwrap(),
            "bytearray, held by list jobs.KEPT, held by module jobs"
        );
        assert_eq!(
            told(&one, &["bytearray", "unreferenced by Python"]).unwrap(),
            "bytearray, which nothing of Python's refers to"
        );
        assert_eq!(told(&one, &[]).unwrap(), "bytearray");
    }

    #[test]
    fn several_types_are_told_with_their_shares() {
        let two = [("dict", 0.75), ("list", 0.25)];
        assert_eq!(
            told(&two, &["dict", "module jobs"]).unwrap(),
            "dict (75 %), list (25 %), held by module jobs"
        );
    }
}
