//! Which isolate a key belongs to: rendezvous hashing.
//!
//! Each isolate has a seat, and the key goes to the seat with the highest score for it. When an isolate comes or goes,
//! only the keys change over that have their highest score there.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The number that stands for a key.
pub(super) fn key_of(key: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// How much a seat is a key's; the finalizer of splitmix64 spreads the bits.
pub(super) fn score(key: u64, seat: usize) -> u64 {
    let mut bits = key ^ (seat as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::{key_of, score};

    fn seat_of(key: u64, seats: usize) -> usize {
        let best = (0..seats).max_by_key(|seat| score(key, *seat));
        best.expect("there is a seat")
    }

    #[test]
    fn each_seat_has_its_share() {
        let mut shares = [0; 4];
        for name in 0..4000 {
            shares[seat_of(key_of(name), 4)] += 1;
        }
        assert!(
            shares.iter().all(|share| (900..1100).contains(share)),
            "{shares:?}"
        );
    }

    #[test]
    fn one_more_seat_moves_only_what_it_gets() {
        for name in 0..1000 {
            let key = key_of(name);
            let (before, after) = (seat_of(key, 4), seat_of(key, 5));
            assert!(after == before || after == 4);
        }
    }
}
