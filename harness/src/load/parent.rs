//! How a process that sends requests is told what to do: by its parent, on a socket that is its standard input.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

/// Carries out what the parent says, until it says no more: a line with the plan, of which `prepare` makes what does the
/// work, and then lines with an order each. What is done is a line in answer to each.
pub fn obey<Plan, Done, Work>(prepare: impl FnOnce(Plan) -> io::Result<Work>) -> ExitCode
where
    Plan: DeserializeOwned,
    Done: Serialize,
    Work: FnMut(&str) -> io::Result<Done>,
{
    match obey_lines(prepare) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn obey_lines<Plan, Done, Work>(prepare: impl FnOnce(Plan) -> io::Result<Work>) -> io::Result<()>
where
    Plan: DeserializeOwned,
    Done: Serialize,
    Work: FnMut(&str) -> io::Result<Done>,
{
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut writer = socket.try_clone()?;
    let mut lines = BufReader::new(socket).lines();
    let Some(plan) = lines.next() else {
        return Ok(());
    };
    let mut work = prepare(serde_json::from_str(&plan?)?)?;
    for order in lines {
        let done = work(&order?)?;
        writer.write_all(format!("{}\n", serde_json::to_string(&done)?).as_bytes())?;
    }
    Ok(())
}
