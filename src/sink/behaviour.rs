//! What a recipient's local part asks of the sink.

/// How one recipient is treated; the table is in the [room's documentation](super).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    Accept,
    /// Refused for now this many times.
    Defer(u32),
    Refuse,
    Full,
    Hangup,
    HangupData,
    RefuseData,
    Slow,
}

impl Behaviour {
    /// Reads the word at the start of the local part of `address`.
    pub(super) fn of(address: &str) -> Behaviour {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let word = local
            .split(['.', '+'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match word.as_str() {
            "refuse" => Behaviour::Refuse,
            "full" => Behaviour::Full,
            "hangup" => Behaviour::Hangup,
            "hangupdata" => Behaviour::HangupData,
            "refusedata" => Behaviour::RefuseData,
            "slow" => Behaviour::Slow,
            "defer" => Behaviour::Defer(1),
            word => word
                .strip_prefix("defer")
                .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|digits| digits.parse().ok())
                .map_or(Behaviour::Accept, Behaviour::Defer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Behaviour::{self, *};

    #[test]
    fn the_word_ends_at_a_dot_a_plus_or_the_at_sign() {
        for (address, expected) in [
            ("defer1.ann@x.example", Defer(1)),
            ("DEFER12+ann@x.example", Defer(12)),
            ("defer@x.example", Defer(1)),
            ("defer2@x.example", Defer(2)),
            ("deferred@x.example", Accept),
            ("defer+5@x.example", Defer(1)),
            ("defer99999999999@x.example", Accept),
            ("refuse.bob@x.example", Refuse),
            ("refused.bob@x.example", Accept),
            ("full@x.example", Full),
            ("fuller@x.example", Accept),
            ("hangup.eve@x.example", Hangup),
            ("hangupdata.eve@x.example", HangupData),
            ("refusedata.kim@x.example", RefuseData),
            ("Slow.lee@x.example", Slow),
            ("mia.refuse@x.example", Accept),
            ("postmaster", Accept),
            ("", Accept),
        ] {
            assert_eq!(Behaviour::of(address), expected, "{address}");
        }
    }
}
