//! `sponsor solve`: a wave written by hand, through the binary.
