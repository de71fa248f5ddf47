//! What a file is, by how it begins: names can be wrong.

/// What the first bytes of a file say that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Packed with gzip.
    Gzip,
    /// Packed with zstd.
    Zstd,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC file, also called Feather.
    ArrowFile,
    /// An Arrow IPC stream.
    ArrowStream,
    /// UTF-16, with a byte order mark, the lower byte first or not.
    Utf16 {
        /// Whether the lower byte comes first.
        little: bool,
    },
    /// Anything else: text, as long as nothing shows that it is not.
    Other,
}

/// The most bytes that [`content_of`] looks at.
pub(super) const LONGEST: usize = 8;

/// What a file is that begins with `head`: all of it, or its first 8 bytes at least.
pub fn content_of(head: &[u8]) -> Content {
    let begins = |magic: &[u8]| head.starts_with(magic);
    if begins(&[0x1f, 0x8b, 8]) {
        Content::Gzip
    } else if begins(&0xfd2f_b528u32.to_le_bytes()) || is_skippable_frame(head) {
        Content::Zstd
    } else if begins(b"PAR1") {
        Content::Parquet
    } else if begins(b"ARROW1\0\0") {
        Content::ArrowFile
    } else if begins(&[0xff; 4]) {
        Content::ArrowStream
    } else if begins(&[0xff, 0xfe]) {
        Content::Utf16 { little: true }
    } else if begins(&[0xfe, 0xff]) {
        Content::Utf16 { little: false }
    } else {
        Content::Other
    }
}

/// A file of zstd may begin with a frame that says nothing: RFC 8878, section 3.1.2.
fn is_skippable_frame(head: &[u8]) -> bool {
    head.first_chunk::<4>()
        .is_some_and(|magic| u32::from_le_bytes(*magic) & !0xf == 0x184d_2a50)
}
