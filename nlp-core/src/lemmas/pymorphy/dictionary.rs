//! A dictionary of pymorphy: words with the paradigms that inflect them, and how the endings of unknown words are inflected
//! (`pymorphy3/opencorpora_dict`).

use serde_json::Value;

use super::tags::{TagId, Tags};
use crate::error::{Error, FormatError};
use crate::files::PipelineFiles;
use crate::format;
use crate::format::dawg::{Dawg, Substitute};
use crate::frozen::frozen;

/// The version of the format that is read, up to the point. Both versions of pymorphy say the same.
const FORMAT: &str = "2";

/// Versions of pymorphy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Version {
    /// Counts of endings are numbers of 16 bits.
    Two,
    /// They are numbers of 32 bits.
    Three,
}

frozen!(hash Version);

/// A place in a paradigm: one form of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub paradigm: u16,
    pub index: u16,
}

/// A spelling of a word, and the forms that it is.
pub(super) type Spelling = (String, Vec<Place>);

/// A dictionary.
#[derive(Debug)]
pub(super) struct Dictionary {
    pub tags: Tags,
    version: Version,
    words: Dawg,
    /// For each beginning of paradigms: endings of words with counts and places.
    endings: Vec<Dawg>,
    /// How likely a word has a tag, in millionths.
    likelihoods: Option<Dawg>,
    /// Beginnings of paradigms.
    pub prefixes: Vec<String>,
    suffixes: Vec<String>,
    /// Paradigms, one after another: the suffixes of all forms, then their tags, then their prefixes.
    paradigms: Vec<u16>,
    /// Where each begins, and the last ends.
    starts: Vec<u32>,
    /// The most letters of an ending of unknown words.
    pub longest_ending: usize,
}

frozen!(Dictionary {
    tags,
    version,
    words,
    endings,
    likelihoods,
    prefixes,
    suffixes,
    paradigms,
    starts,
    longest_ending
});

impl Dictionary {
    /// Reads the dictionary in a directory.
    pub fn read(files: &dyn PipelineFiles, version: Version) -> Result<Dictionary, Error> {
        let meta = Meta::read(files)?;
        let tags: Vec<String> = texts(files, &meta.tags_file)?;
        let suffixes = texts(files, "suffixes.json")?;
        let dawg = |name: &str| {
            let dawg = Dawg::read(files.map(name)?);
            dawg.map_err(|e| e.in_file(&files.path(name)))
        };
        let endings = (0..meta.prefixes.len())
            .map(|prefix| dawg(&format!("prediction-suffixes-{prefix}.dawg")))
            .collect::<Result<_, _>>()?;
        let name = "paradigms.array";
        let (paradigms, starts) =
            read_paradigms(&files.read(name)?).map_err(|e| e.in_file(&files.path(name)))?;
        Ok(Dictionary {
            tags: Tags::new(&tags),
            version,
            words: dawg("words.dawg")?,
            endings,
            likelihoods: match meta.has_likelihoods {
                true => Some(dawg("p_t_given_w.intdawg")?),
                false => None,
            },
            prefixes: meta.prefixes,
            suffixes,
            paradigms,
            starts,
            longest_ending: meta.longest_ending,
        })
    }

    /// The spellings of a word that the dictionary has.
    pub fn word(&self, word: &str, substitute: Option<Substitute>) -> Vec<Spelling> {
        with_records(self.words.spellings(word, substitute), place)
    }

    /// The spellings of an ending that words with a paradigm's `prefix` have, each with counts and forms.
    pub fn ending(
        &self,
        prefix: usize,
        ending: &str,
        substitute: Option<Substitute>,
    ) -> Vec<(String, Vec<(u32, Place)>)> {
        let Some(endings) = self.endings.get(prefix) else {
            return Vec::new();
        };
        match self.version {
            Version::Two => {
                let spellings = endings.spellings(ending, substitute);
                with_records(spellings, |[a, b, rest @ ..]: [u8; 6]| {
                    (u32::from(u16::from_be_bytes([a, b])), place(rest))
                })
            }
            Version::Three => {
                let spellings = endings.spellings(ending, substitute);
                with_records(spellings, |[a, b, c, d, rest @ ..]: [u8; 8]| {
                    (u32::from_be_bytes([a, b, c, d]), place(rest))
                })
            }
        }
    }

    /// How likely the word has the tag, in millionths; `None` where the dictionary does not say that of any word.
    pub fn likelihood(&self, word: &str, tag: TagId) -> Option<u32> {
        let likelihoods = self.likelihoods.as_ref()?;
        let key = [word, ":", &self.tags.get(tag).text].concat();
        Some(likelihoods.number(key.as_bytes()).unwrap_or(0))
    }

    /// The tag of a form.
    pub fn tag(&self, place: Place) -> Option<TagId> {
        let paradigm = self.paradigm(place.paradigm)?;
        let tags = paradigm.get(paradigm.len() / 3..)?;
        self.tags
            .of_dictionary(*tags.get(usize::from(place.index))?)
    }

    /// The normal form of a word that is the form at `place`: the first of its paradigm.
    pub fn normal_form(&self, place: Place, word: &str) -> Option<String> {
        if place.index == 0 {
            return Some(word.to_owned());
        }
        let paradigm = self.paradigm(place.paradigm)?;
        let forms = paradigm.len() / 3;
        let prefix = |form: usize| {
            self.prefixes
                .get(usize::from(*paradigm.get(2 * forms + form)?))
        };
        let suffix = |form: usize| self.suffixes.get(usize::from(*paradigm.get(form)?));
        let form = usize::from(place.index);
        // As Python slices: whatever the letters there are.
        let skip = prefix(form)?.chars().count();
        let cut = suffix(form)?.chars().count();
        let letters = word.chars().count();
        let kept = letters.saturating_sub(cut).saturating_sub(skip);
        let stem: String = word.chars().skip(skip).take(kept).collect();
        Some([prefix(0)?, stem.as_str(), suffix(0)?].concat())
    }

    fn paradigm(&self, paradigm: u16) -> Option<&[u16]> {
        let paradigm = usize::from(paradigm);
        let start = *self.starts.get(paradigm)? as usize;
        let end = *self.starts.get(paradigm + 1)? as usize;
        self.paradigms.get(start..end)
    }
}

/// Spellings with what their records say.
fn with_records<const N: usize, R>(
    spellings: Vec<(String, Vec<[u8; N]>)>,
    record: impl Fn([u8; N]) -> R + Copy,
) -> Vec<(String, Vec<R>)> {
    let spellings = spellings.into_iter();
    spellings
        .map(|(spelling, records)| (spelling, records.into_iter().map(record).collect()))
        .collect()
}

fn place([a, b, c, d]: [u8; 4]) -> Place {
    Place {
        paradigm: u16::from_be_bytes([a, b]),
        index: u16::from_be_bytes([c, d]),
    }
}

/// What `meta.json` says.
struct Meta {
    prefixes: Vec<String>,
    longest_ending: usize,
    has_likelihoods: bool,
    tags_file: String,
}

impl Meta {
    fn read(files: &dyn PipelineFiles) -> Result<Meta, Error> {
        let name = "meta.json";
        let bad = |reason: String| FormatError::new(reason).in_file(&files.path(name));
        let content = format::json(&files.read(name)?).map_err(|e| e.in_file(&files.path(name)))?;
        // A list of pairs, or an object.
        let get = |key: &str| match &content {
            Value::Array(pairs) => {
                let mut pairs = pairs.iter().rev().filter_map(Value::as_array);
                pairs
                    .find(|pair| pair.first().is_some_and(|k| k == key))?
                    .get(1)
            }
            content => content.get(key),
        };
        let version = get("format_version")
            .and_then(Value::as_str)
            .unwrap_or("0.0");
        if version.split('.').next() != Some(FORMAT) {
            return Err(bad(format!(
                "is of version {version:?} of pymorphy's format, where {FORMAT} is read: install dictionaries for pymorphy3"
            )));
        }
        let options = get("compile_options");
        let prefixes = options.and_then(|options| options.get("paradigm_prefixes"));
        let prefixes = match prefixes {
            Some(prefixes) => strings(prefixes)
                .ok_or_else(|| bad("\"paradigm_prefixes\" is no list of texts".into()))?,
            None => texts(files, "paradigm-prefixes.json")?,
        };
        let longest = options.or_else(|| get("prediction_options"));
        let longest = longest.and_then(|options| options.get("max_suffix_length")?.as_u64());
        let longest = longest.and_then(|longest| usize::try_from(longest).ok());
        let longest = longest.filter(|longest| *longest <= 64);
        let tags_file = get("gramtab_formats").and_then(|formats| formats.get("opencorpora-int"));
        let tags_file = tags_file
            .and_then(Value::as_str)
            .filter(|name| !name.contains(['/', '\\']));
        Ok(Meta {
            prefixes,
            longest_ending: longest
                .ok_or_else(|| bad("has no number \"max_suffix_length\" up to 64".into()))?,
            has_likelihoods: get("P(t|w)").and_then(Value::as_bool).unwrap_or(false),
            tags_file: tags_file
                .ok_or_else(|| {
                    bad("names no file of tags in the format \"opencorpora-int\"".into())
                })?
                .to_owned(),
        })
    }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array()?.iter();
    items.map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A file with a list of texts in JSON.
fn texts(files: &dyn PipelineFiles, name: &str) -> Result<Vec<String>, Error> {
    let fault = |e: FormatError| e.in_file(&files.path(name));
    let content = format::json(&files.read(name)?).map_err(fault)?;
    strings(&content).ok_or_else(|| fault(FormatError::new("holds no list of texts")))
}

/// All paradigms in one array, and where each begins.
fn read_paradigms(bytes: &[u8]) -> Result<(Vec<u16>, Vec<u32>), FormatError> {
    let mut numbers = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let mut next = || {
        numbers
            .next()
            .ok_or_else(|| FormatError::new("ends within a paradigm"))
    };
    let count = next()?;
    let (mut paradigms, mut starts) = (Vec::new(), vec![0]);
    for _ in 0..count {
        for _ in 0..next()? {
            paradigms.push(next()?);
        }
        starts.push(paradigms.len() as u32);
    }
    paradigms.shrink_to_fit();
    Ok((paradigms, starts))
}
