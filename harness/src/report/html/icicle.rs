//! What grows by call stack, as an icicle: each call is as wide as what it and all that it calls take, and hangs below its
//! caller.
//!
//! The page's script draws it. Without scripts it is a list of the calls that take most, each within its caller.

use super::calls::theirs;
use super::escape::{escape, json, put};
use super::shell::Page;
use harness_model::units::figure;
use harness_model::{Frame, Place};
use serde::Serialize;
use std::collections::HashMap;

/// Calls of one view that are drawn: those that take most.
const MOST_CALLS: usize = 15_000;
/// Calls that the list has.
const MOST_LISTED: usize = 60;
/// Letters of a call's name.
const MOST_LETTERS: usize = 240;

/// One icicle for each way of looking at what grows.
#[derive(Default)]
pub(crate) struct Icicle {
    views: Vec<View>,
}

/// What one instrument saw, or what stays for one reason.
pub(crate) struct View {
    name: String,
    unit: &'static str,
    /// The first is the root, which calls all others.
    calls: Vec<Call>,
    known: HashMap<(usize, String), usize>,
}

struct Call {
    name: String,
    value: f64,
    depth: usize,
    within: usize,
}

/// What the script draws: the calls of a view each before those that it makes, as the number of its name, what it takes,
/// and how many of the calls behind it are its own.
#[derive(Serialize)]
struct Drawn<'v> {
    names: Vec<&'v str>,
    views: Vec<DrawnView<'v>>,
}

#[derive(Serialize)]
struct DrawnView<'v> {
    name: &'v str,
    unit: &'v str,
    calls: Vec<(usize, f64, usize)>,
    left_out: usize,
}

impl Icicle {
    /// Adds a view, if anything grows in it.
    pub(crate) fn add(&mut self, view: View) {
        if view.calls[0].value > 0.0 {
            self.views.push(view);
        }
    }

    /// Puts it on a page, below what it is.
    pub(crate) fn put(&self, page: &mut Page) {
        if self.views.is_empty() {
            return;
        }
        page.section("What grows, by call stack");
        page.explain(
            "Each bar is a call. It hangs below its caller, and is as wide as the growth of an iteration that it and its own \
             calls account for.",
        );
        let body = &mut page.body;
        body.push_str("<div class=\"icicle\">\n");
        for view in &self.views {
            view.list(body);
        }
        put(
            body,
            format_args!(
                "<script type=\"application/json\">{}</script>\n</div>\n",
                json(&self.drawn())
            ),
        );
    }

    fn drawn(&self) -> Drawn<'_> {
        let mut names = Vec::new();
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let views = self.views.iter().map(|view| {
            let kept = view.largest(MOST_CALLS);
            let calls = view.in_order(&kept);
            let calls = calls.into_iter().map(|(call, own)| {
                let call = &view.calls[call];
                let number = *numbers.entry(&call.name).or_insert_with(|| {
                    names.push(call.name.as_str());
                    names.len() - 1
                });
                (number, short(call.value), own)
            });
            DrawnView {
                name: &view.name,
                unit: view.unit,
                calls: calls.collect(),
                left_out: view.calls.len() - kept.len(),
            }
        });
        let views = views.collect();
        Drawn { names, views }
    }
}

impl View {
    /// A view with nothing in it. `unit` is what its figures count: `B`.
    pub(crate) fn new(name: &str, unit: &'static str) -> View {
        let root = Call {
            name: "all that grows".to_owned(),
            value: 0.0,
            depth: 0,
            within: 0,
        };
        View {
            name: printable::line(name).into_owned(),
            unit,
            calls: vec![root],
            known: HashMap::new(),
        }
    }

    /// Adds what a call site takes; its stack is innermost first, as everywhere.
    pub(crate) fn add(&mut self, place: &Place, stack: &[Frame], value: f64) {
        if !value.is_finite() || value <= 0.0 {
            return;
        }
        self.calls[0].value += value;
        let calls = theirs(stack, place);
        let mut within = 0;
        for frame in calls.iter().skip(1).rev() {
            // By which of its lines a caller calls makes it no other bar.
            within = self.call(within, frame.place.with_lines(&[]), value);
        }
        let innermost = calls.first().map_or(place, |frame| &frame.place);
        self.call(within, innermost.to_string(), value);
    }

    fn call(&mut self, within: usize, name: String, value: f64) -> usize {
        let mut name = printable::line(&name).into_owned();
        if let Some((cut, _)) = name.char_indices().nth(MOST_LETTERS) {
            name.truncate(cut);
            name.push('\u{2026}');
        }
        let next = self.calls.len();
        let at = *self
            .known
            .entry((within, name))
            .or_insert_with_key(|(_, name)| {
                self.calls.push(Call {
                    name: name.clone(),
                    value: 0.0,
                    depth: self.calls[within].depth + 1,
                    within,
                });
                next
            });
        self.calls[at].value += value;
        at
    }

    /// The calls that take most, in the order in which they are; each caller is among them.
    fn largest(&self, most: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.calls.len()).collect();
        all.sort_by(|a, b| {
            let (a, b) = (&self.calls[*a], &self.calls[*b]);
            b.value.total_cmp(&a.value).then(a.depth.cmp(&b.depth))
        });
        all.truncate(most);
        all.sort_unstable();
        all
    }

    /// These calls, each before those that it makes and with how many of them there are, the largest first.
    fn in_order(&self, kept: &[usize]) -> Vec<(usize, usize)> {
        let mut made: HashMap<usize, Vec<usize>> = HashMap::new();
        for call in kept.iter().skip(1) {
            made.entry(self.calls[*call].within)
                .or_default()
                .push(*call);
        }
        // The last is taken first.
        for calls in made.values_mut() {
            calls.sort_by(|a, b| {
                let (one, other) = (&self.calls[*a], &self.calls[*b]);
                (one.value.total_cmp(&other.value)).then_with(|| other.name.cmp(&one.name))
            });
        }
        let (mut order, mut next) = (Vec::with_capacity(kept.len()), vec![0]);
        while let Some(call) = next.pop() {
            let own = made.remove(&call).unwrap_or_default();
            order.push((call, own.len()));
            next.extend(own);
        }
        order
    }

    /// The same as a list, as far as the largest calls go.
    fn list(&self, body: &mut String) {
        put(
            body,
            format_args!(
                "<div class=\"listed\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\"><h3>{0}</h3>\n",
                escape(&self.name)
            ),
        );
        let order = self.in_order(&self.largest(MOST_LISTED));
        // How many calls are still to come of each list that is open.
        let mut open: Vec<usize> = Vec::new();
        for (call, own) in order.into_iter().skip_while(|(call, _)| *call == 0) {
            if open.is_empty() {
                body.push_str("<ul>\n");
                open.push(usize::MAX);
            }
            let call = &self.calls[call];
            put(
                body,
                format_args!(
                    "<li><code>{}</code> {} {}",
                    escape(&call.name),
                    figure(call.value),
                    self.unit
                ),
            );
            if own > 0 {
                body.push_str("\n<ul>\n");
                open.push(own);
                continue;
            }
            body.push_str("</li>\n");
            // The calls whose last one this was end too.
            while let Some(left) = open.last_mut() {
                *left -= 1;
                if *left > 0 {
                    break;
                }
                body.push_str("</ul></li>\n");
                open.pop();
            }
        }
        for _ in 1..open.len() {
            body.push_str("</ul></li>\n");
        }
        if !open.is_empty() {
            body.push_str("</ul>\n");
        }
        let left_out = self.calls.len().saturating_sub(MOST_LISTED);
        if left_out > 0 {
            put(
                body,
                format_args!("<p class=\"faint\">and {left_out} more calls, in summary.json</p>\n"),
            );
        }
        body.push_str("</div>\n");
    }
}

/// A figure with as many digits as a drawing needs.
fn short(value: f64) -> f64 {
    let unit = 10_f64.powf(value.log10().floor() - 4.0);
    (value / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::html::shell::Badge;
    use harness_model::Outcome;

    fn place(function: &str, line: u32) -> Place {
        Place {
            function: function.to_owned(),
            file: Some("a.c".to_owned()),
            line: Some(line),
        }
    }

    fn view(stacks: &[(&[&str], f64)]) -> View {
        let mut view = View::new("heap", "B");
        for (names, value) in stacks {
            let stack: Vec<Frame> = names.iter().map(|name| place(name, 1).into()).collect();
            view.add(&stack[0].place.clone(), &stack, *value);
        }
        view
    }

    fn page(view: View) -> String {
        let mut icicle = Icicle::default();
        icicle.add(view);
        let mut page = Page::new(Badge::of(Outcome::Leak, "Leak"), "It grows");
        icicle.put(&mut page);
        page.body
    }

    #[test]
    fn a_caller_takes_what_its_calls_take_together_and_the_largest_comes_first() {
        let view = view(&[
            (&["small", "main"], 1.0),
            (&["large", "main"], 20.0),
            (&["small", "other", "main"], 4.0),
        ]);
        let order = view.in_order(&view.largest(100));
        let told: Vec<(&str, f64, usize)> = order
            .iter()
            .map(|(call, own)| {
                let call = &view.calls[*call];
                (call.name.split(' ').next().unwrap(), call.value, *own)
            })
            .collect();
        let expected = [
            ("all", 25.0, 1),
            ("main", 25.0, 3),
            ("large", 20.0, 0),
            ("other", 4.0, 1),
            ("small", 4.0, 0),
            ("small", 1.0, 0),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn without_scripts_it_is_a_list_whose_items_all_end() {
        let body = page(view(&[
            (&["a<b>", "main"], 3.0),
            (&["c", "d", "main"], 2.0),
            (&["e", "start"], 1.0),
        ]));
        for tag in ["ul", "li", "div"] {
            let begun = body.matches(&format!("<{tag}>")).count()
                + body.matches(&format!("<{tag} ")).count();
            assert_eq!(
                begun,
                body.matches(&format!("</{tag}>")).count(),
                "{tag}: {body}"
            );
        }
        assert!(
            body.contains("<li><code>a&lt;b&gt; (a.c:1)</code> 3 B</li>"),
            "{body}"
        );
    }

    #[test]
    fn of_very_many_calls_the_largest_are_drawn_each_with_its_caller() {
        let mut view = View::new("heap", "B");
        for at in 0..20_000 {
            let stack: Vec<Frame> =
                vec![place(&format!("f{at}"), at).into(), place("main", 1).into()];
            view.add(&stack[0].place.clone(), &stack, 1.0);
        }
        let kept = view.largest(MOST_CALLS);
        assert_eq!(kept.len(), MOST_CALLS);
        assert_eq!(
            view.in_order(&kept).len(),
            MOST_CALLS,
            "none is without its caller"
        );
    }

    #[test]
    fn what_does_not_grow_is_no_view() {
        assert_eq!(page(view(&[])), "");
        assert_eq!(page(view(&[(&["a"], -3.0), (&["a"], f64::NAN)])), "");
    }
}
