//! spaCy's tokenizer for Chinese (`lang/zh/__init__.py`).

use serde_json::Value;

use super::Segmenter;
use super::jieba::Jieba;
use super::pkuseg::Pkuseg;
use crate::error::{Error, FormatError};
use crate::files::{PipelineFiles, data_of_package};
use crate::format;

/// Where spaCy writes the tokenizer.
const FOLDER: &str = "tokenizer";

/// Loads the tokenizer that a pipeline has, and what to know of it.
///
/// # Errors
/// If its files are missing or damaged; or if it is jieba's, whose dictionary no pipeline has in it, and that package is
/// not installed.
pub(crate) fn load(files: &dyn PipelineFiles) -> Result<(Segmenter, Option<String>), Error> {
    let name = format!("{FOLDER}/cfg");
    let path = files.path(&name);
    let cfg = format::json(&files.read(&name)?).map_err(|e| e.in_file(&path))?;
    let segmenter = match cfg.get("segmenter") {
        None => "char",
        Some(Value::String(segmenter)) => segmenter,
        Some(_) => return Err(FormatError::new("\"segmenter\" is no text").in_file(&path)),
    };
    let segmenter = match segmenter {
        "char" => Segmenter::Characters,
        "pkuseg" => Segmenter::Pkuseg(Box::new(Pkuseg::load(files, FOLDER)?)),
        "jieba" => match data_of_package("jieba", "", None) {
            Ok(package) => Segmenter::Jieba(Box::new(Jieba::load(package.as_ref())?)),
            Err(looked) => {
                let places: Vec<String> =
                    looked.iter().map(|dir| dir.display().to_string()).collect();
                return Err(Error::Unsupported {
                    component: "nlp.tokenizer".into(),
                    feature: format!(
                        "the segmenter \"jieba\" without the dictionary of the Python package jieba (pip install jieba), \
                         which is not in {}",
                        places.join(", ")
                    ),
                    path,
                    disabled: false,
                });
            }
        },
        other => {
            let warning = format!(
                "the tokenizer's segmenter {other:?} is none of char, jieba and pkuseg: each character becomes a token"
            );
            return Ok((Segmenter::Characters, Some(warning)));
        }
    };
    Ok((segmenter, None))
}
