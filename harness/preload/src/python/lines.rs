//! Which line an instruction of a code object belongs to: three forms of a table, by version.

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Pairs of a step in bytes and a step in lines: `co_lnotab`, up to 3.9.
    Steps,
    /// The same for ranges, of which some have no line: `co_linetable` of 3.10.
    Ranges,
    /// Entries of one byte and more, with columns too: `co_linetable` from 3.11.
    Entries,
}

/// The line of the instruction `at` bytes from the first one; `None` for one that belongs to no line, or that the table
/// does not have.
pub fn line(form: Form, table: &[u8], first_line: u32, at: usize) -> Option<u32> {
    let line = match form {
        Form::Steps => steps(table, first_line, at),
        Form::Ranges => ranges(table, first_line, at)?,
        Form::Entries => entries(table, first_line, at)?,
    };
    u32::try_from(line).ok()
}

fn steps(table: &[u8], first_line: u32, at: usize) -> i64 {
    let (mut line, mut begins) = (i64::from(first_line), 0);
    for pair in table.chunks_exact(2) {
        begins += usize::from(pair[0]);
        if begins > at {
            break;
        }
        line += i64::from(pair[1] as i8);
    }
    line
}

fn ranges(table: &[u8], first_line: u32, at: usize) -> Option<i64> {
    const NO_LINE: i8 = -128;
    let (mut line, mut ends) = (i64::from(first_line), 0);
    for pair in table.chunks_exact(2) {
        ends += usize::from(pair[0]);
        let step = pair[1] as i8;
        if step != NO_LINE {
            line += i64::from(step);
        }
        if at < ends {
            return (step != NO_LINE).then_some(line);
        }
    }
    None
}

fn entries(table: &[u8], first_line: u32, at: usize) -> Option<i64> {
    let (mut line, mut ends) = (i64::from(first_line), 0);
    let mut bytes = table.iter().copied();
    while let Some(first) = bytes.next() {
        ends += (usize::from(first & 7) + 1) * 2;
        let kind = first >> 3 & 15;
        let rest = bytes.clone();
        let step = match kind {
            // Columns alone.
            0..=9 | 15 => 0,
            10..=12 => i64::from(kind - 10),
            _ => signed(&mut bytes.clone())?,
        };
        line += step;
        if at < ends {
            return (kind != 15).then_some(line);
        }
        // The next entry begins with the next byte that has its highest bit set.
        let skipped = rest.take_while(|byte| byte & 0x80 == 0).count();
        if skipped > 0 {
            bytes.nth(skipped - 1);
        }
    }
    None
}

/// A number in pieces of six bits, lowest first, of which the lowest bit is the sign.
fn signed(bytes: &mut impl Iterator<Item = u8>) -> Option<i64> {
    let (mut value, mut shift) = (0_u64, 0);
    loop {
        let byte = bytes.next()?;
        if shift > 30 {
            return None;
        }
        value |= u64::from(byte & 0x3F) << shift;
        shift += 6;
        if byte & 0x40 == 0 {
            break;
        }
    }
    let size = (value >> 1) as i64;
    Some(if value & 1 == 1 { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(form: Form, table: &[u8], first_line: u32, at: &[usize]) -> Vec<Option<u32>> {
        at.iter()
            .map(|at| line(form, table, first_line, *at))
            .collect()
    }

    #[test]
    fn steps_of_bytes_and_lines_are_added_up() {
        // Line 10 from byte 0, 12 from 6, 9 from 300, in two pairs for what is too far for one.
        let table = [6, 2, 255, 0, 39, 253];
        assert_eq!(
            all(Form::Steps, &table, 10, &[0, 5, 6, 299, 300, 9000]),
            [Some(10), Some(10), Some(12), Some(12), Some(9), Some(9)]
        );
        assert_eq!(line(Form::Steps, &[], 4, 8), Some(4));
    }

    #[test]
    fn ranges_may_have_no_line() {
        // def f(): on 1; 2 for bytes 0 to 4, none to 8, 4 to 10.
        let table = [4, 1, 4, 128, 2, 2];
        assert_eq!(
            all(Form::Ranges, &table, 1, &[0, 3, 4, 7, 8, 9, 10]),
            [Some(2), Some(2), None, None, Some(4), Some(4), None]
        );
    }

    #[test]
    fn entries_of_every_kind_are_read() {
        let entry = |kind: u8, units: u8| 0x80 | kind << 3 | (units - 1);
        let table = [
            // The line of the function itself; columns alone; one line further, with two columns; seven back, in a number
            // alone; 100 further, in the long form; no line.
            entry(10, 1),
            0,
            0,
            entry(3, 2),
            0x12,
            entry(11, 1),
            4,
            9,
            entry(13, 1),
            15,
            entry(14, 2),
            0x40 | (200 & 0x3F),
            200 >> 6,
            0,
            1,
            2,
            entry(15, 3),
        ];
        assert_eq!(
            all(
                Form::Entries,
                &table,
                20,
                &[0, 2, 5, 6, 8, 10, 13, 14, 19, 20]
            ),
            [
                Some(20),
                Some(20),
                Some(20),
                Some(21),
                Some(14),
                Some(114),
                Some(114),
                None,
                None,
                None
            ]
        );
    }

    #[test]
    fn no_table_fails_whatever_stands_in_it() {
        // Tables of bytes as they come out of a sum, of many lengths.
        let mut state = 1_u64;
        for length in 0..600 {
            let table: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
                    (state >> 56) as u8
                })
                .collect();
            for form in [Form::Steps, Form::Ranges, Form::Entries] {
                for (first_line, at) in [(0, 0), (1, length), (u32::MAX, 40_000)] {
                    let found = line(form, &table, first_line, at);
                    assert!(form == Form::Steps || !table.is_empty() || found.is_none());
                }
            }
        }
    }
}
