//! What a shell and `man` get: `harness completions`, `harness man`.

use super::place::{Ended, Place};
use std::io::Write;
use std::process::{Command, Stdio};

fn harness(place: &Place, arguments: &[&str]) -> Ended {
    let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"));
    let harness = harness.args(arguments).current_dir(place.path("."));
    Ended::from(harness.output().unwrap())
}

/// The commands that the help lists.
fn commands(place: &Place) -> Vec<String> {
    let help = harness(place, &["--help"]).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    // What goes on in a line of its own stands further to the right.
    let rows = listed.filter_map(|line| line.strip_prefix("  "));
    let rows = rows.filter(|row| !row.starts_with(' '));
    let words = rows.filter_map(|row| row.split_whitespace().next());
    let names = words.filter(|word| *word != "help").map(str::to_owned);
    names.collect()
}

#[test]
fn bash_completes_every_command_and_the_options_of_each() {
    let place = Place::new();
    let script = harness(&place, &["completions", "bash"]);
    assert_eq!(script.code, Some(0), "{script:?}");
    let completed = |words: &str| {
        let count = words.split(' ').count();
        let ask = format!(
            "{}\nCOMP_WORDS=({words} '')\nCOMP_CWORD={count}\n_harness harness '' ''\necho \"${{COMPREPLY[@]}}\"\n",
            script.stdout
        );
        let mut bash = Command::new("bash");
        let bash = bash
            .arg("--norc")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut bash = bash.spawn().unwrap();
        bash.stdin
            .take()
            .unwrap()
            .write_all(ask.as_bytes())
            .unwrap();
        let output = bash.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words
    };
    let all = completed("harness");
    let commands = commands(&place);
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        assert!(all.contains(&command), "{command}: {all:?}");
    }
    let of_init = completed("harness init");
    for option in ["--dir", "--reason", "--iters"] {
        assert!(of_init.iter().any(|word| word == option), "{of_init:?}");
    }
    assert!(!of_init.iter().any(|word| word == "--inject"));
}

#[test]
fn zsh_and_fish_have_scripts_too_and_an_unknown_shell_is_told_which_there_are() {
    let place = Place::new();
    for (shell, says) in [("zsh", "#compdef harness"), ("fish", "complete -c harness")] {
        let script = harness(&place, &["completions", shell]);
        assert_eq!(script.code, Some(0), "{script:?}");
        assert!(script.stdout.contains(says), "{shell}");
    }
    let unknown = harness(&place, &["completions", "dos"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(unknown.stderr.contains("bash"), "{unknown:?}");
}

#[test]
fn every_command_has_a_manual_page_with_its_options_and_its_exit_codes() {
    let place = Place::new();
    let wrote = harness(&place, &["man", "made/man1"]);
    assert_eq!(wrote.code, Some(0), "{wrote:?}");
    let page = |name: &str| std::fs::read_to_string(place.path("made/man1").join(name)).unwrap();
    let commands = commands(&place);
    let told = format!("Wrote {} pages to made/man1.", commands.len() + 1);
    assert!(wrote.stdout.contains(&told), "{wrote:?}");
    assert!(page("harness.1").contains(".TH harness 1"));
    for command in commands {
        let help = harness(&place, &[&command, "--help"]).stdout;
        let page = page(&format!("harness-{command}.1")).replace('\\', "");
        let words = help.split_whitespace();
        let options = words.filter(|word| word.starts_with("--") && word.len() > 4);
        for option in options.map(|word| word.trim_end_matches(|c: char| !c.is_alphanumeric())) {
            assert!(page.contains(option), "{command}: {option}");
        }
    }
    assert!(page("harness-run.1").contains("Exit codes:"));
}

#[test]
fn a_manual_page_goes_nowhere_where_there_is_a_file_in_the_way() {
    let place = Place::new();
    std::fs::write(place.path("file"), "").unwrap();
    let wrong = harness(&place, &["man", "file"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("cannot write to file"), "{wrong:?}");
}
