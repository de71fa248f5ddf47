use super::*;

/// A document of a process; `inside` stands after its head.
fn document(protocol: u32, pid: u64, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<valgrindoutput>\n<protocolversion>{protocol}</protocolversion>\
         <protocoltool>memcheck</protocoltool><pid>{pid}</pid>{inside}</valgrindoutput>\n"
    )
}

const FINISHED: &str = "<status><state>FINISHED</state><time>00:00:00:01.000 </time></status>";

fn stack(function: &str) -> String {
    format!("<stack><frame><ip>0x10</ip><fn>{function}</fn></frame></stack>")
}

fn lost(unique: u32, bytes: u64, function: &str) -> String {
    format!(
        "<error><unique>{unique:#x}</unique><tid>1</tid><kind>Leak_DefinitelyLost</kind><xwhat><text>{bytes} bytes in 1 \
         blocks are definitely lost in loss record 1 of 1</text><leakedbytes>{bytes}</leakedbytes>\
         <leakedblocks>1</leakedblocks></xwhat>{}</error>",
        stack(function)
    )
}

fn bytes_of(report: &ValgrindReport) -> Vec<u64> {
    report.losses().map(|(_, bytes, ..)| bytes).collect()
}

fn functions<'f>(stacks: impl Iterator<Item = &'f [Frame]>) -> Vec<&'f str> {
    let innermost = stacks.flat_map(<[Frame]>::first);
    innermost
        .filter_map(|frame| frame.place.function.as_deref())
        .collect()
}

#[test]
fn protocols_4_to_6_are_read_and_others_refused() {
    let sums = "<leak_summary><definitely_lost><bytes>7</bytes><blocks>1</blocks></definitely_lost>\
                <still_reachable><bytes>1,234,567</bytes><blocks>8</blocks></still_reachable></leak_summary>";
    for protocol in 4..=6 {
        let inside = format!("{FINISHED}{sums}{}", lost(0, 7, "keep"));
        let report = ValgrindReport::parse(document(protocol, 9, &inside).as_bytes()).unwrap();
        assert!(report.is_complete(), "{protocol}");
        assert_eq!(bytes_of(&report), [7], "{protocol}");
        assert_eq!(
            report.sums,
            [
                (LeakKind::DefinitelyLost, 7, 1),
                (LeakKind::StillReachable, 1_234_567, 8)
            ]
        );
    }
    let report = ValgrindReport::parse(document(7, 9, FINISHED).as_bytes()).unwrap();
    assert!(report.truncated.unwrap().contains("protocol is 7"));
}

#[test]
fn the_last_search_for_leaks_counts_alone() {
    let misuse = format!(
        "<error><unique>0x9</unique><kind>InvalidRead</kind><what>Invalid read of size 1</what>{}</error>",
        stack("peek")
    );
    let inside = format!(
        "{}{misuse}{}{FINISHED}{}<errorcounts><pair><count>3</count><unique>0x9</unique></pair></errorcounts>",
        lost(0, 100, "keep"),
        lost(1, 200, "keep"),
        lost(2, 200, "keep")
    );
    let report = ValgrindReport::parse(document(4, 1, &inside).as_bytes()).unwrap();
    assert_eq!(bytes_of(&report), [200]);
    let misuses: Vec<u64> = report.misuses().map(|error| error.count).collect();
    assert_eq!(misuses, [3]);
}

#[test]
fn a_forked_child_that_writes_to_the_same_file_has_a_report_of_its_own() {
    // With a head of its own, within its parent's document.
    let child = document(4, 2, &format!("{FINISHED}{}", lost(0, 5, "in_child")));
    let nested = document(
        4,
        1,
        &format!("{child}{FINISHED}{}", lost(0, 11, "in_parent")),
    );
    // Without one: both began with the same head.
    let after = format!(
        "{}{FINISHED}{}</valgrindoutput>\n",
        document(4, 1, &format!("{FINISHED}{}", lost(0, 5, "in_child"))),
        lost(0, 11, "in_parent")
    );
    for (text, pid_of_child) in [(nested, Some(2)), (after, None)] {
        let all = ValgrindReport::parse_all(text.as_bytes()).unwrap();
        let seen: Vec<_> = all.iter().map(|one| (one.pid, bytes_of(one))).collect();
        assert_eq!(seen, [(pid_of_child, vec![5]), (Some(1), vec![11])]);
        assert!(all.iter().all(ValgrindReport::is_complete));
        let own = ValgrindReport::parse(text.as_bytes()).unwrap();
        assert_eq!(bytes_of(&own), [11]);
        // Cut in what is the parent's, the parent's is not whole.
        let cut = &text.as_bytes()[..text.len() - 40];
        assert!(!ValgrindReport::parse(cut).unwrap().is_complete());
    }
}

#[test]
fn what_comes_after_a_whole_document_and_is_none_takes_nothing_from_it() {
    let whole = document(4, 1, &format!("{FINISHED}{}", lost(0, 5, "keep")));
    for more in ["\n", "killed\n", "<html></html>", "</a>", "<", "<!-- "] {
        let all = ValgrindReport::parse_all(format!("{whole}{more}").as_bytes()).unwrap();
        assert_eq!((all.len(), bytes_of(&all[0])), (1, vec![5]), "{more}");
        assert!(all[0].is_complete(), "{more}");
    }
}

#[test]
fn descriptors_that_were_not_closed_are_told_by_both_protocols() {
    // Until 3.20 the stacks stand alone, and the rest is in the log.
    let old = format!("{FINISHED}{}{}", stack("open"), stack("socket"));
    let new = format!(
        "<error><unique>0x0</unique><tid>1</tid><kind>FdBadUse</kind><fd>2</fd><what>File descriptor 2 was closed \
         already</what>{}<auxwhat>Previously closed</auxwhat>{}</error>{FINISHED}\
         <error><unique>0x1</unique><tid>1</tid><kind>FdNotClosed</kind><fd>3</fd><path>/a</path><what>File descriptor 3: \
         /a is not closed</what>{}</error>\
         <error><unique>0x2</unique><kind>FdNotClosed</kind><fd>4</fd><what>AF_INET socket 4</what>{}</error>",
        stack("write"),
        stack("close"),
        stack("open"),
        stack("socket")
    );
    for (protocol, inside, misuses) in [(4, old, 0), (5, new, 1)] {
        let report = ValgrindReport::parse(document(protocol, 1, &inside).as_bytes()).unwrap();
        let opened = functions(report.open_descriptors());
        assert_eq!(opened, ["open", "socket"], "{protocol}");
        assert_eq!(report.misuses().count(), misuses, "{protocol}");
        assert_eq!(report.losses().count(), 0, "{protocol}");
    }
}

#[test]
fn a_caption_without_a_stack_leaves_the_next_captions_stack_alone() {
    let inside = format!(
        "<error><unique>0x47</unique><kind>SyscallParam</kind><what>points to uninitialised bytes</what>{}\
         <auxwhat>Address 0x1 is on thread 5's stack</auxwhat><auxwhat>Uninitialised value was created</auxwhat>{}</error>",
        stack("timer_create"),
        stack("main")
    );
    let report = ValgrindReport::parse(document(4, 1, &inside).as_bytes()).unwrap();
    let error = &report.errors[0];
    assert_eq!(
        functions([error.frames.as_slice()].into_iter()),
        ["timer_create"]
    );
    let captions: Vec<_> = error
        .auxiliary
        .iter()
        .map(|(caption, frames)| (caption.as_str(), frames.len()))
        .collect();
    assert_eq!(
        captions,
        [
            ("Address 0x1 is on thread 5's stack", 0),
            ("Uninitialised value was created", 1)
        ]
    );
}
