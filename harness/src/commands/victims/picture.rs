//! The matrices as a picture: a grid each, green where what was planted was found, red where it was taken for
//! something else.

use super::judge::hyphened;
use super::matrix::Matrix;
use crate::report::DrawingFailed;
use crate::report::chart::{FAINT_INK, GRID, INK, PAPER, RIGHT, SHADE, WRONG};
use crate::report::pen::Pen;
use crate::report::picture;
use crate::report::picture::{Draw, failed};
use plotters::coord::Shift;
use plotters::element::{Rectangle, Text};
use plotters::prelude::*;
use plotters::style::FontStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// In the SVG's pixels: the room at the edges, for the title, for the columns' names and for the rows'.
const MARGIN: f64 = 24.0;
const HEADER: f64 = 72.0;
const COLUMN_NAMES: f64 = 56.0;
const ROW_NAMES: f64 = 140.0;
/// A cell, and the air between two.
const CELL: (f64, f64) = (92.0, 40.0);
const AIR: f64 = 3.0;
/// The height of a line of a column's name.
const LINE: f64 = 15.0;

/// A matrix with what it is of.
pub(super) struct Grid<'a> {
    /// What was planted and found: "cause".
    pub(super) of: &'a str,
    /// The counts.
    pub(super) matrix: &'a Matrix,
}

/// How a grid is read.
pub(super) const LEGEND: &str =
    "a row is what was planted, a column what was found; green is right, red is wrong";

/// Whether the title and how to read it are drawn; a page has them as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Titles {
    /// They are.
    Drawn,
    /// They stand beside it.
    Beside,
}

impl Grid<'_> {
    /// How many are right, in a line.
    pub(super) fn title(&self) -> String {
        let (right, all) = self.matrix.right_of_all();
        format!("The {} is right in {right} of {all} cases", self.of)
    }

    /// As a document of SVG, without its title.
    pub(super) fn svg(&self) -> Result<String, DrawingFailed> {
        picture::svg(&Grids {
            grids: std::slice::from_ref(self),
            titles: Titles::Beside,
        })
    }

    fn size(&self, titles: Titles) -> (f64, f64) {
        let cells = self.matrix.names.len().max(1) as f64;
        (
            2.0 * MARGIN + ROW_NAMES + cells * CELL.0,
            titles.height() + COLUMN_NAMES + cells * CELL.1 + MARGIN,
        )
    }
}

impl Titles {
    fn height(self) -> f64 {
        match self {
            Titles::Drawn => HEADER,
            Titles::Beside => 0.0,
        }
    }
}

/// Grids under one another.
pub(super) struct Grids<'a> {
    grids: &'a [Grid<'a>],
    titles: Titles,
}

impl<'a> Grids<'a> {
    /// Grids with their titles.
    pub(super) fn of(grids: &'a [Grid<'a>]) -> Grids<'a> {
        let titles = Titles::Drawn;
        Grids { grids, titles }
    }

    /// As a document of SVG.
    pub(super) fn svg(&self) -> Result<String, DrawingFailed> {
        picture::svg(self)
    }

    /// As a file of PNG.
    pub(super) fn png(&self) -> Result<Vec<u8>, DrawingFailed> {
        picture::png(self)
    }
}

impl Draw for Grids<'_> {
    fn size(&self) -> (u32, u32) {
        let sizes = || self.grids.iter().map(|grid| grid.size(self.titles));
        let width = sizes().map(|(width, _)| width).fold(0.0, f64::max);
        let height: f64 = sizes().map(|(_, height)| height).sum();
        (width as u32, height as u32)
    }

    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), DrawingFailed> {
        let pen = Pen { scale };
        root.fill(&PAPER).map_err(failed)?;
        let mut top = 0.0;
        for grid in self.grids {
            let sheet = Sheet { pen, root, top };
            if self.titles == Titles::Drawn {
                sheet.titles(grid)?;
            }
            sheet.cells(grid, top + self.titles.height())?;
            top += grid.size(self.titles).1;
        }
        root.present().map_err(failed)
    }
}

/// Where a grid is drawn.
struct Sheet<'a, DB: DrawingBackend> {
    pen: Pen,
    root: &'a DrawingArea<DB, Shift>,
    /// Its upper edge.
    top: f64,
}

impl<DB: DrawingBackend> Sheet<'_, DB> {
    fn titles(&self, grid: &Grid<'_>) -> Result<(), DrawingFailed> {
        let (width, _) = grid.size(Titles::Drawn);
        let width = width - 2.0 * MARGIN;
        let title = (MARGIN, self.top + 18.0);
        let bold = (21.0, FontStyle::Bold, INK);
        self.pen
            .write(self.root, &grid.title(), title, width, bold)?;
        let legend = (MARGIN, self.top + 47.0);
        let faint = (14.0, FontStyle::Normal, FAINT_INK);
        self.pen.write(self.root, LEGEND, legend, width, faint)
    }

    /// The names and the counts, from `top` on.
    fn cells(&self, grid: &Grid<'_>, top: f64) -> Result<(), DrawingFailed> {
        let names = grid.matrix.names.iter().map(|name| hyphened(name));
        let names: Vec<String> = names.collect();
        let (left, upper) = (MARGIN + ROW_NAMES, top + COLUMN_NAMES);
        for (at, name) in names.iter().enumerate() {
            let middle = left + (at as f64 + 0.5) * CELL.0;
            let lines = lines(name);
            for (line, words) in lines.iter().rev().enumerate() {
                let place = (middle, upper - 12.0 - line as f64 * LINE);
                self.word(words, place, (13.0, FontStyle::Normal, INK), HPos::Center)?;
            }
            let place = (left - 10.0, upper + (at as f64 + 0.5) * CELL.1);
            self.word(name, place, (14.0, FontStyle::Normal, INK), HPos::Right)?;
        }
        for (row, counts) in grid.matrix.counts.iter().enumerate() {
            for (column, count) in counts.iter().enumerate() {
                let corner = (left + column as f64 * CELL.0, upper + row as f64 * CELL.1);
                self.cell(corner, *count, row == column)?;
            }
        }
        Ok(())
    }

    fn cell(&self, (x, y): (f64, f64), count: u32, right: bool) -> Result<(), DrawingFailed> {
        let pen = self.pen;
        let (to_x, to_y) = (x + CELL.0 - AIR, y + CELL.1 - AIR);
        let corners = [(pen.px(x), pen.px(y)), (pen.px(to_x), pen.px(to_y))];
        let fill = match (count, right) {
            // What did not come up on the diagonal has a frame: the eye finds the line all the same.
            (0, _) => SHADE,
            (_, true) => RIGHT,
            (_, false) => WRONG,
        };
        let draw = |shape: Rectangle<(i32, i32)>| self.root.draw(&shape).map_err(failed);
        draw(Rectangle::new(corners, fill.filled()))?;
        if count == 0 {
            return match right {
                true => draw(Rectangle::new(corners, GRID.stroke_width(pen.stroke(2.0)))),
                false => Ok(()),
            };
        }
        let middle = (x + (CELL.0 - AIR) / 2.0, y + (CELL.1 - AIR) / 2.0);
        let letters = (17.0, FontStyle::Bold, PAPER);
        self.word(&count.to_string(), middle, letters, HPos::Center)
    }

    /// A word at the height of its middle.
    fn word(
        &self,
        words: &str,
        (x, y): (f64, f64),
        (size, style, colour): (f64, FontStyle, RGBColor),
        side: HPos,
    ) -> Result<(), DrawingFailed> {
        let font = self.pen.font(size, style, colour);
        let font = font.pos(Pos::new(side, VPos::Center));
        let place = (self.pen.px(x), self.pen.px(y));
        let text = Text::new(words.to_owned(), place, font);
        self.root.draw(&text).map_err(failed)
    }
}

/// A name in lines that are no wider than a cell.
fn lines(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in name.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 13 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        let pairs = [
            ("flat", Some("flat")),
            ("flat", Some("growing")),
            ("growing", Some("growing")),
        ];
        Matrix::count(&["flat", "growing"], pairs.into_iter())
    }

    #[test]
    fn right_cells_are_green_and_wrong_ones_red() {
        let matrix = matrix();
        let grid = Grid {
            of: "shape",
            matrix: &matrix,
        };
        let svg = Grids::of(std::slice::from_ref(&grid)).svg().unwrap();
        assert!(svg.contains("The shape is right in 2 of 3 cases"));
        let untitled = grid.svg().unwrap();
        assert!(!untitled.contains("The shape is right") && untitled.len() < svg.len());
        assert_eq!(svg.matches("fill=\"#1A7F37\"").count(), 2, "{svg}");
        assert_eq!(svg.matches("fill=\"#CF222E\"").count(), 1, "{svg}");
    }

    #[test]
    fn a_picture_of_no_case_at_all_is_drawn() {
        let matrix = Matrix::default();
        let grids = [Grid {
            of: "cause",
            matrix: &matrix,
        }];
        assert!(Grids::of(&grids).png().unwrap().len() > 100);
    }

    #[test]
    fn long_names_break_between_words() {
        assert_eq!(
            lines("outside the heap by far"),
            ["outside the", "heap by far"]
        );
        assert_eq!(lines("nothing"), ["nothing"]);
    }
}
