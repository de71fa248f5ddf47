//! Rows become series: of each group by itself, and of each group the stretches between which it began anew.
//!
//! A row may come late, or twice; a clock may be set back; what is measured may be started again. What goes back for a few
//! rows and then goes on came late. What stays back began anew where iterations or the time since the beginning are
//! counted; where the clock on the wall is, it was set.

use super::remarks::{Remark, Remarks};
use super::thinned::Thinned;
use harness_judge::over_time::Point;

/// Points that are kept of all series together.
const MOST_POINTS: usize = 600_000;
/// Points that are kept of one series, at the most and, unless there are very many of them, at the least.
const MOST_OF_ONE: usize = 16_384;
const LEAST_OF_ONE: usize = 256;
/// Groups that are told apart.
const MOST_GROUPS: usize = 64;
/// The same where each measure of a group is one of its own here.
const MOST_OF_MEASURES: usize = 1_024;
/// Stretches of all groups together that are kept.
const MOST_PIECES: usize = 64;
/// Rows that may come late one after another.
const LATE: usize = 8;
/// Rows that a stretch needs so that going back to its beginning ends it.
const FEWEST_OF_A_PIECE: u64 = 3;
/// What has fallen to less than this share of what it was has begun anew, if it only counts.
const ANEW: f64 = 0.5;

/// In which order the rows of a file come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// The oldest first.
    #[default]
    Forward,
    /// The newest first.
    Backward,
    /// None that is known.
    None,
}

/// How the rows of a file lie.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Course {
    /// In which order they come.
    pub order: Order,
    /// Whether the axis goes on by itself, as the clock on the wall does.
    pub is_wall: bool,
    /// Whether rows have no place of their own, and are counted.
    pub is_counted: bool,
    /// Whether each row has the value of one measure, so that measures are gathered apart.
    pub is_by_measure: bool,
}

/// A row that was understood.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub line: u64,
    /// Its place on the axis.
    pub at: f64,
    /// Seconds, where they are known beside the axis.
    pub seconds: Option<f64>,
    /// Whether it belongs to the warm-up.
    pub warm_up: bool,
    /// The value of each series.
    pub values: Vec<Option<u64>>,
    /// Figures that only fall where what is measured began anew.
    pub counters: Vec<Option<f64>>,
    /// What is another where it did: the process's number, when it began.
    pub identity: Vec<Option<f64>>,
}

/// A stretch in which what is measured went on.
#[derive(Clone, Debug, Default)]
pub(super) struct Piece {
    /// The line that it begins in.
    pub line: u64,
    /// Its rows.
    pub rows: u64,
    /// The series, by their number.
    pub series: Vec<Thinned>,
    /// Where the last row of the warm-up is, where the file says so.
    pub warm_up: Option<f64>,
    /// Seconds of the first row and of the last.
    pub seconds: Option<(f64, f64)>,
    first: f64,
    last: f64,
    counters: Vec<Option<f64>>,
    identity: Vec<Option<f64>>,
}

/// The stretches of one group.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub name: String,
    pub pieces: Vec<Piece>,
    /// Stretches that were too short to be kept.
    pub dropped: usize,
    late: Vec<Row>,
    /// What is added to the places of rows, since the clock was set.
    shift: f64,
    counted: u64,
}

/// The rows of a file, as series.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub groups: Vec<Group>,
    course: Course,
    most: usize,
    series: usize,
}

impl Gathered {
    pub(super) fn new(course: Course) -> Gathered {
        Gathered {
            course,
            most: MOST_OF_ONE,
            ..Gathered::default()
        }
    }

    /// The number of the group of this name; none where there are too many.
    pub(super) fn group(&mut self, name: &str) -> Option<usize> {
        if let Some(at) = self.groups.iter().position(|group| group.name == name) {
            return Some(at);
        }
        let most = match self.course.is_by_measure {
            true => MOST_OF_MEASURES,
            false => MOST_GROUPS,
        };
        if self.groups.len() >= most {
            return None;
        }
        self.groups.push(Group {
            name: name.to_owned(),
            ..Group::default()
        });
        Some(self.groups.len() - 1)
    }

    /// Takes a row of a group.
    pub(super) fn take(&mut self, group: usize, row: &mut Row, remarks: &mut Remarks) {
        if self.course.is_counted {
            let group = &mut self.groups[group];
            row.at = group.counted as f64;
            group.counted += 1;
        }
        let row = &*row;
        if self.course.order != Order::Forward {
            let piece = match self.groups[group].pieces.is_empty() {
                true => self.begin(group, row),
                false => 0,
            };
            self.push(group, piece, row);
            return;
        }
        let own = &self.groups[group];
        let Some(piece) = own.pieces.last() else {
            let piece = self.begin(group, row);
            self.push(group, piece, row);
            return;
        };
        let at = row.at + own.shift;
        if at < piece.last {
            let is_beginning = at <= piece.first + 0.02 * (piece.last - piece.first);
            if is_beginning && !self.course.is_wall && piece.rows >= FEWEST_OF_A_PIECE {
                self.settle(group, remarks);
                remarks.note(Remark::BeganAnew, row.line);
                let piece = self.begin(group, row);
                self.push(group, piece, row);
                return;
            }
            self.groups[group].late.push(row.clone());
            if self.groups[group].late.len() >= LATE {
                self.went_back(group, remarks);
            }
            return;
        }
        if !own.late.is_empty() {
            self.settle(group, remarks);
        }
        let Some(piece) = self.groups[group].pieces.last() else {
            return;
        };
        if piece.is_left_by(row) {
            remarks.note(Remark::BeganAnew, row.line);
            let piece = self.begin(group, row);
            self.push(group, piece, row);
            return;
        }
        if at == piece.last && piece.rows > 0 {
            let is_same = piece
                .series
                .iter()
                .zip(&row.values)
                .all(|(series, value)| series.last().map(|last| last.value) == *value);
            if is_same {
                remarks.note(Remark::Twice, row.line);
                return;
            }
            remarks.note(Remark::SameTime, row.line);
        }
        let last = self.groups[group].pieces.len() - 1;
        self.push(group, last, row);
    }

    /// What is still open when the file ends.
    pub(super) fn end(&mut self, remarks: &mut Remarks) {
        for group in 0..self.groups.len() {
            let late = &self.groups[group].late;
            let rises = late.windows(2).all(|pair| pair[0].at < pair[1].at);
            if late.len() >= FEWEST_OF_A_PIECE as usize && rises {
                self.went_back(group, remarks);
            } else {
                self.settle(group, remarks);
            }
        }
        if self.course.order != Order::Forward {
            for group in &mut self.groups {
                for series in group.pieces.iter_mut().flat_map(|piece| &mut piece.series) {
                    series.sort();
                }
            }
        }
    }

    /// Rows that went back stayed there.
    fn went_back(&mut self, group: usize, remarks: &mut Remarks) {
        let late = std::mem::take(&mut self.groups[group].late);
        let Some(first) = late.first() else {
            return;
        };
        let mut piece = self.groups[group].pieces.len().saturating_sub(1);
        if self.course.is_wall {
            remarks.note(Remark::ClockWentBack, first.line);
            let own = &self.groups[group].pieces[piece];
            let step = (own.last - own.first) / own.rows.saturating_sub(1).max(1) as f64;
            self.groups[group].shift = own.last + step - first.at;
        } else {
            remarks.note(Remark::BeganAnew, first.line);
            piece = self.begin(group, first);
        }
        for row in &late {
            let last = self.groups[group].pieces.len() - 1;
            debug_assert_eq!(last, piece);
            let at = row.at + self.groups[group].shift;
            match at < self.groups[group].pieces[last].last {
                true => self.insert(group, row, remarks),
                false => self.push(group, last, row),
            }
        }
    }

    /// Rows that went back were followed by others that go on: they came late.
    fn settle(&mut self, group: usize, remarks: &mut Remarks) {
        for row in std::mem::take(&mut self.groups[group].late) {
            self.insert(group, &row, remarks);
        }
    }

    fn insert(&mut self, group: usize, row: &Row, remarks: &mut Remarks) {
        remarks.note(Remark::Late, row.line);
        let group = &mut self.groups[group];
        let at = row.at + group.shift;
        let Some(piece) = group.pieces.last_mut() else {
            return;
        };
        piece.rows += 1;
        for (series, value) in piece.series.iter_mut().zip(&row.values) {
            if let Some(value) = *value {
                series.insert(Point { at, value });
            }
        }
    }

    /// Begins a stretch; its number.
    fn begin(&mut self, group: usize, row: &Row) -> usize {
        let groups = self.groups.len().max(1);
        let own = &mut self.groups[group];
        let most = (MOST_PIECES / groups).max(4);
        if own.pieces.len() >= most {
            // The last goes on as the one before the new one.
            let last = own.pieces.len() - 1;
            let shortest = (0..last).min_by_key(|at| own.pieces[*at].rows);
            if let Some(at) = shortest {
                own.pieces.remove(at);
                own.dropped += 1;
            }
        }
        own.pieces.push(Piece {
            line: row.line,
            first: row.at + own.shift,
            last: row.at + own.shift,
            ..Piece::default()
        });
        own.pieces.len() - 1
    }

    fn push(&mut self, group: usize, piece: usize, row: &Row) {
        let own = &mut self.groups[group];
        let at = row.at + own.shift;
        let piece = &mut own.pieces[piece];
        if piece.series.len() < row.values.len() {
            self.series += row.values.len() - piece.series.len();
            piece.series.resize_with(row.values.len(), Thinned::default);
            let most = (MOST_POINTS / self.series).clamp(LEAST_OF_ONE, MOST_OF_ONE);
            if most < self.most {
                self.most = most;
                let pieces = self.groups.iter_mut().flat_map(|group| &mut group.pieces);
                for series in pieces.flat_map(|piece| &mut piece.series) {
                    series.shrink(most);
                }
            }
        }
        let most = self.most;
        let own = &mut self.groups[group];
        let Some(piece) = own.pieces.last_mut() else {
            return;
        };
        piece.rows += 1;
        piece.first = piece.first.min(at);
        piece.last = piece.last.max(at);
        if row.warm_up {
            piece.warm_up = Some(at);
        }
        if let Some(seconds) = row.seconds {
            let (from, to) = piece.seconds.unwrap_or((seconds, seconds));
            piece.seconds = Some((from.min(seconds), to.max(seconds)));
        }
        for (series, value) in piece.series.iter_mut().zip(&row.values) {
            if let Some(value) = *value {
                series.push(Point { at, value }, most);
            }
        }
        keep(&mut piece.counters, &row.counters);
        keep(&mut piece.identity, &row.identity);
    }
}

impl Piece {
    /// Whether a row is of what began anew.
    fn is_left_by(&self, row: &Row) -> bool {
        let fell = self
            .counters
            .iter()
            .zip(&row.counters)
            .any(|(before, now)| {
                let both = before.zip(*now);
                both.is_some_and(|(before, now)| now < ANEW * before)
            });
        let changed = self
            .identity
            .iter()
            .zip(&row.identity)
            .any(|(before, now)| {
                let both = before.zip(*now);
                // The second in which a process began is rounded now up, now down.
                both.is_some_and(|(before, now)| {
                    (now - before).abs() >= 1.5
                        || (before.fract() == 0.0
                            && now.fract() == 0.0
                            && now != before
                            && before < 1e8)
                })
            });
        fell || changed
    }
}

/// Keeps what is known of the last row.
fn keep(kept: &mut Vec<Option<f64>>, row: &[Option<f64>]) {
    kept.resize(row.len(), None);
    for (kept, now) in kept.iter_mut().zip(row) {
        *kept = now.or(*kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(course: Course, rows: &[(f64, u64)]) -> (Gathered, Remarks) {
        let mut gathered = Gathered::new(course);
        let mut remarks = Remarks::default();
        let group = gathered.group("").unwrap();
        for (line, (at, value)) in (2..).zip(rows) {
            let mut row = Row {
                line,
                at: *at,
                values: vec![Some(*value)],
                ..Row::default()
            };
            gathered.take(group, &mut row, &mut remarks);
        }
        gathered.end(&mut remarks);
        (gathered, remarks)
    }

    fn lengths(gathered: &Gathered) -> Vec<u64> {
        gathered.groups[0]
            .pieces
            .iter()
            .map(|piece| piece.rows)
            .collect()
    }

    fn count_up(from: u64, to: u64) -> Vec<(f64, u64)> {
        (from..to).map(|at| (at as f64, 100 + at)).collect()
    }

    #[test]
    fn an_iteration_that_goes_back_begins_anew_and_a_row_that_comes_late_does_not() {
        let mut rows = count_up(0, 50);
        rows.extend(count_up(0, 30));
        let (twice, remarks) = gathered(Course::default(), &rows);
        assert_eq!(lengths(&twice), [50, 30]);
        assert_eq!(remarks.count(Remark::BeganAnew), 1);
        let mut late = count_up(0, 50);
        late.swap(20, 22);
        let (late, remarks) = gathered(Course::default(), &late);
        assert_eq!(lengths(&late), [50]);
        assert_eq!(remarks.count(Remark::Late), 2);
        let points = late.groups[0].pieces[0].series[0].points(true);
        assert!(
            points
                .windows(2)
                .all(|pair| pair[0].at < pair[1].at && pair[0].value < pair[1].value)
        );
    }

    #[test]
    fn a_resumed_count_begins_anew_where_it_was_resumed() {
        let mut rows = count_up(0, 50);
        rows.extend(count_up(30, 80));
        let (resumed, _) = gathered(Course::default(), &rows);
        assert_eq!(lengths(&resumed), [50, 50]);
    }

    #[test]
    fn a_clock_that_is_set_back_goes_on_from_where_it_was() {
        let wall = Course {
            is_wall: true,
            ..Course::default()
        };
        let mut rows = count_up(10_000, 10_050);
        rows.extend(count_up(6_400, 6_500));
        let (set, remarks) = gathered(wall, &rows);
        assert_eq!(lengths(&set), [150]);
        assert_eq!(remarks.count(Remark::ClockWentBack), 1);
        let points = set.groups[0].pieces[0].series[0].points(true);
        assert_eq!(points.last().unwrap().at - points[0].at, 149.0);
    }

    #[test]
    fn rows_that_come_twice_count_once_and_the_newest_may_come_first() {
        let mut rows = count_up(0, 20);
        rows.push(rows[19]);
        let (twice, remarks) = gathered(Course::default(), &rows);
        assert_eq!(
            (lengths(&twice), remarks.count(Remark::Twice)),
            (vec![20], 1)
        );
        let backward = Course {
            order: Order::Backward,
            ..Course::default()
        };
        let mut rows = count_up(0, 20);
        rows.reverse();
        let (newest, _) = gathered(backward, &rows);
        let points = newest.groups[0].pieces[0].series[0].points(true);
        assert_eq!((points[0].at, points[19].at), (0.0, 19.0));
    }

    #[test]
    fn another_process_and_a_counter_that_falls_begin_anew() {
        let mut gathered = Gathered::new(Course::default());
        let mut remarks = Remarks::default();
        let group = gathered.group("").unwrap();
        for at in 0..90_u64 {
            let mut row = Row {
                line: at + 2,
                at: at as f64,
                values: vec![Some(at)],
                counters: vec![Some((at % 60) as f64)],
                identity: vec![Some(if at < 30 { 7.0 } else { 8.0 })],
                ..Row::default()
            };
            gathered.take(group, &mut row, &mut remarks);
        }
        gathered.end(&mut remarks);
        assert_eq!(lengths(&gathered), [30, 30, 30]);
    }

    #[test]
    fn a_thousand_beginnings_are_bounded() {
        let mut rows = Vec::new();
        for _ in 0..1_000 {
            rows.extend(count_up(0, 9));
        }
        rows.extend(count_up(0, 400));
        let (many, remarks) = gathered(Course::default(), &rows);
        assert!(many.groups[0].pieces.len() <= MOST_PIECES);
        assert_eq!(many.groups[0].pieces.last().unwrap().rows, 400);
        assert_eq!(remarks.count(Remark::BeganAnew), 1_000);
    }
}
