//! `vectors.cfg`: how word vectors are looked up (`spacy/vectors.pyx`).

use serde_json::Value;

use crate::error::FormatError;
use crate::frozen::{Frozen, Walk, frozen};

/// What the file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How a word finds its vector.
    pub mode: Mode,
    /// spaCy's number of the attribute by which tokens are looked up.
    pub attr: u64,
}

/// How a word finds its vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// It has a row, or none.
    Default,
    /// Its parts have rows.
    Floret(Ngrams),
}

/// The parts of a word that have rows in floret's tables, and how they are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ngrams {
    /// The shortest parts, in code points.
    pub minn: usize,
    /// The longest parts.
    pub maxn: usize,
    /// The rows of a part, at most 4.
    pub hash_count: usize,
    /// The seed of the hash that names them.
    pub hash_seed: u32,
    /// What is put before a word.
    pub bow: String,
    /// What is put after it.
    pub eow: String,
}

frozen!(Ngrams {
    minn,
    maxn,
    hash_count,
    hash_seed,
    bow,
    eow
});

impl Frozen for Mode {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Mode::Default => walk.word(0),
            Mode::Floret(ngrams) => {
                walk.word(1);
                ngrams.visit(walk);
            }
        }
    }
}

/// The number of the attribute `ORTH`: the word as it stands in the text.
const ORTH: u64 = 65;

impl Default for Settings {
    /// Those of pipelines that were trained before the file was written.
    fn default() -> Self {
        Settings {
            mode: Mode::Default,
            attr: ORTH,
        }
    }
}

impl Settings {
    /// Reads the file.
    ///
    /// # Errors
    /// If the bytes are no JSON object with a known mode and settings that it can have.
    pub fn read(bytes: &[u8]) -> Result<Settings, FormatError> {
        let settings = super::json(bytes)?;
        let mode = match settings.get("mode").map(Value::as_str) {
            None if settings.is_object() => "default",
            Some(Some(mode)) => mode,
            _ => "",
        };
        let mode = match mode {
            "default" => Mode::Default,
            "floret" => Mode::Floret(Ngrams {
                minn: number(&settings, "minn", 0)? as usize,
                maxn: number(&settings, "maxn", 0)? as usize,
                hash_count: number(&settings, "hash_count", 0)?.min(4) as usize,
                hash_seed: number(&settings, "hash_seed", 0)?,
                bow: text(&settings, "bow", "<")?,
                eow: text(&settings, "eow", ">")?,
            }),
            _ => {
                return Err(FormatError::new(
                    "\"mode\" is neither \"default\" nor \"floret\"",
                ));
            }
        };
        let attr = number(&settings, "attr", ORTH as u32)?.into();
        Ok(Settings { mode, attr })
    }
}

/// A whole number of 32 bits.
fn number(settings: &Value, key: &str, default: u32) -> Result<u32, FormatError> {
    let Some(value) = settings.get(key) else {
        return Ok(default);
    };
    let number = value.as_u64().and_then(|number| number.try_into().ok());
    number.ok_or_else(|| {
        FormatError::new(format!(
            "\"{key}\" should be a whole number of 32 bits, and is {value}"
        ))
    })
}

fn text(settings: &Value, key: &str, default: &str) -> Result<String, FormatError> {
    let Some(value) = settings.get(key) else {
        return Ok(default.to_owned());
    };
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| FormatError::new(format!("\"{key}\" should be text, and is {value}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_told_apart() {
        let read = Settings::read;
        assert_eq!(
            read(b"{\"mode\": \"default\"}").unwrap(),
            Settings::default()
        );
        assert_eq!(read(b"{}").unwrap(), Settings::default());
        assert!(read(b"{\"mode\": 1}").is_err());
        assert!(read(b"{\"mode\": \"glove\"}").is_err());
        assert!(read(b"[]").is_err());
    }

    #[test]
    fn settings_of_floret_are_read_with_spacys_defaults() {
        let floret = Settings::read(
            br#"{"mode": "floret", "minn": 4, "maxn": 5, "hash_count": 2, "hash_seed": 2166136261, "bow": "<", "eow": "]", "attr": 67}"#,
        );
        let ngrams = Ngrams {
            minn: 4,
            maxn: 5,
            hash_count: 2,
            hash_seed: 2_166_136_261,
            bow: "<".into(),
            eow: "]".into(),
        };
        let settings = Settings {
            mode: Mode::Floret(ngrams),
            attr: 67,
        };
        assert_eq!(floret.unwrap(), settings);
        let Mode::Floret(least) = Settings::read(b"{\"mode\": \"floret\"}").unwrap().mode else {
            panic!("floret was asked for");
        };
        assert_eq!(
            (least.minn, least.maxn, least.hash_count, least.hash_seed),
            (0, 0, 0, 0)
        );
        assert_eq!((&*least.bow, &*least.eow), ("<", ">"));
        let reason = |json: &[u8]| Settings::read(json).unwrap_err().reason;
        assert!(reason(br#"{"mode": "floret", "minn": -1}"#).contains("\"minn\""));
        assert!(reason(br#"{"mode": "floret", "bow": 1}"#).contains("\"bow\" should be text"));
        assert!(reason(br#"{"attr": "NORM"}"#).contains("\"attr\""));
    }
}
