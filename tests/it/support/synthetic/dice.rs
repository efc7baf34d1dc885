//! Chance that comes out the same on every machine: SplitMix64 (Steele, Lea, Flood 2014).

/// A stream of numbers, told apart by what it is for.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The stream of a purpose under a seed: another purpose is another stream, so that adding one
    /// moves no other.
    pub fn of(seed: u64, purpose: &[u64]) -> Dice {
        let mut dice = Dice(seed);
        for part in purpose {
            dice.0 = dice.next() ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
        dice
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is at least 1.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&mut self, from: u32, to: u32) -> u32 {
        from + (self.next() % u64::from(to - from + 1)) as u32
    }

    /// True in so many of a thousand throws.
    pub fn in_thousand(&mut self, n: u64) -> bool {
        self.next() % 1000 < n
    }

    /// One of these.
    pub fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}
