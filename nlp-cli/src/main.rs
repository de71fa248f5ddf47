//! The program `nlp`: what a pipeline trained by spaCy v3 says of a text, and what is in such a pipeline.

fn main() -> std::process::ExitCode {
    nlp_cli::main()
}
