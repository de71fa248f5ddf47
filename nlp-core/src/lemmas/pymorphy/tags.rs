//! Tags of the OpenCorpora dictionary, such as `NOUN,inan,masc sing,nomn`, and what spaCy makes of them (`oc2ud`).

use std::collections::HashMap;

use super::super::word::Word;
use crate::frozen::frozen;
use crate::lang::lower;
use crate::pos::Pos;

/// A tag's number among those of a dictionary: equal for tags of the same grammemes in the same order.
pub(super) type TagId = u32;

/// A tag.
#[derive(Debug)]
pub(super) struct Tag {
    /// How it is written.
    pub text: String,
    /// Whether words that the dictionary lacks may have it.
    pub productive: bool,
    /// Whether it is that of a word, with a part of speech.
    pub of_word: bool,
    /// Whether it is that of a full adjective in the dative singular.
    pub dative_adjective: bool,
    /// The grammemes by which halves of words with a hyphen are told to agree: a bit for each.
    pub agreement: u64,
    /// The part of speech in Universal Dependencies.
    pos: Pos,
    /// Its features there.
    features: Vec<(Field, &'static str)>,
}

frozen!(Tag {
    text,
    productive,
    of_word,
    dative_adjective,
    agreement,
    pos,
    features
});

/// A feature of Universal Dependencies by which analyses are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Field {
    Aspect,
    Case,
    Gender,
    Mood,
    Number,
    Person,
    Tense,
    VerbForm,
    Voice,
}

frozen!(hash Field);

impl Field {
    fn name(self) -> &'static str {
        match self {
            Field::Aspect => "Aspect",
            Field::Case => "Case",
            Field::Gender => "Gender",
            Field::Mood => "Mood",
            Field::Number => "Number",
            Field::Person => "Person",
            Field::Tense => "Tense",
            Field::VerbForm => "VerbForm",
            Field::Voice => "Voice",
        }
    }
}

/// Grammemes that are parts of speech, and those that make halves of words agree: all of these, and numbers, cases, persons
/// and tenses.
const PARTS_OF_SPEECH: [&str; 17] = [
    "NOUN", "ADJF", "ADJS", "COMP", "VERB", "INFN", "PRTF", "PRTS", "GRND", "NUMR", "ADVB", "NPRO",
    "PRED", "PREP", "CONJ", "PRCL", "INTJ",
];
const AGREEING: [&str; 18] = [
    "sing", "plur", "nomn", "gent", "datv", "accs", "ablt", "loct", "voct", "gen2", "acc2", "loc2",
    "1per", "2per", "3per", "pres", "past", "futr",
];
/// Grammemes of closed classes of words.
const UNPRODUCTIVE: [&str; 8] = [
    "NUMR", "NPRO", "PRED", "PREP", "CONJ", "PRCL", "INTJ", "Apro",
];

impl Tag {
    fn new(text: &str) -> Tag {
        // For the analyses of words the first blank alone divides; for what spaCy reads all do.
        let text_of_grammemes = text.replacen(' ', ",", 1);
        let grammemes: Vec<&str> = text_of_grammemes.split(',').collect();
        let has = |grammeme: &str| grammemes.contains(&grammeme);
        let mut agreement = 0;
        for (bit, grammeme) in PARTS_OF_SPEECH.iter().chain(&AGREEING).enumerate() {
            let other = match *grammeme {
                "gent" => "gen1",
                "loct" => "loc1",
                same => same,
            };
            agreement |= u64::from(has(grammeme) || has(other)) << bit;
        }
        let (pos, features) = universal(text);
        Tag {
            text: text.to_owned(),
            productive: !UNPRODUCTIVE.iter().any(|grammeme| has(grammeme)),
            of_word: PARTS_OF_SPEECH.contains(&grammemes[0]),
            dative_adjective: has("ADJF") && has("sing") && has("datv"),
            agreement,
            pos,
            features,
        }
    }

    /// Whether an analysis with this tag is one of a word of the part of speech `pos`.
    pub fn is_of(&self, pos: Pos) -> bool {
        let is_noun = |pos| matches!(pos, Pos::Noun | Pos::Propn);
        self.pos == pos
            || is_noun(self.pos) && is_noun(pos)
            || self.pos == Pos::Pron && pos == Pos::Det
    }

    /// Whether no feature of the word, of those that its part of speech is compared by, is another than here.
    pub fn agrees_with(&self, word: Word<'_>) -> bool {
        use Field::*;
        let fields: &[Field] = match word.pos {
            Pos::Adj | Pos::Det | Pos::Noun | Pos::Propn => &[Case, Number, Gender],
            Pos::Num => &[Case, Gender],
            Pos::Pron => &[Case, Number, Gender, Person],
            _ => &[Aspect, Gender, Mood, Number, Tense, VerbForm, Voice],
        };
        self.features.iter().all(|(field, value)| {
            !fields.contains(field)
                || (word.feature(field.name())).is_none_or(|values| *lower(values) == *lower(value))
        })
    }
}

/// The part of speech and the features of Universal Dependencies: of each, what the last grammeme says that says anything.
fn universal(text: &str) -> (Pos, Vec<(Field, &'static str)>) {
    let text = text.replace(' ', ",");
    let mut pos = Pos::X;
    let mut features: Vec<(Field, &'static str)> = Vec::new();
    let mut set = |field: Field, value: &'static str| {
        features.retain(|(other, _)| *other != field);
        features.push((field, value));
    };
    // What names and auxiliaries are counts last.
    let (mut named, mut pair_only) = (None, false);
    for grammeme in text.split(',') {
        if let Some(said) = part_of_speech(grammeme) {
            pos = said;
        }
        if let Some((field, value)) = feature(grammeme) {
            set(field, value);
        }
        match grammeme {
            "Name" | "Patr" | "Surn" | "Geox" | "Orgn" => named = Some(Pos::Propn),
            "Auxt" => named = Some(Pos::Aux),
            "Pltm" => pair_only = true,
            _ => {}
        }
    }
    if pair_only {
        set(Field::Number, "Ptan");
    }
    (named.unwrap_or(pos), features)
}

fn part_of_speech(grammeme: &str) -> Option<Pos> {
    Some(match grammeme {
        "ADJF" | "ADJS" | "COMP" => Pos::Adj,
        "ADVB" => Pos::Adv,
        "Apro" => Pos::Det,
        "CONJ" => Pos::Cconj,
        "GRND" | "INFN" | "PRTF" | "PRTS" | "VERB" => Pos::Verb,
        "INTJ" => Pos::Intj,
        "NOUN" => Pos::Noun,
        "NPRO" => Pos::Pron,
        "NUMR" | "NUMB" => Pos::Num,
        "PNCT" => Pos::Punct,
        "PRCL" => Pos::Part,
        "PREP" => Pos::Adp,
        _ => return None,
    })
}

fn feature(grammeme: &str) -> Option<(Field, &'static str)> {
    use Field::*;
    Some(match grammeme {
        "impf" => (Aspect, "Imp"),
        "perf" => (Aspect, "Perf"),
        "ablt" => (Case, "Ins"),
        "accs" => (Case, "Acc"),
        "datv" => (Case, "Dat"),
        "gen1" | "gen2" | "gent" => (Case, "Gen"),
        "loc2" | "loct" => (Case, "Loc"),
        "nomn" => (Case, "Nom"),
        "voct" => (Case, "Voc"),
        "femn" => (Gender, "Fem"),
        "masc" => (Gender, "Masc"),
        "neut" => (Gender, "Neut"),
        "impr" => (Mood, "Imp"),
        "indc" => (Mood, "Ind"),
        "plur" => (Number, "Plur"),
        "sing" => (Number, "Sing"),
        "1per" | "incl" => (Person, "1"),
        "2per" | "excl" => (Person, "2"),
        "3per" => (Person, "3"),
        "futr" => (Tense, "Fut"),
        "past" => (Tense, "Past"),
        "pres" => (Tense, "Pres"),
        "GRND" => (VerbForm, "Conv"),
        "INFN" => (VerbForm, "Inf"),
        "PRTF" | "PRTS" => (VerbForm, "Part"),
        "VERB" => (VerbForm, "Fin"),
        "actv" => (Voice, "Act"),
        "pssv" => (Voice, "Pass"),
        _ => return None,
    })
}

/// All tags that analyses can have.
#[derive(Debug)]
pub(super) struct Tags {
    all: Vec<Tag>,
    /// Those of the dictionary, by their places in it.
    of_dictionary: Vec<TagId>,
    /// Those of a letter that stands for a name.
    pub initials: Vec<TagId>,
    /// Those of words that are told by their shape, and of those that nothing is known of.
    pub number: TagId,
    pub punctuation: TagId,
    pub roman: TagId,
    pub latin: TagId,
    pub adverb: TagId,
    pub unknown: TagId,
}

frozen!(Tags {
    all,
    of_dictionary,
    initials,
    number,
    punctuation,
    roman,
    latin,
    adverb,
    unknown
});

impl Tags {
    /// The tags of a dictionary, and those that it need not have.
    pub fn new(of_dictionary: &[String]) -> Tags {
        let (mut all, mut ids) = (Vec::new(), HashMap::new());
        let mut add = |text: &str| {
            let id = ids.entry(text.replacen(' ', ",", 1)).or_insert_with(|| {
                all.push(Tag::new(text));
                all.len() as TagId - 1
            });
            *id
        };
        let of_dictionary = of_dictionary.iter().map(|text| add(text)).collect();
        let mut initials = Vec::new();
        for kind in ["Name", "Patr"] {
            for gender in ["masc", "femn"] {
                for case in ["nomn", "gent", "datv", "accs", "ablt", "loct"] {
                    initials.push(add(&format!(
                        "NOUN,anim,{gender},Sgtm,{kind},Fixd,Abbr,Init sing,{case}"
                    )));
                }
            }
        }
        Tags {
            of_dictionary,
            initials,
            number: add("NUMB,intg"),
            punctuation: add("PNCT"),
            roman: add("ROMN"),
            latin: add("LATN"),
            adverb: add("ADVB"),
            unknown: add("UNKN"),
            all,
        }
    }

    pub fn get(&self, id: TagId) -> &Tag {
        &self.all[id as usize]
    }

    /// The tag at a place in the dictionary's list.
    pub fn of_dictionary(&self, place: u16) -> Option<TagId> {
        self.of_dictionary.get(usize::from(place)).copied()
    }
}
