//! Draws the chart.

use super::SITES;
use super::state::{LINES, State};
use harness_model::record::Measure;
use harness_model::units::{bytes, count, gain, seconds, unit_of};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Paragraph};

/// Rows of figures.
const FIGURES: u16 = 6;
/// Where the second column of figures begins.
const SECOND_COLUMN: usize = 52;

/// Draws all of it.
pub(super) fn draw(frame: &mut Frame<'_>, state: &State) {
    let sites = if state.sites.is_empty() {
        0
    } else {
        SITES as u16 + 1
    };
    let [title, chart, figures, gaining, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(5),
        Constraint::Length(FIGURES),
        Constraint::Length(sites),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let time = seconds(state.seconds);
    let room = usize::from(title.width).saturating_sub(time.chars().count() + 3);
    let name = clipped(&state.title, room);
    let gap = room.saturating_sub(name.chars().count()) + 2;
    frame.render_widget(
        Line::from(vec![
            Span::styled(format!(" {name}"), bold),
            Span::raw(format!("{}{time}", " ".repeat(gap.saturating_sub(1)))),
        ]),
        title,
    );
    lines(frame, chart, state);
    frame.render_widget(Paragraph::new(figures_of(state)), figures);
    if sites > 0 {
        frame.render_widget(Paragraph::new(gaining_of(state)), gaining);
    }
    let dim = Style::new().add_modifier(Modifier::DIM);
    let note = format!(" q or Ctrl-C ends it and writes the report. {}", state.note);
    let note = clipped(&note, usize::from(foot.width));
    frame.render_widget(Line::styled(note, dim), foot);
}

fn colour(measure: Measure) -> Color {
    match measure {
        Measure::Resident => Color::Cyan,
        Measure::Proportional => Color::Yellow,
        Measure::Anonymous => Color::Green,
        Measure::Heap => Color::LightRed,
        _ => Color::Reset,
    }
}

/// The courses of memory.
fn lines(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let points = || LINES.into_iter().flat_map(|measure| state.line(measure));
    let most = points().map(|point| point.1).fold(1.0, f64::max) * 1.05;
    let first = points().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let first = if first.is_finite() { first } else { 0.0 };
    let last = points().map(|point| point.0).fold(first + 1.0, f64::max);
    let unit = unit_of(most);
    let scaled: Vec<(Measure, Vec<(f64, f64)>)> = LINES
        .into_iter()
        .map(|measure| {
            let points = state.line(measure).iter();
            let points = points.map(|(at, value)| (*at, value / unit.bytes));
            (measure, points.collect())
        })
        .collect();
    let datasets = scaled.iter().map(|(measure, points)| {
        Dataset::default()
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(Style::new().fg(colour(*measure)))
            .data(points)
    });
    let dim = Style::new().add_modifier(Modifier::DIM);
    let top = most / unit.bytes;
    let label = |share: f64| format!("{:.*}", if top < 10.0 { 1 } else { 0 }, top * share);
    let chart = Chart::new(datasets.collect())
        .x_axis(Axis::default().style(dim).bounds([first, last]).labels([
            seconds(first),
            seconds((first + last) / 2.0),
            seconds(last),
        ]))
        .y_axis(Axis::default().style(dim).bounds([0.0, top]).labels([
            "0".to_owned(),
            label(0.5),
            format!("{} {}", label(1.0), unit.name),
        ]));
    frame.render_widget(chart, area);
}

/// The figures of memory on the left, those of all else on the right.
fn figures_of(state: &State) -> Vec<Line<'static>> {
    let left = [
        Measure::Resident,
        Measure::Proportional,
        Measure::Unique,
        Measure::Anonymous,
        Measure::Heap,
        Measure::Gpu,
    ];
    let now = |measure: Measure| state.now.get(measure);
    let mut right: Vec<(&str, u64)> = vec![("processes", state.processes)];
    for measure in [Measure::Threads, Measure::Descriptors] {
        right.extend(now(measure).map(|value| (measure.words(), value)));
    }
    if state.marks > 0 {
        right.push(("marks", state.marks));
    }
    right.extend(now(Measure::HeapBlocks).map(|value| (Measure::HeapBlocks.words(), value)));
    let known = left.into_iter().filter_map(|one| Some((one, now(one)?)));
    let known: Vec<(Measure, u64)> = known.collect();
    (0..usize::from(FIGURES))
        .map(|row| {
            let mut spans = Vec::new();
            let mut written = 0;
            if let Some((measure, value)) = known.get(row) {
                let rate = match state.rate(*measure) {
                    Some(rate) if rate.abs() >= 1.0 => format!("{} a minute", gain(rate)),
                    Some(_) => "flat".to_owned(),
                    None => String::new(),
                };
                let name = format!(" {:<17}", measure.words());
                let text = format!("{:>10}   {rate}", bytes(*value as f64));
                written = name.chars().count() + text.chars().count();
                spans.push(Span::styled(name, Style::new().fg(colour(*measure))));
                spans.push(Span::raw(text));
            }
            if let Some((name, value)) = right.get(row) {
                let gap = SECOND_COLUMN.saturating_sub(written);
                spans.push(Span::raw(format!(
                    "{}{name:<13}{:>10}",
                    " ".repeat(gap),
                    count(*value)
                )));
            }
            Line::from(spans)
        })
        .collect()
}

/// The call sites that gain the most.
fn gaining_of(state: &State) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(
        " What gained the most in the last minute:",
        Style::new().add_modifier(Modifier::BOLD),
    )];
    for site in state.sites.iter().take(SITES) {
        let place = site.place.as_deref().unwrap_or("\u{2026}");
        lines.push(Line::from(format!(
            " {:>11}, now {:>10}  {}",
            gain(site.gained as f64),
            bytes(site.bytes as f64),
            printable::line(place)
        )));
    }
    lines
}

/// The beginning of a text, as far as there is room, without anything that a terminal would obey.
fn clipped(text: &str, room: usize) -> String {
    let text = printable::line(text);
    match text.char_indices().nth(room) {
        Some(_) => text
            .chars()
            .take(room.saturating_sub(1))
            .chain(['\u{2026}'])
            .collect(),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::namer::Named;
    use super::*;
    use harness_model::record::{RecordFigures, RecordLine, RecordSample};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn state() -> State {
        let mut state = State::new("./server --port 8080".to_owned(), String::new());
        for second in 0..120_u64 {
            state.take(&RecordLine::Sample(RecordSample {
                seconds: second as f64,
                marks: 10 * second,
                processes: 3,
                total: RecordFigures {
                    resident_bytes: Some((50 << 20) + second * 65_536),
                    anonymous_bytes: Some(40 << 20),
                    heap_bytes: Some((10 << 20) + second * 65_536),
                    descriptors: Some(12),
                    threads: Some(4),
                    ..RecordFigures::default()
                },
                each: Vec::new(),
            }));
        }
        state.seconds = 119.0;
        state.sites = vec![Named {
            place: Some("take (work.c:16)".to_owned()),
            bytes: 9 << 20,
            gained: 3_932_160,
        }];
        state
    }

    fn screen(width: u16, height: u16, state: &State) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, state)).unwrap();
        let buffer = terminal.backend().buffer();
        let row = |y| {
            (0..width)
                .map(|x| buffer[(x, y)].symbol())
                .collect::<String>()
        };
        (0..height).map(|y| row(y).trim_end().to_owned()).collect()
    }

    #[test]
    fn everything_fits_into_80_columns_and_24_rows() {
        let screen = screen(80, 24, &state());
        let all = screen.join("\n");
        assert_eq!(
            screen[0],
            " ./server --port 8080                                                1 min 59 s"
        );
        let resident =
            " RSS                57.4 MiB   +3.75 MiB a minute   processes             3";
        assert!(screen.iter().any(|row| row == resident), "{all}");
        let anonymous =
            " anonymous memory     40 MiB   flat                 threads               4";
        assert!(screen.iter().any(|row| row == anonymous), "{all}");
        let site = "   +3.75 MiB, now      9 MiB  take (work.c:16)";
        assert!(screen.iter().any(|row| row == site), "{all}");
        assert!(all.contains("60 MiB") && all.contains("1 min 0 s"), "{all}");
        assert!(screen[23].starts_with(" q or Ctrl-C ends it"), "{all}");
        let braille = all
            .chars()
            .filter(|c| ('\u{2801}'..='\u{28ff}').contains(c));
        assert!(braille.count() > 100, "{all}");
    }

    #[test]
    fn a_terminal_of_any_size_and_a_title_of_any_length_are_no_trouble() {
        let mut state = state();
        state.title = "w\u{1b}[31m\u{f6}rk ".repeat(100);
        for (width, height) in [(1, 1), (10, 3), (20, 8), (300, 100)] {
            let rows = screen(width, height, &state);
            assert!(!rows.concat().contains('\u{1b}'));
        }
        screen(80, 24, &State::new(String::new(), String::new()));
    }
}
