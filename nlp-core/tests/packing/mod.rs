//! Writes archives as pip and setuptools do, and as nobody should: each member says of itself what it is told to.
//! The tests of this crate and of the programs include this file.

#![allow(dead_code, reason = "not everybody uses all of it")]

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

/// A file for an archive, and what the archive says of it.
#[derive(Clone)]
pub struct Member {
    pub name: String,
    pub content: Vec<u8>,
    /// Whether it is deflated in a zip archive.
    pub deflated: bool,
    /// The flags of a zip archive.
    pub flags: u16,
    /// The size that it claims, if not its own.
    pub claims: Option<u64>,
    /// The kind of a tar archive.
    pub kind: u8,
}

/// A member that says the truth.
pub fn member(name: &str, content: impl Into<Vec<u8>>) -> Member {
    Member {
        name: name.to_owned(),
        content: content.into(),
        deflated: true,
        flags: 0,
        claims: None,
        kind: b'0',
    }
}

/// The files in `dir`, named relative to it with `prefix` before that.
pub fn members_of(dir: &Path, prefix: &str) -> Vec<Member> {
    let mut members = Vec::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
                continue;
            }
            let name = path.strip_prefix(dir).unwrap().to_str().unwrap();
            members.push(member(&format!("{prefix}{name}"), fs::read(&path).unwrap()));
        }
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    members
}

/// A zip archive.
pub fn zip(members: &[Member]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let packed = match member.deflated {
            false => member.content.clone(),
            true => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(&member.content).unwrap();
                encoder.finish().unwrap()
            }
        };
        let mut crc = Crc::new();
        crc.update(&member.content);
        let unpacked = member.claims.unwrap_or(member.content.len() as u64);
        // What stands in the header before the data and in the directory alike.
        let mut said = Vec::new();
        said.extend(member.flags.to_le_bytes());
        said.extend((if member.deflated { 8u16 } else { 0 }).to_le_bytes());
        said.extend([0; 4]); // the time
        said.extend(crc.sum().to_le_bytes());
        said.extend((packed.len() as u32).to_le_bytes());
        said.extend((unpacked as u32).to_le_bytes());
        said.extend((member.name.len() as u16).to_le_bytes());
        said.extend([0; 2]); // no extra field
        directory.extend(b"PK\x01\x02\x14\x03\x14\x00");
        directory.extend(&said);
        directory.extend([0; 8]); // no comment, the first disk, no attributes
        let mode: u16 = if member.kind == b'2' { 0o120_777 } else { 0 };
        directory.extend(mode.to_le_bytes());
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(member.name.as_bytes());
        bytes.extend(b"PK\x03\x04\x14\x00");
        bytes.extend(&said);
        bytes.extend(member.name.as_bytes());
        bytes.extend(packed);
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend((members.len() as u16).to_le_bytes());
    bytes.extend((members.len() as u16).to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// A tar archive, which nothing packed.
pub fn tar(members: &[Member]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for member in members {
        let name = member.name.as_bytes();
        if name.len() > 100 {
            // As Python writes it: in an entry of its own.
            let mut record = format!(" path={}\n", member.name);
            let digits = (record.len() + 3).to_string();
            record.insert_str(0, &digits);
            bytes.extend(header(b"pax", record.len() as u64, b'x'));
            padded(&mut bytes, record.as_bytes());
        }
        let size = member.claims.unwrap_or(member.content.len() as u64);
        bytes.extend(header(&name[..name.len().min(100)], size, member.kind));
        padded(&mut bytes, &member.content);
    }
    bytes.extend([0; 1024]);
    bytes
}

fn padded(bytes: &mut Vec<u8>, content: &[u8]) {
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
}

fn header(name: &[u8], size: u64, kind: u8) -> [u8; 512] {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name);
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    header[148..156].fill(b' ');
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header
}

/// What gzip makes of `bytes`.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
