//! The one table of the components that run: whoever adds one adds a row here, and a file beside this one.

use super::component::{Component, Source};
use super::merging::Merger;
use crate::error::Error;
use crate::frozen::{Frozen, Walk};

/// A kind of component, by the name that a pipeline's configuration has for it; what it sets and what it needs are in
/// spaCy's words (`@Language.factory`).
///
/// ```
/// let tagger = nlp_core::Language::factories().iter().find(|factory| factory.name == "tagger").unwrap();
/// assert_eq!(tagger.assigns, ["token.tag"]);
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Factory {
    /// What the configuration calls it: `factory = "tagger"`.
    pub name: &'static str,
    /// What it sets of documents and their tokens: `"token.tag"`.
    pub assigns: &'static [&'static str],
    /// What must be set before it runs.
    pub requires: &'static [&'static str],
    /// Loads one.
    load: Load,
}

impl Frozen for Factory {
    /// Its name: the rest is a constant of the program.
    fn visit(&self, walk: &mut Walk) {
        self.name.visit(walk);
    }
}

type Load = fn(&mut Source<'_>) -> Result<Box<dyn Component>, Error>;

/// The annotation that `tok2vec` makes and listeners read.
const TENSOR: &str = "doc.tensor";

/// Every kind of component that runs.
#[rustfmt::skip] // a row each
static FACTORIES: &[Factory] = &[
    factory("tok2vec", |source| boxed(super::tok2vec::Tok2VecComponent::load(source)), &[TENSOR], &[]),
    factory("tagger", |source| boxed(super::tagger::Tagger::load(source)), &["token.tag"], &[]),
    factory("morphologizer", |source| boxed(super::morphologizer::Morphologizer::load(source)), &["token.morph", "token.pos"], &[]),
    factory("parser", |source| boxed(super::parser::DependencyParser::load(source)), &["token.dep", "token.head", "token.is_sent_start", "doc.sents"], &[]),
    factory("beam_parser", |source| boxed(super::parser::DependencyParser::load_beam(source)), &["token.dep", "token.head", "token.is_sent_start", "doc.sents"], &[]),
    factory("ner", |source| boxed(super::entity_recognizer::EntityRecognizer::load(source)), &["doc.ents", "token.ent_iob", "token.ent_type"], &[]),
    factory("beam_ner", |source| boxed(super::entity_recognizer::EntityRecognizer::load_beam(source)), &["doc.ents", "token.ent_iob", "token.ent_type"], &[]),
    factory("senter", |source| boxed(super::senter::Senter::load(source)), &["token.is_sent_start"], &[]),
    factory("trainable_lemmatizer", |source| boxed(super::edit_tree_lemmatizer::EditTreeLemmatizer::load(source)), &["token.lemma"], &[]),
    factory("lemmatizer", |source| boxed(super::lemmatizer::Lemmatizer::load(source)), &["token.lemma"], &[]),
    factory("textcat", |source| boxed(super::textcat::TextCategorizer::load(source)), &["doc.cats"], &[]),
    factory("textcat_multilabel", |source| boxed(super::textcat::TextCategorizer::load(source)), &["doc.cats"], &[]),
    factory("spancat", |source| boxed(super::spancat::SpanCategorizer::load(source)), &["doc.spans"], &[]),
    factory("spancat_singlelabel", |source| boxed(super::spancat::SpanCategorizer::load_singlelabel(source)), &["doc.spans"], &[]),
    factory("span_finder", |source| boxed(super::span_finder::SpanFinder::load(source)), &["doc.spans"], &[]),
    factory("entity_linker", |source| boxed(super::entity_linker::EntityLinker::load(source)), &["token.ent_kb_id"], &["doc.ents", "doc.sents", "token.ent_iob", "token.ent_type"]),
    factory("entity_ruler", |source| boxed(super::entity_ruler::EntityRuler::load(source)), &["doc.ents", "token.ent_type", "token.ent_iob"], &[]),
    factory("future_entity_ruler", |source| boxed(super::span_ruler::SpanRuler::load_entity_ruler(source)), &["doc.ents"], &[]),
    factory("span_ruler", |source| boxed(super::span_ruler::SpanRuler::load(source)), &["doc.spans"], &[]),
    factory("sentencizer", |source| boxed(super::sentencizer::Sentencizer::load(source)), &["token.is_sent_start", "doc.sents"], &[]),
    factory("merge_entities", |_| boxed(Ok(Merger::Entities)), &[], &["doc.ents", "token.ent_iob", "token.ent_type"]),
    factory("merge_noun_chunks", |source| boxed(Merger::noun_chunks(source)), &[], &["token.dep", "token.tag", "token.pos"]),
    factory("merge_subtokens", |_| boxed(Ok(Merger::Subtokens)), &[], &["token.dep"]),
    factory("token_splitter", |source| boxed(super::token_splitter::TokenSplitter::load(source)), &[], &[]),
    factory("attribute_ruler", |source| boxed(super::attribute_ruler::AttributeRuler::load(source)), &[], &[]),
    factory("doc_cleaner", |source| boxed(super::doc_cleaner::DocCleaner::load(source)), &[], &[]),
];

/// A row.
const fn factory(
    name: &'static str,
    load: Load,
    assigns: &'static [&'static str],
    requires: &'static [&'static str],
) -> Factory {
    Factory {
        name,
        assigns,
        requires,
        load,
    }
}

fn boxed(loaded: Result<impl Component + 'static, Error>) -> Result<Box<dyn Component>, Error> {
    Ok(Box::new(loaded?))
}

impl Factory {
    /// Every kind of component that runs.
    pub(crate) fn all() -> &'static [Factory] {
        FACTORIES
    }

    /// Loads the component that `source` is of, and says which factory it has.
    pub(crate) fn load(
        name: &str,
        source: &mut Source<'_>,
    ) -> Result<(&'static Factory, Box<dyn Component>), Error> {
        let factory = FACTORIES.iter().find(|factory| factory.name == name);
        let factory =
            factory.ok_or_else(|| source.unsupported(format!("the factory \"{name}\"")))?;
        Ok((factory, (factory.load)(source)?))
    }

    /// Whether components of this kind set annotations of tokens and documents, and nothing else, unless one says that it
    /// [does](Component::changes_tokens): tokens stay what they are, and what is known of their words too. Of kinds that
    /// are not listed it is not known.
    pub(crate) fn only_annotates(&self) -> bool {
        const ANNOTATE: [&str; 21] = [
            "tok2vec",
            "tagger",
            "morphologizer",
            "parser",
            "ner",
            "senter",
            "sentencizer",
            "trainable_lemmatizer",
            "lemmatizer",
            "beam_parser",
            "beam_ner",
            "entity_ruler",
            "future_entity_ruler",
            "span_ruler",
            "entity_linker",
            "textcat",
            "textcat_multilabel",
            "spancat",
            "spancat_singlelabel",
            "span_finder",
            "doc_cleaner",
        ];
        ANNOTATE.contains(&self.name)
    }
}
