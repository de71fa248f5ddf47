use super::*;
use proptest::prelude::*;
use serde_json::json;

fn get(text: &str, path: &str) -> Value {
    Config::parse(text).unwrap().get(path).unwrap().clone()
}

fn reason(text: &str) -> String {
    Config::parse(text).unwrap_err().reason
}

#[test]
fn sections_nest_by_their_dots_and_values_are_json() {
    let config = Config::parse(
        "[a]\nx = 1\ny = [1, 2.5, null]\n\n# a comment\n; another\n[a.b]\n@architectures = \"f.v1\"\nz: {\"k\": true}\n",
    )
    .unwrap();
    assert_eq!(
        config.root(),
        &json!({"a": {"x": 1, "y": [1, 2.5, null], "b": {"@architectures": "f.v1", "z": {"k": true}}}})
    );
    assert_eq!(config.get("a.b.z.k"), Some(&json!(true)));
    assert_eq!(config.get("a.c"), None);
    assert_eq!(config.get("a.x.y"), None);
}

#[test]
fn what_is_no_json_is_text_and_pythons_constants_are_known() {
    assert_eq!(get("[a]\nx = hello", "a.x"), json!("hello"));
    assert_eq!(get("[a]\nx = 'hello'", "a.x"), json!("'hello'"));
    assert_eq!(get("[a]\nx =", "a.x"), json!(""));
    assert_eq!(get("[a]\nx = True", "a.x"), json!(true));
    assert_eq!(get("[a]\nx = None", "a.x"), json!(null));
    assert_eq!(get("[a]\nx = 1 # 2", "a.x"), json!("1 # 2"));
    assert_eq!(
        get("[a]\nx = cost $5 or $$6", "a.x"),
        json!("cost $5 or $$6")
    );
}

#[test]
fn indented_lines_continue_a_value() {
    let text = "[a]\nx = [\n    1,\n\n    # no value\n    2\n  ]\ny = 3\n  \n[b]\n";
    assert_eq!(get(text, "a.x"), json!([1, 2]));
    assert_eq!(get(text, "a.y"), json!(3));
    assert_eq!(
        get("[a]\r\nx = [\r\n  1]\r\ny = 2", "a"),
        json!({"x": [1], "y": 2})
    );
    // A line that is indented as much as the key is a key of its own.
    assert_eq!(get("  [a]\n  x = 1\n  y = 2", "a"), json!({"x": 1, "y": 2}));
}

#[test]
fn references_stand_for_values_of_any_type() {
    let text = "[a]\nx = 7\ny = [\"q\"]\ns = \"in\"\n[b]\nc = ${a.x}\nd = ${a:y}\ne = \"on ${a.s} at ${a.x}\"\n\
                f = [${a.x}, ${a.x}]\ng = ${c}\nh = /p/${a.s}\n";
    assert_eq!(
        get(text, "b"),
        json!({"c": 7, "d": ["q"], "e": "on in at 7", "f": [7, 7], "g": 7, "h": "/p/in"})
    );
}

#[test]
fn references_in_an_object_are_values_of_their_own() {
    let text = "[a]\nx = 7\n[b]\ny = {\"k\": \"${a.x}\", \"l\": {\"m\": \"n ${a.x}\"}, \"o\": [\"${a.x}\"]}\n";
    assert_eq!(
        get(text, "b.y"),
        json!({"k": 7, "l": {"m": "n 7"}, "o": ["7"]})
    );
}

#[test]
fn references_are_followed_through_references() {
    assert_eq!(
        get("[a]\nx = True\ny = \"so ${x}\"", "a.y"),
        json!("so true")
    );
    let text = "[a]\nx = ${b.y}\n[b]\ny = ${z}\nz = {\"k\": 1}\n";
    assert_eq!(get(text, "a.x"), json!({"k": 1}));
}

#[test]
fn references_stand_for_whole_sections() {
    let text = "[a]\nx = ${c.d}\nl = [${c}, 2]\n[c]\nv = 1\n[c.d]\nw = 2\n[e]\nf = ${c}\n";
    let c = json!({"v": 1, "d": {"w": 2}});
    assert_eq!(get(text, "a.x"), json!({"w": 2}));
    assert_eq!(get(text, "a.l"), json!([c, 2]));
    assert_eq!(get(text, "e.f"), c);
    assert!(reason("[a]\nx = \"in ${b}\"\n[b]\n").contains("whole section inside a string"));
}

#[test]
fn an_escaped_reference_stays_as_written() {
    assert_eq!(get("[a]\nx = 1\ny = $${a.x}", "a.y"), json!("${a.x}"));
}

#[test]
fn positional_blocks_stand_under_a_star_without_a_header_of_their_own() {
    let text = "[a]\n@f = \"g\"\n[a.*.one]\nx = 1\n[a.*.two]\nx = 2\n";
    assert_eq!(get(text, "a.*"), json!({"one": {"x": 1}, "two": {"x": 2}}));
}

#[test]
fn what_is_wrong_is_said_with_line_and_section() {
    let cases = [
        ("x = 1", "line 1 stands before the first [section]"),
        ("[a]\nnonsense", "line 2 in [a] is neither"),
        ("[a]\n= 3", "line 2 in [a] has a value without a key"),
        (
            "[a]\nx = 1\nx = 2",
            "line 3 in [a] defines x again, which line 2 did",
        ),
        ("[a]\n[a]", "line 2: [a] was already defined in line 1"),
        ("[DEFAULT]", "line 1: [DEFAULT]"),
        (
            "[a]\n[b.c]",
            "line 2: [b.c] lies in [b], which is not defined",
        ),
        (
            "[a]\nb = 1\n[a.b]",
            "line 3: [a.b] and the key b of [a] are one name",
        ),
        (
            "[a]\nx = ${b.c}",
            "line 2: x in [a] refers to ${b.c}, which is not defined",
        ),
        ("[a]\nx = ${b.c", "has \"${\" without \"}\""),
        ("[a]\nx = ${a.x}", "refers to itself"),
        ("[a]\nx = ${y}\ny = ${x}", "refers to itself"),
        ("[nlp]\nx = ${b}\n[b]\ny = ${nlp}", "lead in a circle"),
        (
            "[components]\n[components.a]\nx = ${b}\n[b]\nx = ${b}",
            "lead in a circle",
        ),
    ];
    for (text, expected) in cases {
        let reason = reason(text);
        assert!(reason.contains(expected), "{text:?}: {reason}");
    }
    let deep = format!("[{}]", ["*"; 40].join("."));
    assert!(reason(&deep).contains("deeper than 32"));
}

#[test]
fn sections_that_nobody_uses_may_refer_to_each_other_in_a_circle() {
    for (text, expected) in [
        ("[a]\nx = ${a}", json!({"a": {"x": "${a}"}})),
        (
            "[a]\nx = ${b}\n[b]\ny = [1, ${a}]\n[c]\nz = ${d}\n[d]\nw = 1",
            json!({"a": {"x": "${b}"}, "b": {"y": [1, "${a}"]}, "c": {"z": {"w": 1}}, "d": {"w": 1}}),
        ),
        (
            "[nlp]\nx = ${c}\n[c]\ny = 1\n[a]\nz = ${a}",
            json!({"nlp": {"x": {"y": 1}}, "c": {"y": 1}, "a": {"z": "${a}"}}),
        ),
    ] {
        assert_eq!(*Config::parse(text).unwrap().root(), expected, "{text:?}");
    }
}

#[test]
fn references_cannot_grow_without_bound() {
    let mut text = String::from("[a]\nx0 = \"0123456789\"\n");
    let mut sections = String::from("[a]\nx = 1\n[b0]\ny = ${a}\n");
    for i in 1..9 {
        let prior = format!("${{x{}}}", i - 1).repeat(10);
        text.push_str(&format!("x{i} = \"{prior}\"\n"));
        let prior = vec![format!("${{b{}}}", i - 1); 10].join(", ");
        sections.push_str(&format!("[b{i}]\ny = [{prior}]\n"));
    }
    assert!(reason(&text).contains("stand for more than"));
    // Nobody needs them until somebody does.
    assert_eq!(get(&sections, "b8.y")[9], json!("${b7}"));
    sections.push_str("[nlp]\ny = ${b8}\n");
    assert!(reason(&sections).contains("stand for more than"));
}

#[test]
fn references_to_what_is_mostly_white_space_count_what_is_read_for_them() {
    let wide = format!("[{}]", " ".repeat(1 << 20));
    let text = format!("[a]\nw = {wide}\nx = {}\n", "${w}".repeat(250_000));
    assert!(reason(&text).contains("stand for more than"));
    assert_eq!(
        get("[a]\nw = [  1,  2  ]\nx = ${w}\n", "a.x"),
        json!([1, 2])
    );
}

#[test]
fn the_english_pipelines_configuration_is_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/models/en_ewt_sm/config.cfg");
    let config = Config::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(config.get("training.seed"), Some(&json!(0)));
    assert_eq!(
        config.get("corpora.dev.path"),
        Some(&json!("data/ewt/dev.spacy"))
    );
    let encode = config.get("components.ner.model.tok2vec.encode").unwrap();
    assert_eq!(
        encode,
        &json!({"@architectures": "spacy.MaxoutWindowEncoder.v2", "width": 96, "depth": 4, "window_size": 1,
                "maxout_pieces": 3})
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(\\[[ab.*]{1,4}\\]\n|[xy ]{0,2}[=:]|[$]\\{[ab.xy:]{1,3}\\}|[ \n\"0-9\\[\\]]|\\PC){0,40}") {
        let _ = Config::parse(&text);
    }
}
