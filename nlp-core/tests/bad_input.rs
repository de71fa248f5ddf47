//! Pipelines with something wrong in them: the error names the file and the reason, and nothing panics.

mod spoilt;

use std::fs;
use std::path::Path;

use nlp_core::format::msgpack;
use nlp_core::{Error, Language, LoadOptions};
use spoilt::{Copy, change_cfg, error_of, toy, with_config};

/// Files that spaCy loads a pipeline without, or reads nothing from that annotation needs.
fn is_optional(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    let in_vocab = path.parent().unwrap().ends_with("vocab") && name != "strings.json";
    in_vocab || matches!(name, "meta.json" | "cfg")
}

#[test]
fn a_missing_file_is_named() {
    let copy = Copy::of("de_toy", "missing");
    for file in copy.files() {
        let content = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        match Language::load(&copy.0) {
            Ok(_) => assert!(
                is_optional(&file),
                "{} was missing, and nobody minded",
                file.display()
            ),
            Err(error) => {
                let error = error.to_string();
                assert!(
                    error.contains(file.to_str().unwrap()),
                    "{} is missing: {error}",
                    file.display()
                );
            }
        }
        fs::write(&file, content).unwrap();
    }
    assert!(Language::load(&copy.0).is_ok());
}

#[test]
fn a_truncated_file_is_named() {
    let copy = Copy::of("de_toy", "truncated");
    for file in copy.files() {
        let content = fs::read(&file).unwrap();
        for keep in [0, 1, content.len() / 3, content.len().saturating_sub(1)] {
            fs::write(&file, &content[..keep.min(content.len())]).unwrap();
            if let Err(error) = Language::load(&copy.0) {
                let error = error.to_string();
                // A configuration that ends early still reads as one: then what it no longer names is missing.
                let named = error.contains(file.to_str().unwrap());
                assert!(named, "{} was cut to {keep} bytes: {error}", file.display());
            } else {
                let spared =
                    is_optional(&file) || keep + 1 == content.len() || file.ends_with("config.cfg");
                assert!(
                    spared,
                    "{} was cut to {keep} bytes, and nobody minded",
                    file.display()
                );
            }
        }
        fs::write(&file, content).unwrap();
    }
}

#[test]
fn bytes_after_the_end_of_a_file_are_refused() {
    let copy = Copy::of("de_toy", "oversized");
    for name in [
        "tokenizer",
        "parser/model",
        "parser/moves",
        "trainable_lemmatizer/trees",
        "vocab/strings.json",
    ] {
        let file = copy.0.join(name);
        let content = fs::read(&file).unwrap();
        fs::write(&file, [&content[..], b"\x00\x01more"].concat()).unwrap();
        let error = error_of(&copy.0).to_string();
        assert!(error.contains(file.to_str().unwrap()), "{error}");
        fs::write(&file, content).unwrap();
    }
}

#[test]
fn vectors_cut_short_are_named_though_no_component_reads_them() {
    let copy = Copy::of("de_toy", "vectors");
    for name in ["vocab/vectors", "vocab/vectors.cfg", "vocab/key2row"] {
        let file = copy.0.join(name);
        let content = fs::read(&file).unwrap();
        fs::write(&file, &content[..content.len() / 2]).unwrap();
        let error = error_of(&copy.0).to_string();
        assert!(error.contains(file.to_str().unwrap()), "{error}");
        fs::write(&file, content).unwrap();
    }
}

#[test]
fn files_swapped_between_components_are_named() {
    for (a, b) in [
        ("parser", "ner"),
        ("tagger", "senter"),
        ("tagger", "morphologizer"),
        ("tok2vec", "parser"),
    ] {
        let copy = Copy::of("de_toy", "swapped");
        let (a, b) = (copy.0.join(a).join("model"), copy.0.join(b).join("model"));
        let (of_a, of_b) = (fs::read(&a).unwrap(), fs::read(&b).unwrap());
        fs::write(&a, of_b).unwrap();
        fs::write(&b, of_a).unwrap();
        let error = error_of(&copy.0).to_string();
        assert!(
            [&a, &b]
                .iter()
                .any(|file| error.contains(file.to_str().unwrap())),
            "{error}"
        );
    }
}

/// The text of a `moves` file with its JSON changed.
fn change_moves(file: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let bytes = fs::read(file).unwrap();
    let moves = msgpack::read(&bytes).unwrap();
    let mut json = serde_json::from_str(moves.get("moves").unwrap().as_str().unwrap()).unwrap();
    change(&mut json);
    let json = json.to_string();
    let mut changed = b"\x81\xa5moves\xdb".to_vec();
    changed.extend((json.len() as u32).to_be_bytes());
    changed.extend(json.bytes());
    fs::write(file, changed).unwrap();
}

#[test]
fn labels_that_were_not_trained_and_outputs_without_a_label_are_refused_with_both_numbers() {
    type Change = fn(&mut serde_json::Value);
    let more: Change = |labels| labels.as_array_mut().unwrap().push("NEW".into());
    let fewer: Change = |labels| drop(labels.as_array_mut().unwrap().pop());
    let another: Change = |labels| labels.as_array_mut().unwrap().push(5.into());
    let more_features: Change = |labels| labels["Case=New"] = "Case=New".into();
    let fewer_features: Change =
        |labels| drop(labels.as_object_mut().unwrap().remove("Degree=Pos|POS=ADJ"));
    let cases = [
        ("tagger", "labels", more, [15, 16]),
        ("tagger", "labels", fewer, [15, 14]),
        ("morphologizer", "labels_morph", more_features, [17, 18]),
        ("morphologizer", "labels_morph", fewer_features, [17, 16]),
        ("trainable_lemmatizer", "labels", another, [20, 21]),
        ("trainable_lemmatizer", "labels", fewer, [20, 19]),
    ];
    for (component, list, change, numbers) in cases {
        let copy = Copy::of("de_toy", "labels");
        change_cfg(&copy.0.join(component).join("cfg"), |cfg| {
            change(&mut cfg[list])
        });
        let error = error_of(&copy.0).to_string();
        let file = copy.0.join(component).join("model");
        let named = [file.to_str().unwrap(), &format!("\"{component}\"")];
        assert!(named.iter().all(|part| error.contains(part)), "{error}");
        let numbered = |n: &i32| error.contains(&format!(" {n}"));
        assert!(numbers.iter().all(numbered), "{error}");
    }
    let move_more: Change = |moves| moves["2"]["new"] = 1.into();
    let move_fewer: Change = |moves| drop(moves["3"].as_object_mut().unwrap().remove("case"));
    let entity_more: Change = |moves| moves["1"]["new"] = (-1).into();
    let entity_fewer: Change = |moves| drop(moves["4"].as_object_mut().unwrap().remove("ORG"));
    let cases = [
        ("parser", move_more, [59, 60]),
        ("parser", move_fewer, [59, 58]),
        ("ner", entity_more, [18, 19]),
        ("ner", entity_fewer, [18, 17]),
    ];
    for (component, change, numbers) in cases {
        let copy = Copy::of("de_toy", "moves");
        let file = copy.0.join(component).join("moves");
        change_moves(&file, |_| {});
        assert!(
            Language::load(&copy.0).is_ok(),
            "the change alone is at fault"
        );
        change_moves(&file, change);
        let error = error_of(&copy.0).to_string();
        assert!(error.contains(file.to_str().unwrap()), "{error}");
        let numbered = |n: &i32| error.contains(&format!(" {n}"));
        assert!(numbers.iter().all(numbered), "{error}");
    }
}

#[test]
fn a_lemma_label_beyond_the_trees_is_named() {
    let copy = Copy::of("de_toy", "trees");
    let file = copy.0.join("trainable_lemmatizer/cfg");
    change_cfg(&file, |cfg| cfg["labels"][3] = 999.into());
    let error = error_of(&copy.0).to_string();
    for part in [file.to_str().unwrap(), " 999,", " 29,"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_claim_of_four_gigabytes_is_refused_before_it_is_believed() {
    let copy = Copy::of("de_toy", "claim");
    for name in [
        "tokenizer",
        "parser/model",
        "parser/moves",
        "trainable_lemmatizer/trees",
    ] {
        let file = copy.0.join(name);
        let content = fs::read(&file).unwrap();
        for claim in [
            b"\xdd\xff\xff\xff\xff",
            b"\xdf\xff\xff\xff\xff",
            b"\xc6\xff\xff\xff\xff",
            b"\xdb\xff\xff\xff\xff",
        ] {
            fs::write(&file, claim).unwrap();
            let error = error_of(&copy.0).to_string();
            assert!(error.contains(file.to_str().unwrap()), "{error}");
        }
        fs::write(&file, content).unwrap();
    }
}

#[test]
fn what_is_no_pipeline_is_said_to_be_none() {
    let nowhere = error_of(Path::new("no/such/directory")).to_string();
    assert!(nowhere.contains("no/such/directory"), "{nowhere}");
    let file = error_of(&toy("de_toy").join("config.cfg")).to_string();
    assert!(file.contains("config.cfg"), "{file}");
}

#[test]
fn what_is_not_supported_names_component_and_architecture_and_file() {
    let copy = Copy::of("de_toy", "unsupported");
    let config = copy.0.join("config.cfg");
    let original = fs::read_to_string(&config).unwrap();
    for (from, to, component) in [
        ("spacy.TransitionBasedParser.v1", "my.Parser.v7", "parser"),
        (
            "factory = \"doc_cleaner\"",
            "factory = \"transformer\"",
            "doc_cleaner",
        ),
        (
            "spacy.Tokenizer.v1",
            "spacy.ja.JapaneseTokenizer",
            "nlp.tokenizer",
        ),
    ] {
        assert!(
            original.contains(from),
            "the toy pipeline no longer has {from}"
        );
        fs::write(&config, original.replacen(from, to, 1)).unwrap();
        let error = error_of(&copy.0);
        assert!(matches!(error, Error::Unsupported { .. }), "{error}");
        let (error, feature) = (
            error.to_string(),
            to.trim_start_matches("factory = ").trim_matches('"'),
        );
        let all = [component, feature, config.to_str().unwrap()];
        assert!(all.iter().all(|part| error.contains(part)), "{error}");
    }
}

#[test]
fn a_component_that_cannot_run_is_loaded_where_it_is_disabled_and_the_error_says_how_to_leave_it_out()
 {
    let copy = Copy::of("de_toy", "disabled");
    let config = copy.0.join("config.cfg");
    let original = fs::read_to_string(&config).unwrap();
    let unknown = "factory = \"transformer\"";
    fs::write(
        &config,
        original.replacen("factory = \"doc_cleaner\"", unknown, 1),
    )
    .unwrap();
    let said = |options: LoadOptions| options.load(&copy.0).unwrap_err().to_string();
    let hint = "exclude it instead (--exclude doc_cleaner)";
    let error = said(LoadOptions::new().disable(["doc_cleaner"]));
    assert!(error.contains(hint), "{error}");
    // One that other options leave out of the run is disabled too.
    let error = said(LoadOptions::new().enable(["tagger"]));
    assert!(error.contains(hint), "{error}");
    let error = said(LoadOptions::new());
    assert!(!error.contains("exclude"), "{error}");
    let nlp = LoadOptions::new().exclude(["doc_cleaner"]).load(&copy.0);
    assert!(
        nlp.unwrap()
            .components()
            .all(|(name, _)| name != "doc_cleaner")
    );
}

#[test]
fn a_component_whose_name_leads_out_of_the_directory_is_refused_before_anything_is_read_there() {
    let copy = Copy::of("de_toy", "outside");
    // A whole component is where the name leads.
    let outside = Copy::of("de_toy", "outside-too");
    let absolute = outside.0.join("tagger").display().to_string();
    let beside = format!(
        "../{}/tagger",
        outside.0.file_name().unwrap().to_str().unwrap()
    );
    let config = fs::read_to_string(copy.0.join("config.cfg")).unwrap();
    for name in [&absolute, &beside, "..", "."] {
        let mut renamed = config.replace("[components.tagger", &format!("[components.{name}"));
        renamed = renamed.replace("\"tagger\"", &format!("\"{name}\""));
        renamed = renamed.replace(&format!("factory = \"{name}\""), "factory = \"tagger\"");
        // Sections are parted at full stops, and each has to be there.
        for (dot, _) in name.match_indices('.') {
            renamed.push_str(&format!("\n[components.{}]\n", &name[..dot]));
        }
        fs::write(copy.0.join("config.cfg"), renamed).unwrap();
        let error = error_of(&copy.0).to_string();
        let says =
            error.contains("config.cfg") && error.contains("outside of the pipeline's directory");
        assert!(says, "{name}: {error}");
    }
}

#[test]
fn texts_of_any_content_parse() {
    let nlp = Language::load(toy("de_toy")).unwrap();
    let long_word = "x".repeat(20_000);
    let many_words = "ein Wort und noch eins ".repeat(2_000);
    let odd = [
        "",
        " ",
        "\n\t\r\n",
        "\u{0}",
        "\u{1c}\u{85}\u{2028}",
        "🏳️‍🌈👩‍👩‍👧‍👦",
        "İstanbul'dan",
        "a\u{300}\u{301}\u{302}",
        "((((((((((]]]]]]]]]]",
    ];
    for text in odd.into_iter().chain([&*long_word, &*many_words]) {
        let doc = nlp.parse(text).unwrap();
        let again: String = doc.tokens().map(|token| token.text_with_ws()).collect();
        assert_eq!(again, text);
    }
}

#[test]
fn a_component_that_the_pipeline_names_twice_is_refused() {
    let twice = with_config("twice", |config| {
        config.replacen("pipeline = [", "pipeline = [\"tagger\",\"tagger\",", 1)
    });
    let error = error_of(&twice.0).to_string();
    assert!(error.contains("\"tagger\" twice"), "{error}");
    // The same folder by other names.
    for name in ["tagger/", "tagger//", "./tagger", "tagger/."] {
        let other = with_config("by-another-name", |config| {
            config
                .replacen("pipeline = [", &format!("pipeline = [\"{name}\","), 1)
                .replace(
                    "[components.tagger]",
                    &format!("[components.{name}]\nfactory = \"tagger\"\n\n[components.tagger]"),
                )
        });
        let error = error_of(&other.0).to_string();
        assert!(error.contains("config.cfg"), "{name}: {error}");
    }
}

#[test]
fn a_listener_may_not_ask_for_vectors_that_no_file_pays_for() {
    let wide = with_config("wide", |config| {
        let block = "@architectures = \"spacy.Tok2VecListener.v1\"";
        let (before, after) = config.split_once(block).expect("a listener");
        let (_, after) = after.split_once("width = ").expect("its width");
        let (_, after) = after.split_once('\n').expect("its line");
        format!("{before}{block}\nwidth = 1000000\n{after}")
    });
    let error = error_of(&wide.0).to_string();
    assert!(error.contains("width should be at most 4096"), "{error}");
}

#[test]
fn a_component_without_labels_is_refused() {
    let copy = Copy::of("de_toy", "no-labels");
    change_cfg(&copy.0.join("tagger/cfg"), |cfg| {
        cfg["labels"] = serde_json::json!([])
    });
    let error = error_of(&copy.0).to_string();
    assert!(error.contains("tagger"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn files_without_an_end_are_refused() {
    for target in ["/dev/zero", "/dev/full", "/proc/self"] {
        let copy = Copy::of("de_toy", "endless");
        let path = copy.0.join("tokenizer");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(target, &path).unwrap();
        let error = error_of(&copy.0).to_string();
        assert!(
            error.contains("tokenizer") && error.contains("regular file"),
            "{target}: {error}"
        );
    }
}

#[test]
fn a_section_with_a_long_name_and_many_keys_is_read_in_time_in_proportion_to_its_length() {
    let mut text = format!("[{}]\n", "a".repeat(2_000_000));
    for key in 0..200_000 {
        text.push_str(&format!("k{key} = 1\n"));
    }
    // Finding the section anew for each key would copy its name two hundred thousand times.
    assert!(nlp_core::format::config::Config::parse(&text).is_ok());
}
