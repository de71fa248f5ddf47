//! What pymorphy3 knows of a language beside its dictionary (`pymorphy3/lang`).

use crate::format::dawg::Substitute;

/// The facts of one language.
pub(super) struct Facts {
    /// Capitals that stand for first names and patronymics.
    pub initials: Vec<char>,
    /// What may follow a word after a hyphen, hyphen included.
    pub particles: Vec<&'static str>,
    /// A letter that stands for another in texts.
    pub substitute: Option<Substitute>,
    /// What words may begin with that makes no other word of them, longest first.
    pub prefixes: Vec<&'static str>,
    /// Whether Latin words and Roman numbers are looked for among the words of the dictionary, and not after them.
    pub latin_first: bool,
    /// Whether adverbs are made with "по-".
    pub hyphen_adverbs: bool,
}

impl Facts {
    /// Those of Ukrainian, or of Russian.
    pub fn of(lang: &str) -> Facts {
        let source = match lang {
            "uk" => include_str!("data/uk.txt"),
            _ => include_str!("data/ru.txt"),
        };
        let section = |name: &'static str| {
            let lines = source.lines();
            let after = lines.skip_while(move |line| line.strip_prefix("== ") != Some(name));
            after.skip(1).take_while(|line| !line.starts_with("== "))
        };
        let mut prefixes: Vec<&str> = section("prefixes").collect();
        // In this order Python's stable sort by length leaves them, of which no two of one length fit one word.
        prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.chars().count()));
        let substitute = section("substitutes").find_map(|line| {
            let mut letters = line.split(' ').filter_map(|letter| letter.chars().next());
            Some(Substitute {
                written: letters.next()?,
                meant: letters.next()?,
            })
        });
        Facts {
            initials: section("initials")
                .filter_map(|line| line.chars().next())
                .collect(),
            particles: section("particles").collect(),
            substitute,
            prefixes,
            latin_first: lang == "uk",
            hyphen_adverbs: lang != "uk",
        }
    }
}
