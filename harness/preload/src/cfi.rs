//! Call frame information: from the tables that compilers leave in `.eh_frame`, the [`Rule`] of an address.
//!
//! Follows only what a walk needs: the CFA, `rbp` and the return address. Sources: DWARF 5 section 6.4, and for
//! `.eh_frame_hdr` and the pointer encodings the Linux Standard Base, Core, chapter 10.6.

mod reader;

use crate::rule::{Cfa, Rule, Saved};
pub use reader::Memory;
use reader::Reader;

/// What an entry of `.eh_frame` says first: its length is taken off.
fn entry(mut at: Reader) -> Option<Reader> {
    let length = match at.u32()? {
        0 => return None,
        u32::MAX => at.u64()?,
        short => u64::from(short),
    };
    at.limited(length)
}

/// The common part of the descriptions.
struct Common {
    code_factor: u64,
    data_factor: i64,
    pointers: u8,
    /// Descriptions have a block of data of their own before their instructions.
    augmented: bool,
    signal: bool,
    instructions: Reader,
}

const RETURN_ADDRESS: u64 = 16;
const BP: u64 = 6;
const SP: u64 = 7;

impl Common {
    fn read(memory: Memory, at: usize) -> Option<Common> {
        let mut reader = entry(memory.reader(at)?)?;
        if reader.u32()? != 0 {
            return None;
        }
        let version = reader.u8()?;
        let augmentation = reader;
        while reader.u8()? != 0 {}
        let code_factor = reader.unsigned()?;
        let data_factor = reader.signed()?;
        let returns = if version == 1 {
            u64::from(reader.u8()?)
        } else {
            reader.unsigned()?
        };
        if returns != RETURN_ADDRESS {
            return None;
        }
        let mut common = Common {
            code_factor,
            data_factor,
            pointers: 0,
            augmented: false,
            signal: false,
            instructions: reader,
        };
        let mut letters = augmentation;
        let mut data = reader;
        loop {
            match letters.u8()? {
                0 => break,
                b'z' => {
                    common.augmented = true;
                    let bytes = data.unsigned()?;
                    let mut after = data;
                    after.skip(bytes)?;
                    common.instructions = after;
                }
                b'R' => common.pointers = data.u8()?,
                b'L' => data.skip(1)?,
                b'P' => {
                    let encoding = data.u8()?;
                    data.pointer(encoding & 0x0F, 0)?;
                }
                b'S' => common.signal = true,
                // What is not known is passed over, since the block says how long it is.
                _ if common.augmented => break,
                _ => return None,
            }
        }
        Some(common)
    }
}

/// How a register of the caller is found.
#[derive(Clone, Copy)]
enum Register {
    Same,
    Undefined,
    AtCfa(i64),
    Expression(Reader),
    Other,
}

/// How the CFA is found.
#[derive(Clone, Copy)]
enum Frame {
    Register(u64, i64),
    Expression(Reader),
}

/// A row of the table that the instructions stand for.
#[derive(Clone, Copy)]
struct Row {
    frame: Frame,
    bp: Register,
    returns: Register,
}

/// How deep rows may be remembered by the instructions.
const REMEMBERED: usize = 8;

/// Carries instructions out until they pass the address that is asked for.
struct Machine<'c> {
    common: &'c Common,
    location: u64,
    target: u64,
    row: Row,
    first: Row,
    remembered: [Row; REMEMBERED],
    depth: usize,
}

impl Machine<'_> {
    /// `Some(true)`: the row of the target is found.
    fn run(&mut self, mut code: Reader) -> Option<bool> {
        while code.at < code.end {
            let byte = code.u8()?;
            let low = u64::from(byte & 0x3F);
            match byte >> 6 {
                1 => {
                    if self.advance(low) {
                        return Some(true);
                    }
                }
                2 => {
                    let offset = code.unsigned()? as i64;
                    self.set(
                        low,
                        Register::AtCfa(offset.wrapping_mul(self.common.data_factor)),
                    );
                }
                3 => self.restore(low),
                _ => {
                    if self.extended(byte, &mut code)? {
                        return Some(true);
                    }
                }
            }
        }
        Some(false)
    }

    fn extended(&mut self, byte: u8, code: &mut Reader) -> Option<bool> {
        let factor = self.common.data_factor;
        match byte {
            0x00 => {}
            0x01 => {
                self.location = code.pointer(self.common.pointers, 0)? as u64;
                return Some(self.location > self.target);
            }
            0x02 => return code.u8().map(|by| self.advance(u64::from(by))),
            0x03 => return code.u16().map(|by| self.advance(u64::from(by))),
            0x04 => return code.u32().map(|by| self.advance(u64::from(by))),
            0x05 => {
                let register = code.unsigned()?;
                let offset = code.unsigned()? as i64;
                self.set(register, Register::AtCfa(offset.wrapping_mul(factor)));
            }
            0x06 => {
                let register = code.unsigned()?;
                self.restore(register);
            }
            0x07 => {
                let register = code.unsigned()?;
                self.set(register, Register::Undefined);
            }
            0x08 => {
                let register = code.unsigned()?;
                self.set(register, Register::Same);
            }
            0x09 => {
                let register = code.unsigned()?;
                code.unsigned()?;
                self.set(register, Register::Other);
            }
            0x0A => {
                *self.remembered.get_mut(self.depth)? = self.row;
                self.depth += 1;
            }
            0x0B => {
                self.depth = self.depth.checked_sub(1)?;
                self.row = *self.remembered.get(self.depth)?;
            }
            0x0C => {
                let register = code.unsigned()?;
                self.row.frame = Frame::Register(register, code.unsigned()? as i64);
            }
            0x0D => {
                let register = code.unsigned()?;
                self.row.frame = Frame::Register(register, self.offset()?);
            }
            0x0E => {
                let offset = code.unsigned()? as i64;
                self.row.frame = Frame::Register(self.register()?, offset);
            }
            0x0F => self.row.frame = Frame::Expression(block(code)?),
            0x10 => {
                let register = code.unsigned()?;
                let expression = block(code)?;
                self.set(register, Register::Expression(expression));
            }
            0x11 => {
                let register = code.unsigned()?;
                let offset = code.signed()?;
                self.set(register, Register::AtCfa(offset.wrapping_mul(factor)));
            }
            0x12 => {
                let register = code.unsigned()?;
                let offset = code.signed()?;
                self.row.frame = Frame::Register(register, offset.wrapping_mul(factor));
            }
            0x13 => {
                let offset = code.signed()?;
                self.row.frame = Frame::Register(self.register()?, offset.wrapping_mul(factor));
            }
            0x14 | 0x15 => {
                let register = code.unsigned()?;
                code.unsigned()?;
                self.set(register, Register::Other);
            }
            0x16 => {
                let register = code.unsigned()?;
                block(code)?;
                self.set(register, Register::Other);
            }
            // The size of pushed arguments: the offsets have it already.
            0x2E => {
                code.unsigned()?;
            }
            _ => return None,
        }
        Some(false)
    }

    fn advance(&mut self, by: u64) -> bool {
        self.location = self
            .location
            .wrapping_add(by.wrapping_mul(self.common.code_factor));
        self.location > self.target
    }

    fn set(&mut self, register: u64, to: Register) {
        match register {
            BP => self.row.bp = to,
            RETURN_ADDRESS => self.row.returns = to,
            _ => {}
        }
    }

    fn restore(&mut self, register: u64) {
        match register {
            BP => self.row.bp = self.first.bp,
            RETURN_ADDRESS => self.row.returns = self.first.returns,
            _ => {}
        }
    }

    fn register(&self) -> Option<u64> {
        match self.row.frame {
            Frame::Register(register, _) => Some(register),
            Frame::Expression(_) => None,
        }
    }

    fn offset(&self) -> Option<i64> {
        match self.row.frame {
            Frame::Register(_, offset) => Some(offset),
            Frame::Expression(_) => None,
        }
    }
}

/// A block of bytes that says its length first.
fn block(code: &mut Reader) -> Option<Reader> {
    let bytes = code.unsigned()?;
    let inner = code.limited(bytes)?;
    code.skip(bytes)?;
    Some(inner)
}

/// `rbp` and an offset as an expression, and whether the word there is meant.
fn bp_and_offset(mut expression: Reader) -> Option<(i64, bool)> {
    const BREG_BP: u8 = 0x76;
    const DEREF: u8 = 0x06;
    if expression.u8()? != BREG_BP {
        return None;
    }
    let offset = expression.signed()?;
    match expression.u8() {
        None => Some((offset, false)),
        Some(DEREF) if expression.at == expression.end => Some((offset, true)),
        Some(_) => None,
    }
}

/// The rule of an address: `header` is where the module's `.eh_frame_hdr` lies. [`Rule::UNKNOWN`] where the tables do
/// not know it, or in a way that cannot be followed.
pub fn rule(memory: Memory, header: usize, address: usize) -> Rule {
    find(memory, header, address).unwrap_or(Rule::UNKNOWN)
}

fn find(memory: Memory, header: usize, address: usize) -> Option<Rule> {
    let description = description(memory, header, address)?;
    let start = memory.reader(description)?;
    let mut reader = entry(start)?;
    // An entry's pointer to the common part counts backwards from itself.
    let here = reader.at;
    let back = reader.u32()?;
    if back == 0 {
        return None;
    }
    let common = Common::read(memory, here.checked_sub(back as usize)?)?;
    let begin = reader.pointer(common.pointers, 0)?;
    let length = reader.pointer(common.pointers & 0x0F, 0)?;
    if !(begin..begin.checked_add(length)?).contains(&address) {
        return None;
    }
    if common.signal {
        return Some(Rule::SIGNAL);
    }
    if common.augmented {
        let bytes = reader.unsigned()?;
        reader.skip(bytes)?;
    }
    let nothing = Row {
        frame: Frame::Register(SP, 8),
        bp: Register::Same,
        returns: Register::AtCfa(-8),
    };
    let mut machine = Machine {
        common: &common,
        location: begin as u64,
        target: address as u64,
        row: nothing,
        first: nothing,
        remembered: [nothing; REMEMBERED],
        depth: 0,
    };
    machine.run(common.instructions)?;
    machine.first = machine.row;
    machine.run(reader)?;
    machine.row.pack()
}

impl Row {
    fn pack(self) -> Option<Rule> {
        match self.returns {
            Register::Undefined => return Some(Rule::END),
            Register::AtCfa(-8) => {}
            _ => return None,
        }
        let (cfa, offset) = match self.frame {
            Frame::Register(SP, offset) => (Cfa::Sp, offset),
            Frame::Register(BP, offset) => (Cfa::Bp, offset),
            Frame::Register(..) => return None,
            Frame::Expression(expression) => match bp_and_offset(expression)? {
                (offset, true) => (Cfa::AtBp, offset),
                (offset, false) => (Cfa::Bp, offset),
            },
        };
        let (saved, saved_offset) = match self.bp {
            Register::Same => (Saved::Same, 0),
            Register::AtCfa(offset) => (Saved::AtCfa, offset),
            Register::Expression(expression) => match bp_and_offset(expression) {
                Some((offset, false)) => (Saved::AtBp, offset),
                _ => (Saved::Lost, 0),
            },
            Register::Undefined | Register::Other => (Saved::Lost, 0),
        };
        Rule::new(cfa, offset, saved, saved_offset)
    }
}

/// Finds the description of an address in the sorted table of `.eh_frame_hdr`.
fn description(memory: Memory, header: usize, address: usize) -> Option<usize> {
    const NONE: u8 = 0xFF;
    /// Signed, four bytes, counted from the header: what every linker writes.
    const TABLE: u8 = 0x3B;
    let mut reader = memory.reader(header)?;
    let (version, frames, count, table) = (reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?);
    if version != 1 || count == NONE || table != TABLE {
        return None;
    }
    if frames != NONE {
        reader.pointer(frames, header)?;
    }
    let count = reader.pointer(count, header)?;
    let row = |index: usize| -> Option<(usize, usize)> {
        let mut row = Reader {
            at: reader.at.checked_add(index.checked_mul(8)?)?,
            end: reader.end,
        };
        Some((row.pointer(TABLE, header)?, row.pointer(TABLE, header)?))
    };
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if row(middle)?.0 <= address {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Some(row(low.checked_sub(1)?)?.1)
}
