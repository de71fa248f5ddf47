//! The options of `harness completions`.

use clap_complete::Shell;

const AFTER_HELP: &str = "\
Examples:
  harness completions bash > ~/.local/share/bash-completion/completions/harness
  harness completions zsh > ~/.zfunc/_harness
      where fpath has ~/.zfunc before compinit
  harness completions fish > ~/.config/fish/completions/harness.fish";

/// Print what a shell needs to complete the words of this command line
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct CompletionsOptions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}
