//! The languages that spaCy knows (`spacy/lang`), and what each does in its own way.

use super::Lang;
use super::WritingSystem;
use super::norm::NormRule;
use super::noun_chunks::{BoundRule, Chunker, HeadRule};
use super::number::rules;

/// A language by its code, other codes for it (`LANG_ALIASES` in `spacy/util.py`) and its data file.
macro_rules! lang {
    ($code:literal, [$($alias:literal),*]) => {
        Lang::new($code, &[$($alias),*], include_str!(concat!("data/", $code, ".txt")))
    };
}

impl Lang {
    /// The language that spaCy loads for `code`, such as `"en"`, or `"eng"` as another name for it; `None` if spaCy
    /// has none.
    pub fn get(code: &str) -> Option<&'static Lang> {
        match LANGS.binary_search_by(|lang| lang.code.cmp(code)) {
            Ok(at) => Some(&LANGS[at]),
            Err(_) => LANGS.iter().find(|lang| lang.aliases.contains(&code)),
        }
    }

    /// Every language, by ascending code.
    pub fn all() -> &'static [Lang] {
        &LANGS
    }
}

/// All languages, by ascending code.
#[rustfmt::skip] // one line a language
static LANGS: [Lang; 79] = [
    lang!("af", ["afr"]),
    lang!("am", ["amh"]).numbers(&rules::AMHARIC).writing(WritingSystem::CASELESS),
    lang!("ar", ["ara"]).numbers(&rules::EXACT).writing(WritingSystem::CASELESS_FROM_RIGHT),
    lang!("az", ["aze"]).numbers(&rules::TURKIC),
    lang!("bg", ["bul"]).numbers(&rules::LOWER),
    lang!("bn", ["ben"]),
    lang!("bo", ["bod", "tib"]).numbers(&rules::EXACT),
    lang!("ca", ["cat"]).numbers(&rules::EXACT).chunks(Chunker::Catalan),
    lang!("cs", ["ces", "cze"]).numbers(&rules::LOWER),
    lang!("da", ["dan"]).numbers(&rules::LOWER).chunks(Chunker::Bounds(&BoundRule::DANISH)),
    lang!("de", ["deu", "ger"]).chunks(Chunker::German),
    lang!("dsb", []).numbers(&rules::LOWER),
    lang!("el", ["ell", "gre"]).numbers(&rules::GREEK).chunks(Chunker::Heads(&HeadRule::GREEK)),
    lang!("en", ["eng"]).numbers(&rules::ENGLISH).chunks(Chunker::Heads(&HeadRule::ENGLISH)),
    lang!("es", ["spa"]).numbers(&rules::LOWER).chunks(Chunker::Heads(&HeadRule::SPANISH)),
    lang!("et", ["est"]),
    lang!("eu", ["eus", "baq"]).numbers(&rules::EXACT),
    lang!("fa", ["fas", "per"]).numbers(&rules::PERSIAN).writing(WritingSystem::CASELESS_FROM_RIGHT).chunks(Chunker::Heads(&HeadRule::PERSIAN)),
    lang!("fi", ["fin"]).numbers(&rules::EXACT).chunks(Chunker::Finnish),
    lang!("fo", ["fao"]),
    lang!("fr", ["fra", "fre"]).numbers(&rules::LOWER).chunks(Chunker::Heads(&HeadRule::FRENCH)),
    lang!("ga", ["gle"]),
    lang!("gd", ["gla"]),
    lang!("grc", []).numbers(&rules::ANCIENT_GREEK),
    lang!("gu", ["guj"]),
    lang!("he", ["heb", "iw"]).numbers(&rules::EXACT).writing(WritingSystem::CASELESS_FROM_RIGHT),
    lang!("hi", ["hin"]).numbers(&rules::HINDI).norms(NormRule::Stem),
    lang!("hr", ["hrv", "scr"]),
    lang!("hsb", []).numbers(&rules::LOWER),
    lang!("ht", []).numbers(&rules::HAITIAN).norms(NormRule::Table).chunks(Chunker::Heads(&HeadRule::HAITIAN)),
    lang!("hu", ["hun"]),
    lang!("hy", ["hye"]).numbers(&rules::LOWER),
    lang!("id", ["ind", "in"]).numbers(&rules::MALAY).chunks(Chunker::Heads(&HeadRule::NORWEGIAN)),
    lang!("is", ["isl", "ice"]),
    lang!("it", ["ita"]).chunks(Chunker::Heads(&HeadRule::ITALIAN)),
    lang!("ja", ["jpn"]).writing(WritingSystem::WITHOUT_LETTERS).chunks(Chunker::Japanese),
    lang!("kmr", []).numbers(&rules::KURMANJI),
    lang!("kn", ["kan"]),
    lang!("ko", ["kor"]).numbers(&rules::KOREAN).writing(WritingSystem::WITHOUT_LETTERS),
    lang!("ky", ["kir"]).numbers(&rules::EXACT),
    lang!("la", ["lat"]).numbers(&rules::LATIN).chunks(Chunker::Bounds(&BoundRule::LATIN)),
    lang!("lb", ["ltz"]).numbers(&rules::EXACT_UNSIGNED),
    lang!("lg", ["lug"]).numbers(&rules::LOWER),
    lang!("lij", []),
    lang!("lt", ["lit"]).numbers(&rules::LOWER_UNSIGNED),
    lang!("lv", ["lav"]),
    lang!("mk", ["mkd", "mac"]).numbers(&rules::MACEDONIAN),
    lang!("ml", ["mal"]).numbers(&rules::EXACT),
    lang!("mr", ["mar"]),
    lang!("ms", ["msa", "may"]).numbers(&rules::MALAY).chunks(Chunker::Heads(&HeadRule::NORWEGIAN)),
    lang!("nb", ["nob"]).chunks(Chunker::Heads(&HeadRule::NORWEGIAN)),
    lang!("ne", ["nep"]).numbers(&rules::NEPALI).norms(NormRule::StemUntilLong),
    lang!("nl", ["nld", "dut"]).numbers(&rules::LOWER_UNSIGNED).chunks(Chunker::Dutch),
    lang!("nn", ["nno"]).chunks(Chunker::Heads(&HeadRule::NORWEGIAN)),
    lang!("pl", ["pol"]).numbers(&rules::LOWER_UNSIGNED),
    lang!("pt", ["por"]).numbers(&rules::PORTUGUESE).chunks(Chunker::Heads(&HeadRule::PORTUGUESE)),
    lang!("ro", ["ron", "rom", "mo", "mol"]).numbers(&rules::LOWER),
    lang!("ru", ["rus"]).numbers(&rules::RUSSIAN),
    lang!("sa", ["san"]).numbers(&rules::EXACT),
    lang!("si", ["sin"]).numbers(&rules::LOWER_UNSIGNED),
    lang!("sk", ["slk", "slo"]).numbers(&rules::LOWER),
    lang!("sl", ["slv"]).numbers(&rules::LOWER),
    lang!("sq", ["sqi", "alb"]),
    lang!("sr", ["srp", "scc"]).numbers(&rules::LOWER),
    lang!("sv", ["swe"]).numbers(&rules::LOWER).chunks(Chunker::Heads(&HeadRule::SWEDISH)),
    lang!("ta", ["tam"]).numbers(&rules::TAMIL),
    lang!("te", ["tel"]).numbers(&rules::LOWER_UNSIGNED),
    lang!("th", ["tha"]).numbers(&rules::EXACT),
    lang!("ti", ["tir"]).numbers(&rules::TIGRINYA).writing(WritingSystem::CASELESS),
    lang!("tl", ["tgl"]).numbers(&rules::EXACT_UNSIGNED),
    lang!("tn", ["tsn"]).numbers(&rules::TSWANA),
    lang!("tr", ["tur"]).numbers(&rules::TURKIC).chunks(Chunker::Turkish),
    lang!("tt", ["tat"]).numbers(&rules::EXACT),
    lang!("uk", ["ukr"]).numbers(&rules::EXACT_UNSIGNED),
    lang!("ur", ["urd"]).numbers(&rules::EXACT).writing(WritingSystem::CASELESS_FROM_RIGHT),
    lang!("vi", ["viw"]).numbers(&rules::LOWER),
    lang!("xx", ["mul"]),
    lang!("yo", ["yor"]).numbers(&rules::YORUBA),
    lang!("zh", ["zho", "chi"]).numbers(&rules::CHINESE).writing(WritingSystem::WITHOUT_LETTERS),
];
