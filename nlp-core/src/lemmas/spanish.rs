//! Spanish (`spacy/lang/es/lemmatizer.py`): the features of a word choose the rules, and pronouns that hang on a verb get
//! lemmas of their own.

use std::borrow::Cow;
use std::collections::HashMap;

use super::spanish_rules::{Groups, read_groups, read_named_rules, replace_end};
use super::tables::{ByPos, Rule, Tables};
use super::word::{Lemmatize, Word};
use super::words::{WordMap, WordSet};
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::pos::Pos;
use crate::symbols::string_id;

/// The mode `rule`.
pub(super) struct Spanish {
    /// Rules by the id of their name.
    rules: HashMap<u64, Vec<Rule>>,
    groups: ByPos<Groups>,
    exceptions: ByPos<WordMap>,
    index: ByPos<WordSet>,
}

frozen!(Spanish {
    rules,
    groups,
    exceptions,
    index
});

/// The most pronouns that are taken off a verb.
const MOST_PRONOUNS: usize = 4;

impl Spanish {
    pub fn load(bytes: &[u8]) -> Result<Spanish, FormatError> {
        let required = &[
            "lemma_rules",
            "lemma_rules_groups",
            "lemma_index",
            "lemma_exc",
        ];
        let tables = Tables::read(bytes, &["lemma_index", "lemma_exc"], required)?;
        Ok(Spanish {
            rules: read_named_rules(bytes)?,
            groups: read_groups(bytes)?,
            exceptions: tables.exceptions,
            index: tables.index,
        })
    }

    fn rules(&self, name: &str) -> &[Rule] {
        self.rules_with(string_id(name))
    }

    fn rules_with(&self, id: u64) -> &[Rule] {
        self.rules.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What the rules called `name` make of a word that they know as a whole.
    fn fixed(&self, name: &str, form: &str) -> Option<&str> {
        let rule = self.rules(name).iter().find(|rule| rule.old == form)?;
        Some(&rule.new)
    }

    /// The rules for the features of a word.
    fn rules_for(&self, pos: Pos, word: Word<'_>) -> Option<&[Rule]> {
        let group = self.groups.get(pos).of(word)?;
        Some(self.rules_with(group))
    }

    fn noun_or_adjective(&self, form: &str, word: Word<'_>) -> String {
        let index = self.index.get(word.pos);
        let rules = self.rules_for(word.pos, word).unwrap_or_default();
        let possible: Vec<String> = changed(form, rules).collect();
        let known = possible.iter().find(|lemma| index.contains(lemma));
        if let Some(lemma) = known.cloned() {
            return lemma;
        }
        if word.has("Number", "Plur") {
            // The stress of the plural needs an accent that the singular goes without.
            let ends = possible.iter().filter(|lemma| lemma.ends_with(['n', 's']));
            let accents = self.rules("accents");
            let mut plain = ends.flat_map(|lemma| {
                (accents.iter()).map(|rule| lemma.replace(rule.old.as_str(), &rule.new))
            });
            if let Some(lemma) = plain.find(|lemma| index.contains(lemma)) {
                return lemma;
            }
        }
        possible
            .into_iter()
            .next()
            .unwrap_or_else(|| form.to_owned())
    }

    /// A determiner or pronoun; `name` is that of the rules for it alone.
    fn determiner_or_pronoun(&self, name: &str, form: &str, index: &WordSet) -> String {
        let fixed = self.fixed(name, form);
        let fixed = fixed.or_else(|| self.fixed("det_and_pron_fixed", form));
        if let Some(lemma) = fixed {
            return lemma.to_owned();
        }
        // Of a determiner what rules leave as it is counts too, which comes to the same unless it is the first.
        let made = self.rules("det_and_pron_general").iter();
        let made = made.map(|rule| replace_end(form, rule).unwrap_or_else(|| form.to_owned()));
        let made = made.filter(|lemma| name == "det" || lemma != form);
        let possible: Vec<String> = made.chain([form.to_owned()]).collect();
        let known = possible.iter().find(|lemma| index.contains(lemma));
        known.unwrap_or(&possible[0]).clone()
    }

    fn verb(&self, form: &str, rules: &[Rule], index: &WordSet) -> String {
        let possible: Vec<String> = changed(form, rules).collect();
        if let Some(lemma) = possible.iter().find(|lemma| index.contains(lemma)) {
            return lemma.clone();
        }
        let alternated = possible.iter().find_map(|lemma| {
            let one = self.rules("voc_alt_1").iter();
            let one = one.flat_map(|rule| vowels_replaced(lemma, rule, index.longest()));
            let two = self.rules("voc_alt_2").iter();
            let two = two.filter(|rule| lemma.contains(&rule.old));
            let two = two.map(|rule| lemma.replacen(&rule.old, &rule.new, 1));
            one.chain(two).find(|lemma| index.contains(lemma))
        });
        alternated
            .or_else(|| possible.into_iter().next())
            .unwrap_or_else(|| form.to_owned())
    }

    /// A verb with pronouns at its end: the lemmas of all, with blanks between; a blank follows the verb in any case.
    fn verb_with_pronouns(&self, form: &str, word: Word<'_>, index: &WordSet) -> String {
        let mut verb = form.to_owned();
        let mut pronouns = Vec::new();
        while pronouns.len() < MOST_PRONOUNS
            && let Some(at) = pronoun_at(&verb)
        {
            let rest = verb.strip_suffix('\n').map_or("", |_| "\n");
            pronouns.push(verb[at..verb.len() - rest.len()].to_owned());
            verb.replace_range(at.., rest);
        }
        for rule in self.rules("accents") {
            verb = verb.replace(rule.old.as_str(), &rule.new);
        }
        let mut lemma = match self.exception(Pos::Verb, &verb) {
            Some(lemma) => lemma.to_owned(),
            None => {
                let rules = self.rules_for(Pos::Verb, word);
                let rules = rules.unwrap_or_else(|| self.rules(""));
                self.verb(&verb, rules, index)
            }
        };
        lemma.push(' ');
        for (i, pronoun) in pronouns.iter().rev().enumerate() {
            if i > 0 {
                lemma.push(' ');
            }
            match self.exception(Pos::Pron, pronoun) {
                Some(exception) => lemma.push_str(exception),
                None => lemma.push_str(&self.determiner_or_pronoun("pron", pronoun, index)),
            }
        }
        lemma
    }

    fn exception(&self, pos: Pos, form: &str) -> Option<&str> {
        let lemmas = self.exceptions.get(pos).get(form)?;
        lemmas.first_item()
    }
}

impl Lemmatize for Spanish {
    /// spaCy fails on documents with words of the old part of speech CONJ, or with one whose exceptions are an empty list:
    /// here the first are as other conjunctions, and the second have none.
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        use Pos::*;
        if word.is_blank() {
            return word.lower();
        }
        let form = word.lower();
        if let Some(lemma) = self.exception_of(word, &form) {
            return Cow::Borrowed(lemma);
        }
        Cow::Owned(match word.pos {
            Noun | Adj => self.noun_or_adjective(&form, word),
            Det => self.determiner_or_pronoun("det", &form, self.index.get(Det)),
            Pron => self.determiner_or_pronoun("pron", &form, self.index.get(Pron)),
            Verb | Aux if word.has("PronType", "Prs") => {
                self.verb_with_pronouns(&form, word, self.index.get(Verb))
            }
            Verb | Aux => {
                let rules = self.rules_for(Verb, word);
                let rules = rules.unwrap_or_else(|| self.rules(""));
                self.verb(&form, rules, self.index.get(Verb))
            }
            Adv => return self.fixed("adverbs", &form).map_or(form, Cow::Borrowed),
            Num => match self.fixed("num", &form) {
                Some(lemma) => return Cow::Borrowed(lemma),
                None => numeral(&form),
            },
            NoTag | Eol | Space | Adp | Conj | Cconj | Intj | Part | Propn | Punct | Sconj
            | Sym | X => {
                return match word.starts_sentence && word.pos != Propn {
                    true => form,
                    false => Cow::Borrowed(word.text),
                };
            }
        })
    }
}

impl Spanish {
    /// The exception of a word that has rules.
    fn exception_of(&self, word: Word<'_>, form: &str) -> Option<&str> {
        use Pos::*;
        match word.pos {
            Adj | Adv | Aux | Det | Noun | Num | Pron | Verb => self.exception(word.pos, form),
            _ => None,
        }
    }
}

/// What rules for endings make of a word, where they change it.
fn changed(form: &str, rules: &[Rule]) -> impl Iterator<Item = String> {
    let made = rules.iter().filter_map(move |rule| replace_end(form, rule));
    made.filter(move |lemma| lemma != form)
}

/// The lemma with one of its vowels replaced, for each place of the vowel; none that are longer than `longest` bytes.
fn vowels_replaced<'t>(
    lemma: &'t str,
    rule: &'t Rule,
    longest: usize,
) -> impl Iterator<Item = String> + 't {
    let one = rule.old.chars().count() == 1;
    let fits = one && lemma.len() + rule.new.len() <= longest + rule.old.len();
    let places = lemma.match_indices(rule.old.as_str()).filter(move |_| fits);
    places.map(|(at, old)| [&lemma[..at], &rule.new, &lemma[at + old.len()..]].concat())
}

/// Where the pronoun begins that the verb ends in.
fn pronoun_at(verb: &str) -> Option<usize> {
    let verb = verb.strip_suffix('\n').unwrap_or(verb);
    let ends = |endings: &[&str]| {
        let ending = endings.iter().find(|ending| verb.ends_with(**ending))?;
        Some(verb.len() - ending.len())
    };
    let at = ends(&["las", "les", "los", "nos"])
        .or_else(|| ends(&["me", "te", "se", "la", "le", "lo", "os"]))?;
    (!verb[..at].contains('\n')).then_some(at)
}

/// A numeral with a point before its decimals and none between thousands.
fn numeral(form: &str) -> String {
    let whole = form.split(',').next().unwrap_or(form);
    let whole = whole.strip_suffix('\n').unwrap_or(whole);
    let thousands = whole
        .rsplit_once('.')
        .is_some_and(|(_, digits)| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()));
    let form = match thousands {
        true => form.replace('.', ""),
        false => form.to_owned(),
    };
    form.replace(',', ".")
}
