//! Documents as rows.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float32Builder, Int32Builder, Int64Builder, StringBuilder,
};
use arrow_array::{ArrayRef, Int64Array, ListArray, RecordBatch, StructArray, UInt64Array};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};
use nlp_core::{Attr, Doc, Span, Token};

/// Rows that will be a batch.
#[derive(Debug, Default)]
pub struct Rows {
    numbers: Int64Builder,
    texts: StringBuilder,
    tokens: List<Tokens>,
    ents: List<Spans>,
    sents: List<Sents>,
    cats: List<Cats>,
    spans: List<Groups>,
}

/// A column of lists: where each ends, and what is in them.
#[derive(Debug, Default)]
struct List<C> {
    lengths: Vec<usize>,
    columns: C,
}

/// The columns of what a list holds.
trait Columns: Default {
    /// Their names and types, and whether there may be none.
    fn fields() -> Fields;

    /// Their values, in the same order.
    fn arrays(&mut self) -> Vec<ArrayRef>;
}

impl<C: Columns> List<C> {
    fn field(name: &str) -> Field {
        let item = Field::new("element", DataType::Struct(C::fields()), false);
        Field::new(name, DataType::List(Arc::new(item)), false)
    }

    fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        let item = Arc::new(Field::new("element", DataType::Struct(C::fields()), false));
        let values = StructArray::try_new(C::fields(), self.columns.arrays(), None)?;
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        Ok(Arc::new(ListArray::try_new(
            item,
            offsets,
            Arc::new(values),
            None,
        )?))
    }
}

/// Makes the columns of what a list holds: each with its builder, its type, and whether there may be none.
macro_rules! columns {
    ($name:ident { $($field:ident: $builder:ident, $type:ident, $nullable:literal;)* }) => {
        #[derive(Debug, Default)]
        struct $name {
            $($field: $builder,)*
        }

        impl Columns for $name {
            fn fields() -> Fields {
                vec![$(Field::new(stringify!($field), DataType::$type, $nullable),)*].into()
            }

            fn arrays(&mut self) -> Vec<ArrayRef> {
                vec![$(Arc::new(self.$field.finish()),)*]
            }
        }
    };
}

columns!(Tokens {
    text: StringBuilder, Utf8, false;
    ws: BooleanBuilder, Boolean, false;
    idx: Int32Builder, Int32, false;
    norm: StringBuilder, Utf8, false;
    tag: StringBuilder, Utf8, false;
    pos: StringBuilder, Utf8, false;
    morph: StringBuilder, Utf8, false;
    lemma: StringBuilder, Utf8, false;
    head: Int32Builder, Int32, false;
    dep: StringBuilder, Utf8, false;
    sent_start: BooleanBuilder, Boolean, true;
    ent_iob: StringBuilder, Utf8, false;
    ent_type: StringBuilder, Utf8, false;
});

columns!(Spans {
    start: Int32Builder, Int32, false;
    end: Int32Builder, Int32, false;
    label: StringBuilder, Utf8, false;
    id: StringBuilder, Utf8, false;
    kb_id: StringBuilder, Utf8, false;
});

columns!(Sents {
    start: Int32Builder, Int32, false;
    end: Int32Builder, Int32, false;
});

columns!(Cats {
    label: StringBuilder, Utf8, false;
    score: Float32Builder, Float32, false;
});

columns!(Groups {
    key: StringBuilder, Utf8, false;
    start: Int32Builder, Int32, false;
    end: Int32Builder, Int32, false;
    label: StringBuilder, Utf8, false;
    id: StringBuilder, Utf8, false;
    kb_id: StringBuilder, Utf8, false;
    score: Float32Builder, Float32, true;
});

impl Tokens {
    fn add(&mut self, token: &Token<'_>) {
        self.text.append_value(token.text());
        self.ws.append_value(!token.whitespace().is_empty());
        self.idx.append_value(token.idx() as i32);
        self.norm.append_value(token.norm());
        self.tag.append_value(token.tag());
        self.pos.append_value(token.pos().name());
        self.morph.append_value(token.morph());
        self.lemma.append_value(token.lemma());
        self.head.append_value(token.head().i() as i32);
        self.dep.append_value(token.dep());
        self.sent_start.append_option(token.is_sent_start());
        self.ent_iob.append_value(token.ent_iob().as_str());
        self.ent_type.append_value(token.ent_type());
    }
}

impl Spans {
    fn add(&mut self, span: &Span<'_>) {
        self.start.append_value(span.start() as i32);
        self.end.append_value(span.end() as i32);
        self.label.append_value(span.label());
        self.id.append_value(span.id());
        self.kb_id.append_value(span.kb_id());
    }
}

impl Groups {
    fn add(&mut self, key: &str, span: &Span<'_>, score: Option<f32>) {
        self.key.append_value(key);
        self.start.append_value(span.start() as i32);
        self.end.append_value(span.end() as i32);
        self.label.append_value(span.label());
        self.id.append_value(span.id());
        self.kb_id.append_value(span.kb_id());
        self.score.append_option(score);
    }
}

impl Rows {
    /// No row yet.
    pub fn new() -> Rows {
        Rows::default()
    }

    /// Adds the document of line or row `number`.
    pub fn add(&mut self, doc: &Doc<'_>, number: u64) {
        self.numbers.append_value(number as i64);
        self.texts.append_value(doc.text());
        self.tokens.lengths.push(doc.len());
        doc.tokens()
            .for_each(|token| self.tokens.columns.add(&token));
        let ents = doc.ents();
        self.ents.lengths.push(ents.len());
        ents.iter().for_each(|ent| self.ents.columns.add(ent));
        let sents: Vec<Span<'_>> = match doc.has_annotation(Attr::SentStart) {
            true => doc.sents().collect(),
            false => Vec::new(),
        };
        self.sents.lengths.push(sents.len());
        for sent in sents {
            self.sents.columns.start.append_value(sent.start() as i32);
            self.sents.columns.end.append_value(sent.end() as i32);
        }
        self.cats.lengths.push(doc.cats().len());
        for (label, score) in doc.cats() {
            self.cats.columns.label.append_value(label);
            self.cats.columns.score.append_value(score);
        }
        self.spans
            .lengths
            .push(doc.span_groups().map(|group| group.len()).sum());
        for group in doc.span_groups() {
            for (i, span) in group.spans().enumerate() {
                let score = group.scores().and_then(|scores| scores.get(i).copied());
                self.spans.columns.add(group.key(), &span, score);
            }
        }
    }

    /// The rows as a batch. With `kept`, which has a row for each number from `kept.0` on, its columns come first, with the
    /// rows of the documents that there are.
    ///
    /// # Errors
    /// If a list has more than 2^31 elements, or a column of `kept` has the name of one of these.
    pub fn finish(mut self, kept: Option<(u64, &RecordBatch)>) -> Result<RecordBatch, ArrowError> {
        let numbers = self.numbers.finish();
        let mut columns = match kept {
            Some((first, kept)) => taken(&numbers, first, kept)?,
            None => Vec::new(),
        };
        columns.push(Arc::new(numbers));
        columns.push(Arc::new(self.texts.finish()));
        columns.extend([
            self.tokens.finish()?,
            self.ents.finish()?,
            self.sents.finish()?,
            self.cats.finish()?,
            self.spans.finish()?,
        ]);
        let schema = schema_with(kept.map(|(_, kept)| kept.schema()).as_deref())?;
        RecordBatch::try_new(schema, columns)
    }
}

/// The rows of `kept` with these numbers.
fn taken(
    numbers: &Int64Array,
    first: u64,
    kept: &RecordBatch,
) -> Result<Vec<ArrayRef>, ArrowError> {
    let rows: UInt64Array = numbers
        .values()
        .iter()
        .map(|&number| (number as u64).wrapping_sub(first))
        .collect();
    let take = |column: &ArrayRef| arrow_select::take::take(column.as_ref(), &rows, None);
    kept.columns().iter().map(take).collect()
}

/// The columns of documents, behind those that are kept of the input.
///
/// # Errors
/// If one that is kept has the name of one of a document.
pub fn schema_with(kept: Option<&Schema>) -> Result<SchemaRef, ArrowError> {
    let own = [
        Field::new("number", DataType::Int64, false),
        Field::new("text", DataType::Utf8, false),
        List::<Tokens>::field("tokens"),
        List::<Spans>::field("ents"),
        List::<Sents>::field("sents"),
        List::<Cats>::field("cats"),
        List::<Groups>::field("spans"),
    ];
    let kept = kept.map(|kept| kept.fields().as_ref()).unwrap_or_default();
    if let Some(both) = kept
        .iter()
        .find(|field| own.iter().any(|own| own.name() == field.name()))
    {
        let reason = format!(
            "the column {:?} cannot be kept: a document has one of that name",
            both.name()
        );
        return Err(ArrowError::SchemaError(reason));
    }
    let fields: Vec<Arc<Field>> = kept.iter().cloned().chain(own.map(Arc::new)).collect();
    Ok(Arc::new(Schema::new(fields)))
}
