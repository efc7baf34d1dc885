//! stub
#![allow(missing_docs)]
use crate::domain::time::Timestamp;
use super::policy::Signal;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayId(pub usize);
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneId(pub usize);
#[derive(Clone, Debug, Default)]
pub struct RelayLimits { pub connections: u16, pub messages_per_connection: u32 }
#[derive(Clone, Debug, Default)]
pub struct LaneTable;
impl LaneTable {
    pub fn names(&self) -> impl Iterator<Item = &str> { ["default"].into_iter() }
    pub fn name(&self, _: LaneId) -> &str { "default" }
    pub fn by_name(&self, _: &str) -> LaneId { LaneId(0) }
    pub fn of(&self, _: &str) -> LaneId { LaneId(0) }
}
pub struct Usage { pub relay: RelayId, pub hour: i64, pub sent: i64 }
pub enum Admit { Go, Until(Timestamp), Busy }
pub struct Pace { until: Vec<Option<Timestamp>> }
impl Pace {
    pub fn new(relays: Vec<RelayLimits>, _: LaneTable, _: &[Usage], _: Timestamp) -> Pace { Pace { until: vec![None; relays.len()] } }
    pub fn recount(&mut self, _: &[Usage], _: Timestamp) {}
    pub fn rest(&mut self) {}
    pub fn open_lanes(&self, _: Timestamp) -> Vec<LaneId> { vec![LaneId(0)] }
    pub fn relay(&self, now: Timestamp) -> Result<RelayId, Timestamp> {
        for (n, until) in self.until.iter().enumerate() { if until.is_none_or(|u| u <= now) { return Ok(RelayId(n)); } }
        Err(self.until.iter().flatten().min().copied().unwrap_or(now))
    }
    pub fn admit(&mut self, _: RelayId, _: LaneId, _: Timestamp) -> Admit { Admit::Go }
    pub fn release(&mut self, _: RelayId, _: LaneId) {}
    pub fn done(&mut self, _: RelayId, _: LaneId, _: &Signal, _: Timestamp) {}
    pub fn relay_failed(&mut self, r: RelayId, now: Timestamp) -> Timestamp { let u = now + jiff::SignedDuration::from_mins(1); self.until[r.0] = Some(u); u }
    pub fn next_opening(&self, _: Timestamp) -> Option<Timestamp> { None }
}
