//! Batches of documents into a Parquet file, without Parquet's own Arrow: what documents are made of are texts and numbers,
//! and lists of structures of them.

use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, FloatType, Int32Type as Int32Column,
    Int64Type as Int64Column,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{
    SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter,
};
use parquet::schema::types::{Type, TypePtr};

use super::stream::batches;

/// A row group is written when it has so many bytes, as Arrow has them.
const GROUP_BYTES: usize = 32 << 20;

/// Writes the Parquet file of the documents of a stream whose [head](super::head_of_stream) and [pieces](super::piece_of) are
/// in `pieces`, packed with Snappy.
///
/// # Errors
/// If reading or writing fails, and if a column is of a type that documents do not have.
pub fn parquet_of_pieces<P: Read + Seek>(
    pieces: &mut P,
    out: &mut (impl Write + Send),
) -> io::Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let batches = batches(pieces)?;
    let root = message(&batches.schema()).map_err(io::Error::other)?;
    let writer = SerializedFileWriter::new(out, root, Arc::new(properties));
    let mut writer = writer.map_err(io::Error::other)?;
    let mut group: Vec<RecordBatch> = Vec::new();
    let mut bytes = 0;
    for batch in batches {
        let batch = batch.map_err(io::Error::other)?;
        bytes += batch.get_array_memory_size();
        group.push(batch);
        if bytes >= GROUP_BYTES {
            write_group(&mut writer, &group).map_err(io::Error::other)?;
            group.clear();
            bytes = 0;
        }
    }
    if !group.is_empty() {
        write_group(&mut writer, &group).map_err(io::Error::other)?;
    }
    writer.close().map(drop).map_err(io::Error::other)
}

/// The schema, as Parquet has it.
fn message(schema: &Schema) -> Result<TypePtr> {
    let fields = schema
        .fields()
        .iter()
        .map(|field| column_type(field))
        .collect::<Result<_>>()?;
    Ok(Arc::new(
        Type::group_type_builder("schema")
            .with_fields(fields)
            .build()?,
    ))
}

fn column_type(field: &Field) -> Result<TypePtr> {
    let DataType::List(item) = field.data_type() else {
        return leaf_type(field);
    };
    let DataType::Struct(fields) = item.data_type() else {
        return Err(unknown(field));
    };
    let leaves = fields
        .iter()
        .map(|field| leaf_type(field))
        .collect::<Result<_>>()?;
    let element = Type::group_type_builder("element")
        .with_repetition(Repetition::REQUIRED)
        .with_fields(leaves)
        .build()?;
    let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
    let list = list.with_fields(vec![Arc::new(element)]).build()?;
    let column = Type::group_type_builder(field.name()).with_repetition(Repetition::REQUIRED);
    let column = column
        .with_logical_type(Some(LogicalType::List))
        .with_converted_type(ConvertedType::LIST);
    Ok(Arc::new(column.with_fields(vec![Arc::new(list)]).build()?))
}

fn leaf_type(field: &Field) -> Result<TypePtr> {
    let (physical, logical, converted) = match field.data_type() {
        DataType::Utf8 => (
            Physical::BYTE_ARRAY,
            Some(LogicalType::String),
            ConvertedType::UTF8,
        ),
        DataType::Boolean => (Physical::BOOLEAN, None, ConvertedType::NONE),
        DataType::Int32 => (Physical::INT32, None, ConvertedType::NONE),
        DataType::Int64 => (Physical::INT64, None, ConvertedType::NONE),
        DataType::Float32 => (Physical::FLOAT, None, ConvertedType::NONE),
        _ => return Err(unknown(field)),
    };
    let repetition = match field.is_nullable() {
        true => Repetition::OPTIONAL,
        false => Repetition::REQUIRED,
    };
    let leaf = Type::primitive_type_builder(field.name(), physical).with_repetition(repetition);
    Ok(Arc::new(
        leaf.with_logical_type(logical)
            .with_converted_type(converted)
            .build()?,
    ))
}

fn unknown(field: &Field) -> ParquetError {
    let reason = format!(
        "the column {} is of type {}, which no document has",
        field.name(),
        field.data_type()
    );
    ParquetError::General(reason)
}

fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    batches: &[RecordBatch],
) -> Result<()> {
    let mut group = writer.next_row_group()?;
    let schema = batches[0].schema();
    for (i, field) in schema.fields().iter().enumerate() {
        let arrays: Vec<&ArrayRef> = batches.iter().map(|batch| batch.column(i)).collect();
        match field.data_type() {
            DataType::List(item) => {
                let DataType::Struct(fields) = item.data_type() else {
                    return Err(unknown(field));
                };
                for (leaf, field) in fields.iter().enumerate() {
                    write_column(&mut group, |column| {
                        arrays
                            .iter()
                            .try_for_each(|array| write_list(column, array, leaf, field))
                    })?;
                }
            }
            _ => write_column(&mut group, |column| {
                arrays.iter().try_for_each(|array| {
                    let levels = levels_of(array.as_ref(), field.is_nullable(), 0);
                    write_values(column, array, levels.as_deref(), None)
                })
            })?,
        }
    }
    group.close().map(drop)
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    write: impl FnOnce(&mut SerializedColumnWriter<'_>) -> Result<()>,
) -> Result<()> {
    let column = group.next_column()?;
    let mut column =
        column.ok_or_else(|| ParquetError::General("there are too many columns".to_owned()))?;
    write(&mut column)?;
    column.close()
}

/// How much of each value is defined: one more than `base`, or `base` where there is none. Nothing where that is the same
/// for all.
fn levels_of(array: &dyn Array, nullable: bool, base: i16) -> Option<Vec<i16>> {
    nullable.then(|| {
        (0..array.len())
            .map(|i| base + i16::from(array.is_valid(i)))
            .collect()
    })
}

/// Writes a leaf of a column of lists. An empty list is a level without a value.
fn write_list(
    column: &mut SerializedColumnWriter<'_>,
    array: &ArrayRef,
    leaf: usize,
    field: &Field,
) -> Result<()> {
    let lists = array.as_list::<i32>();
    // What a list that was sliced begins with is its own.
    let offsets = lists.value_offsets();
    let (first, last) = (offsets[0] as usize, offsets[offsets.len() - 1] as usize);
    let values = lists
        .values()
        .as_struct()
        .column(leaf)
        .slice(first, last - first);
    let of_values = levels_of(values.as_ref(), field.is_nullable(), 1);
    let level = |at: usize| of_values.as_ref().map_or(1, |levels| levels[at]);
    let (mut definitions, mut repetitions) = (Vec::new(), Vec::new());
    for pair in offsets.windows(2) {
        let (start, end) = (pair[0] as usize - first, pair[1] as usize - first);
        if start == end {
            definitions.push(0);
            repetitions.push(0);
        }
        for at in start..end {
            definitions.push(level(at));
            repetitions.push(i16::from(at > start));
        }
    }
    write_values(column, &values, Some(&definitions), Some(&repetitions))
}

/// Writes the values that are there.
fn write_values(
    column: &mut SerializedColumnWriter<'_>,
    array: &ArrayRef,
    definitions: Option<&[i16]>,
    repetitions: Option<&[i16]>,
) -> Result<()> {
    match array.data_type() {
        DataType::Utf8 => {
            let values: Vec<ByteArray> = array
                .as_string::<i32>()
                .iter()
                .flatten()
                .map(ByteArray::from)
                .collect();
            column
                .typed::<ByteArrayType>()
                .write_batch(&values, definitions, repetitions)?;
        }
        DataType::Boolean => {
            let values: Vec<bool> = array.as_boolean().iter().flatten().collect();
            column
                .typed::<BoolType>()
                .write_batch(&values, definitions, repetitions)?;
        }
        DataType::Int32 => {
            let values: Vec<i32> = array.as_primitive::<Int32Type>().iter().flatten().collect();
            column
                .typed::<Int32Column>()
                .write_batch(&values, definitions, repetitions)?;
        }
        DataType::Int64 => {
            let values: Vec<i64> = array.as_primitive::<Int64Type>().iter().flatten().collect();
            column
                .typed::<Int64Column>()
                .write_batch(&values, definitions, repetitions)?;
        }
        DataType::Float32 => {
            let values: Vec<f32> = array
                .as_primitive::<Float32Type>()
                .iter()
                .flatten()
                .collect();
            column
                .typed::<FloatType>()
                .write_batch(&values, definitions, repetitions)?;
        }
        other => {
            return Err(ParquetError::General(format!(
                "no document has a column of type {other}"
            )));
        }
    }
    Ok(())
}
