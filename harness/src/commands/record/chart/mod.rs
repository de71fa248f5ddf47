//! The live chart: what a command holds, drawn in the terminal while it runs.
//!
//! - [`state`]: what is drawn.
//! - [`view`]: how; it fits a terminal of 80 columns and 24 rows.
//! - [`namer`]: names call sites beside the recording, since a large program's debug information takes seconds to read.

mod namer;
mod state;
mod view;

use super::sites::Top;
use harness_model::record::RecordLine;
use namer::Namer;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use state::State;
use std::io;
use std::time::{Duration, Instant};

/// How often it is drawn.
const REDRAW: Duration = Duration::from_millis(250);
/// How often call sites are looked for.
const RENAME: Duration = Duration::from_secs(2);
/// Call sites that are shown.
pub(super) const SITES: usize = 3;

/// The chart on the terminal, which is restored when this goes away.
pub(super) struct Chart {
    terminal: DefaultTerminal,
    state: State,
    namer: Namer,
    drawn: Option<Instant>,
    named: Option<Instant>,
}

impl Chart {
    /// Takes the terminal.
    ///
    /// # Errors
    ///
    /// It is none that can be drawn on.
    pub(super) fn begin(title: String, note: String) -> io::Result<Chart> {
        Ok(Chart {
            terminal: ratatui::try_init()?,
            state: State::new(title, note),
            namer: Namer::new(),
            drawn: None,
            named: None,
        })
    }

    /// Takes in a line of the recording.
    pub(super) fn take(&mut self, line: &RecordLine) {
        self.state.take(line);
    }

    /// Draws, if it is time to; `gaining` are the call sites that gain the most. Whether whoever sits there wants to end it.
    pub(super) fn show(&mut self, seconds: f64, gaining: impl FnOnce() -> Vec<Top>) -> bool {
        if self.named.is_none_or(|named| named.elapsed() >= RENAME) {
            self.named = Some(Instant::now());
            self.state.sites = self.namer.names(&gaining());
        }
        let mut anew = self.drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW);
        // A terminal that cannot be asked has no keys.
        while event::poll(Duration::ZERO).unwrap_or(false) {
            match event::read() {
                Ok(Event::Key(key)) if ends(key) => return true,
                Ok(Event::Resize(..)) => anew = true,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        if anew {
            self.drawn = Some(Instant::now());
            self.state.seconds = seconds;
            let state = &self.state;
            // What cannot be drawn now may be the next time.
            let _ = self.terminal.draw(|frame| view::draw(frame, state));
        }
        false
    }
}

impl Drop for Chart {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// Whether a key means the end.
fn ends(key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind != KeyEventKind::Release
        && match key.code {
            KeyCode::Char('q') | KeyCode::Esc => true,
            KeyCode::Char('c' | 'd') => control,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_and_ctrl_c_end_it_and_other_keys_do_not() {
        let key = |code, modifiers| KeyEvent::new(code, modifiers);
        assert!(ends(key(KeyCode::Char('q'), KeyModifiers::NONE)));
        assert!(ends(key(KeyCode::Char('c'), KeyModifiers::CONTROL)));
        assert!(!ends(key(KeyCode::Char('c'), KeyModifiers::NONE)));
        assert!(!ends(key(KeyCode::Enter, KeyModifiers::NONE)));
    }
}
