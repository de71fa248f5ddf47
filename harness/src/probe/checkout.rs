//! Where a file of a git checkout can be read by others: in its repository on the web, at the commit that is checked out.
//!
//! Git itself is not asked: its files say it, and a page is also made where it is not installed.

use std::fs;
use std::path::{Path, PathBuf};

/// What is read of git's files at most.
const MOST_BYTES: u64 = 4 << 20;

/// Sites whose addresses of a line are known: the site, what stands before the commit, and what before the line.
const SITES: [(&str, &str, &str); 4] = [
    ("github.com", "blob", "#L"),
    ("gitlab.com", "-/blob", "#L"),
    ("codeberg.org", "src/commit", "#L"),
    ("bitbucket.org", "src", "#lines-"),
];

/// A checkout whose repository is on a site that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    root: PathBuf,
    commit: String,
    /// `https://github.com/owner/name`.
    repository: String,
    blob: &'static str,
    line: &'static str,
}

impl Checkout {
    /// The checkout that holds a file.
    pub fn of(file: &Path) -> Option<Checkout> {
        let root = file
            .ancestors()
            .skip(1)
            .find(|dir| dir.join(".git").exists())?;
        let git = folder(root)?;
        // A worktree has a HEAD of its own, and all else is the repository's.
        let common =
            read(&git.join("commondir")).map_or_else(|| git.clone(), |to| git.join(to.trim()));
        let commit = head(&git, &common)?;
        let (repository, blob, line) = known(&origin(&read(&common.join("config"))?)?)?;
        Some(Checkout {
            root: root.to_owned(),
            commit,
            repository,
            blob,
            line,
        })
    }

    /// The name of the site: `github.com`.
    pub fn site(&self) -> &str {
        self.repository.split('/').nth(2).unwrap_or("")
    }

    /// The address of a line of a file of the checkout.
    pub fn address(&self, file: &Path, line: Option<u32>) -> Option<String> {
        let inside = file.strip_prefix(&self.root).ok()?;
        let line = line.map_or_else(String::new, |line| format!("{}{line}", self.line));
        Some(format!(
            "{}/{}/{}/{}{line}",
            self.repository,
            self.blob,
            self.commit,
            encoded(inside)
        ))
    }
}

/// A path as it stands in an address.
pub fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                text.push(char::from(*byte));
            }
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Git's folder of a checkout: in a worktree, `.git` is a file that names it.
fn folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let named = read(&git)?;
    Some(root.join(named.trim().strip_prefix("gitdir:")?.trim()))
}

/// The commit that is checked out.
fn head(git: &Path, common: &Path) -> Option<String> {
    let head = read(&git.join("HEAD"))?;
    let head = head.trim();
    let Some(branch) = head.strip_prefix("ref: ") else {
        return is_commit(head).then(|| head.to_owned());
    };
    if branch.split('/').any(|part| part == "..") {
        return None;
    }
    let loose = read(&common.join(branch)).map(|text| text.trim().to_owned());
    let packed = || {
        let all = read(&common.join("packed-refs"))?;
        let mut lines = all.lines().filter_map(|line| line.split_once(' '));
        let (commit, _) = lines.find(|(_, name)| *name == branch)?;
        Some(commit.to_owned())
    };
    loose.or_else(packed).filter(|commit| is_commit(commit))
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The address of the remote `origin`.
fn origin(config: &str) -> Option<String> {
    let mut lines = config.lines().map(str::trim);
    lines.find(|line| *line == "[remote \"origin\"]")?;
    let mut own = lines.take_while(|line| !line.starts_with('['));
    own.find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "url").then(|| value.trim().to_owned())
    })
}

/// The repository of an address over https, without whose it is to log in with, where the site is known.
fn known(address: &str) -> Option<(String, &'static str, &'static str)> {
    let rest = address.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next()?;
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte);
    if path.is_empty() || !path.bytes().all(is_plain) {
        return None;
    }
    let (_, blob, line) = SITES.into_iter().find(|(site, ..)| *site == host)?;
    Some((format!("https://{host}/{path}"), blob, line))
}

fn read(path: &Path) -> Option<String> {
    let size = fs::metadata(path).ok()?;
    if !size.is_file() || size.len() > MOST_BYTES {
        return None;
    }
    fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn checkout(files: &[(&str, &str)]) -> (tempfile::TempDir, Option<Checkout>) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = Checkout::of(&dir.path().join("src/a b.rs"));
        (dir, found)
    }

    fn config(address: &str) -> String {
        format!("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {address}\n\tfetch = x\n")
    }

    #[test]
    fn a_line_has_an_address_at_the_commit_that_is_checked_out() {
        let config = config("https://github.com/owner/name.git");
        let (dir, found) = checkout(&[
            (".git/HEAD", "ref: refs/heads/main\n"),
            (".git/refs/heads/main", COMMIT),
            (".git/config", &config),
        ]);
        let found = found.unwrap();
        assert_eq!(found.site(), "github.com");
        assert_eq!(
            found
                .address(&dir.path().join("src/a b.rs"), Some(7))
                .unwrap(),
            format!("https://github.com/owner/name/blob/{COMMIT}/src/a%20b.rs#L7")
        );
        assert_eq!(found.address(Path::new("/elsewhere.rs"), None), None);
    }

    #[test]
    fn a_worktree_and_packed_branches_are_read_too() {
        let config = config("https://gitlab.com/group/sub/name");
        let packed = format!("# pack-refs\n{COMMIT} refs/heads/topic\n");
        let (_dir, found) = checkout(&[
            (".git", "gitdir: real/worktrees/one\n"),
            ("real/worktrees/one/HEAD", "ref: refs/heads/topic\n"),
            ("real/worktrees/one/commondir", "../..\n"),
            ("real/packed-refs", &packed),
            ("real/config", &config),
        ]);
        assert_eq!(
            found.unwrap().repository,
            "https://gitlab.com/group/sub/name"
        );
    }

    #[test]
    fn what_somebody_logs_in_with_stays_out_of_the_address() {
        let (repository, ..) = known("https://me:secret@github.com/owner/name").unwrap();
        assert_eq!(repository, "https://github.com/owner/name");
    }

    #[test]
    fn other_addresses_and_other_sites_have_none() {
        for address in [
            "git@github.com:owner/name.git",
            "https://example.com/owner/name",
            "https://github.com/owner/\"><script>",
            "/somewhere/else",
        ] {
            assert_eq!(known(address), None, "{address}");
        }
        assert_eq!(checkout(&[]).1, None);
        let config = config("https://github.com/owner/name");
        let escaping = checkout(&[(".git/HEAD", "ref: ../../HEAD"), (".git/config", &config)]);
        assert_eq!(escaping.1, None);
    }
}
