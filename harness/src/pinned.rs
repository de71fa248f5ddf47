//! Texts that a program's judgement is pinned by: read once by a person, and compared ever after.

/// Compares a text line by line with the one that is committed as `file` of this package, which says `said`.
/// `UPDATE_JUDGEMENTS=1` writes it anew.
pub(crate) fn assert_pinned(now: &str, said: &str, file: &str) {
    if std::env::var_os("UPDATE_JUDGEMENTS").is_some() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        std::fs::write(path, now).unwrap();
        return;
    }
    let differs = now
        .lines()
        .zip(said.lines())
        .find(|(now, said)| now != said);
    assert_eq!(differs, None, "now, and in {file}");
    assert_eq!(now.lines().count(), said.lines().count());
}
