//! Which vector instructions the processor has, asked when a network is loaded, and functions compiled for each kind.
//!
//! The binary itself asks for no more than every processor of the architecture has: what is not there, or is hidden
//! (as valgrind hides AVX-512), is not used.

use crate::frozen::frozen;

/// `NLP_CORE_ISA=portable` asks for what every processor has, whatever this one has; `avx2` for no more than that, `avx512`
/// for the best. Emulated processors are the use of it: valgrind makes a function call of every fused multiplication, and
/// is thirty times faster without.
const VARIABLE: &str = "NLP_CORE_ISA";

/// Vector instructions that this processor has. [`Isa::all`] alone makes values, from what the processor says: code that
/// needs the instructions rests on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Isa(Kind);

/// Kinds of vector instructions, whether there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// AVX-512: 32 registers of 16 numbers.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2 and FMA: 16 registers of 8 numbers.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What every processor has.
    Portable,
}

frozen!(hash Isa);

impl Isa {
    /// The best that this processor has, unless the environment asks for less.
    pub fn detect() -> Isa {
        let asked = std::env::var_os(VARIABLE);
        let is_asked = |name: &str| asked.as_ref().is_some_and(|asked| asked == name);
        let most = match () {
            () if is_asked("portable") => Kind::Portable.lanes(),
            #[cfg(target_arch = "x86_64")]
            () if is_asked("avx2") => Kind::Avx2.lanes(),
            () => usize::MAX,
        };
        let all = Isa::all();
        let best = all.iter().find(|isa| isa.lanes() <= most);
        *best.unwrap_or(&Isa(Kind::Portable))
    }

    /// All that this processor has, the best first.
    pub fn all() -> Vec<Isa> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                all.push(Isa(Kind::Avx512));
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                all.push(Isa(Kind::Avx2));
            }
        }
        all.push(Isa(Kind::Portable));
        all
    }

    /// Which instructions they are.
    #[inline(always)]
    pub fn kind(self) -> Kind {
        self.0
    }

    /// The most vectors of outputs that a tile of a product has: AVX2 has too few registers for three.
    pub fn widest(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => 2,
            _ => 3,
        }
    }

    /// Numbers in a vector register.
    pub fn lanes(self) -> usize {
        self.0.lanes()
    }
}

impl Kind {
    fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => 16,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => 8,
            Kind::Portable => 4,
        }
    }
}

/// Defines a function of which there is a version for each kind of instructions: the compiler turns its plain loops
/// into whatever vectors there are. It takes the kind as a further, first argument. Sums are not reordered and products
/// not fused, so all versions give the same numbers.
macro_rules! per_isa {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        fn $name(isa: $crate::nn::isa::Isa, $($arg: $ty),*) {
            #[inline(always)]
            fn portable($($arg: $ty),*) $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f")]
            fn avx512($($arg: $ty),*) {
                portable($($arg),*);
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) {
                portable($($arg),*);
            }

            match isa.kind() {
                // SAFETY: a value of `Isa` says that the processor has the instructions.
                #[cfg(target_arch = "x86_64")]
                $crate::nn::isa::Kind::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::nn::isa::Kind::Avx2 => unsafe { avx2($($arg),*) },
                $crate::nn::isa::Kind::Portable => portable($($arg),*),
            }
        }
    };
}
pub(super) use per_isa;

/// Asks for a row's memory, where that can be asked for.
#[inline(always)]
pub(super) fn prefetch(row: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    for line in row.chunks(16) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every processor of the architecture has the instruction, and it reads nothing that the program sees.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = row;
}
