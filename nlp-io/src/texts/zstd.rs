//! All frames of a zstd file, one after another, each checked against its checksum.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The bytes in frames of zstd.
pub struct Frames<R> {
    packed: R,
    decoder: FrameDecoder,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Within,
    Over,
}

impl<R: BufRead> Frames<R> {
    pub fn new(packed: R) -> Self {
        Frames {
            packed,
            decoder: FrameDecoder::new(),
            state: State::Between,
        }
    }

    /// Goes to the next frame, or over one that says nothing.
    fn begin(&mut self) -> io::Result<State> {
        if self.packed.fill_buf()?.is_empty() {
            return Ok(State::Over);
        }
        match self.decoder.reset(&mut self.packed) {
            Ok(()) => Ok(State::Within),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let length = u64::from(length);
                let skipped = io::copy(&mut (&mut self.packed).take(length), &mut io::sink())?;
                match skipped == length {
                    true => Ok(State::Between),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                }
            }
            Err(error) => Err(damaged(&error)),
        }
    }

    /// Goes on with a frame: what it holds next is then in `buffer`, or the frame is at its end.
    fn go_on(&mut self, buffer: &mut [u8]) -> io::Result<(usize, State)> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            self.decoder
                .decode_blocks(&mut self.packed, BlockDecodingStrategy::UptoBlocks(1))
                .map_err(|error| damaged(&error))?;
        }
        let read = self.decoder.read(buffer)?;
        if read > 0 {
            return Ok((read, State::Within));
        }
        let stored = self.decoder.get_checksum_from_data();
        if stored.is_some() && stored != self.decoder.get_calculated_checksum() {
            return Err(damaged(&"its checksum is another"));
        }
        Ok((0, State::Between))
    }
}

fn damaged(reason: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the zstd file is damaged: {reason}"),
    )
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let step = match self.state {
                State::Over => return Ok(0),
                State::Between => self.begin().map(|state| (0, state)),
                State::Within => self.go_on(buffer),
            };
            // After an error there is nothing: a decoder is not asked again.
            self.state = step.as_ref().map_or(State::Over, |(_, state)| *state);
            match step? {
                (0, _) => {}
                (read, _) => return Ok(read),
            }
        }
    }
}
