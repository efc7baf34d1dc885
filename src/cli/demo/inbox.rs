//! The letters that the demo's receiver has, for the inbox pages.
