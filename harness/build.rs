//! Compiles the library that is preloaded into other programs, so that it can be embedded: the harness is then one file.
//!
//! The same sources are a crate of the workspace too, for what can be tested by itself. The library itself is not linked
//! against Rust's standard library, which would bring a second unwinder into every program.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a build script speaks to cargo, and writes into its folder alone"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What the hooks and the walk are written for.
const SUPPORTED: (&str, &str, &str) = ("x86_64", "linux", "gnu");

fn main() {
    let sources = Path::new("preload/src");
    println!("cargo::rerun-if-changed={}", sources.display());
    let library =
        PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("libharness_preload.so");
    let part = |name| env::var(name).unwrap_or_default();
    let target = (
        part("CARGO_CFG_TARGET_ARCH"),
        part("CARGO_CFG_TARGET_OS"),
        part("CARGO_CFG_TARGET_ENV"),
    );
    if (target.0.as_str(), target.1.as_str(), target.2.as_str()) != SUPPORTED {
        // An empty library: the harness says that it cannot look into other programs here.
        fs::write(&library, []).expect("the build folder can be written");
        return;
    }
    let mut rustc = Command::new(env::var_os("RUSTC").expect("cargo sets it"));
    rustc.args([
        "--edition",
        "2024",
        "--crate-type",
        "cdylib",
        "--crate-name",
        "harness_preload",
        "--cfg",
        "interpose",
    ]);
    rustc.args(["--target", &part("TARGET")]);
    rustc.args([
        "-C",
        "opt-level=3",
        "-C",
        "codegen-units=1",
        "-C",
        "lto=fat",
        "-C",
        "panic=abort",
    ]);
    // Frames of the library itself are walked through where a hook is an ordinary function.
    rustc.args([
        "-C",
        "force-unwind-tables=yes",
        "-C",
        "debuginfo=line-tables-only",
    ]);
    rustc.args(["-C", "link-arg=-nostartfiles", "-C", "link-arg=-Wl,-z,now"]);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut option = std::ffi::OsString::from("linker=");
        option.push(linker);
        rustc.arg("-C").arg(option);
    }
    rustc.arg("-o").arg(&library).arg(sources.join("lib.rs"));
    let status = rustc.status().expect("rustc can be started");
    assert!(
        status.success(),
        "the library that is preloaded into other programs could not be compiled"
    );
}
