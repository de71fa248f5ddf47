//! A document made without a zone cannot outlive the pipeline, whose vocabulary it reads.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let doc = nlp.parse("Without a zone").unwrap();
    drop(nlp);
    println!("{}", doc.text());
}
