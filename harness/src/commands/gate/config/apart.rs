//! Tells the workloads that are commands from those that are loops, before either is read.

use super::given::Wrong;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// The document, in which the workloads that have a command stand apart: their other keys are those of another job.
pub(super) fn apart(text: &str) -> Result<Spanned<DeTable<'_>>, Wrong> {
    let mut table = DeTable::parse(text).map_err(Wrong::from)?;
    let document = table.get_mut().iter_mut();
    let Some((_, value)) = document
        .into_iter()
        .find(|(key, _)| key.get_ref() == "workload")
    else {
        return Ok(table);
    };
    let at = value.span();
    let DeValue::Array(all) = value.get_mut() else {
        let message = "a workload is written with two brackets: [[workload]]".to_owned();
        return Err(Wrong { at, message });
    };
    let (mut loops, mut commands) = (DeArray::new(), DeArray::new());
    for one in std::mem::replace(all, DeArray::new()) {
        let keys = one.get_ref().as_table();
        let is_command =
            keys.is_some_and(|keys| keys.iter().any(|(key, _)| key.get_ref() == "command"));
        if is_command {
            commands.push(one);
        } else {
            loops.push(one);
        }
    }
    let mut both = DeTable::new();
    for (name, part) in [("loops", loops), ("commands", commands)] {
        let key = Spanned::new(at.clone(), Cow::Borrowed(name));
        both.insert(key, Spanned::new(at.clone(), DeValue::Array(part)));
    }
    *value.get_mut() = DeValue::Table(both);
    Ok(table)
}
