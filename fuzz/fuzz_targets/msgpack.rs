//! Any bytes as MessagePack, and as the tables that are written in it or beside it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::format::array::Array;
use nlp_core::format::lookups::Lookups;
use nlp_core::format::msgpack;

fuzz_target!(|data: &[u8]| {
    if let Ok(value) = msgpack::read(data)
        && let Ok(array) = Array::decode(&value)
    {
        let _ = array.to_f32();
        let _ = array.to_i64();
    }
    let _ = Lookups::read(data);
});
