//! Where the lines of a recording go as they come about.

use super::chart::Chart;
use super::mprof::Mprof;
use super::writer::Writer;
use harness_model::record::{RecordLine, RecordMark, RecordNote};

/// All that lines are given to.
pub(super) struct Output {
    /// The file of it all.
    pub writer: Writer,
    /// The chart, as long as it is drawn.
    pub chart: Option<Chart>,
    /// mprof's form of it, where that is wanted.
    pub mprof: Option<Mprof>,
}

impl Output {
    /// Gives a line to all.
    pub(super) fn take(&mut self, line: &RecordLine) {
        self.writer.write(line);
        if let Some(chart) = &mut self.chart {
            chart.take(line);
        }
        if let Some(mprof) = &mut self.mprof {
            mprof.take(line);
        }
    }

    /// Gives all of them marks.
    pub(super) fn marks(&mut self, marks: Vec<RecordMark>) {
        for mark in marks {
            self.take(&RecordLine::Mark(mark));
        }
    }

    /// Gives all of them a sentence.
    pub(super) fn note(&mut self, text: String) {
        self.take(&RecordLine::Note(RecordNote { text }));
    }
}
