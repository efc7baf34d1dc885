//! A wave as a network: source → flight → gate of its group → slots → sink, for every class. A gate
//! lets at most one flight of a group into a digest. Flights of a class that may take the same slots
//! meet in one node before them.
//!
//! A group whose flights may take different slots in a class has a gate for each set of slots there,
//! and the class's digests are split among these gates ([`Splits`]): only that makes it a flow.

use std::collections::BTreeMap;

use super::flow::{Arc, Network};
use super::wave::{Slots, Wave};

/// For each class and group with several sets of slots: how many digests each set may take. The
/// numbers of one entry sum to at most the class's digests.
pub(super) type Splits = BTreeMap<(u32, u32), Vec<(Slots, i64)>>;

/// The network of a wave, and where in it everything is.
pub(super) struct Graph<'w> {
    pub(super) wave: &'w Wave,
    pub(super) net: Network,
    /// For each flight the arc from the source.
    supply: Vec<u32>,
    /// For each class and each of its eligible flights the arc that leads from the flight.
    entries: Vec<Vec<u32>>,
    /// For each class its doors.
    doors: Vec<Vec<Door>>,
    /// The gates of groups with several sets of slots.
    pub(super) gates: Vec<Gate>,
}

/// The way into the slots of a set.
#[derive(Clone, Debug)]
struct Door {
    slots: Slots,
    node: u32,
    /// The arcs to the slots, each with the slot's number; none where the node is the slot.
    arcs: Vec<(usize, u32)>,
}

/// A gate of a group with several sets of slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    pub(super) class: u32,
    pub(super) group: u32,
    pub(super) slots: Slots,
    pub(super) node: u32,
    pub(super) arc: u32,
}

/// The numbers of the slots of a set.
pub(super) fn each(slots: Slots) -> impl Iterator<Item = usize> {
    (0..Slots::BITS as usize).filter(move |slot| slots & (1 << slot) != 0)
}

struct Builder<'w> {
    wave: &'w Wave,
    arcs: Vec<Arc>,
    nodes: u32,
    /// Arcs from flights, kept back: those that lead on stand first at every node.
    entries: Vec<Arc>,
    doors: Vec<Vec<Door>>,
    gates: Vec<Gate>,
    sinks: Vec<usize>,
}

impl<'w> Graph<'w> {
    /// The network, empty; no flight is supplied yet.
    pub(super) fn new(wave: &'w Wave, splits: &Splits) -> Graph<'w> {
        let flights = wave.flights.len() as u32;
        let mut builder = Builder {
            wave,
            arcs: Vec::new(),
            nodes: flights + 1,
            entries: Vec::new(),
            doors: Vec::new(),
            gates: Vec::new(),
            sinks: Vec::new(),
        };
        for flight in 0..flights {
            let (from, to) = (Network::SOURCE, flight + 1);
            builder.arcs.push(Arc { from, to, room: 0 });
        }
        for class in 0..wave.classes.len() {
            builder.class(class, splits);
        }
        builder.finish()
    }

    /// Digests in which a flight stands so far.
    pub(super) fn got(&self, flight: u32) -> i64 {
        self.net.flow(self.supply[flight as usize])
    }

    /// Lets a flight have so many digests more.
    pub(super) fn supply(&mut self, flight: u32, more: i64) {
        self.net.set_room(self.supply[flight as usize], more);
    }

    /// Takes so many digests from a flight; it is supplied no more.
    pub(super) fn withdraw(&mut self, flight: u32, amount: i64) {
        let arc = self.supply[flight as usize];
        self.net.withdraw(flight + 1, amount);
        self.net.push(arc, -amount);
        self.net.set_room(arc, 0);
    }

    /// Whether more could come to a flight, after an augmentation.
    pub(super) fn near(&self, flight: u32) -> bool {
        self.net.near(flight + 1)
    }

    /// Puts a flight into at most so many digests of a class, where there is room without moving
    /// others; how many. `entry` is its number among the class's eligible flights.
    pub(super) fn seat(&mut self, class: usize, entry: usize, most: i64) -> i64 {
        let (flight, _) = self.wave.classes[class].eligible[entry];
        let arc = self.entries[class][entry];
        let supply = self.supply[flight as usize];
        let mut left = most.min(self.net.room(arc)).min(self.net.room(supply));
        let mut way = vec![supply, arc];
        let mut node = self.net.head(arc);
        // A gate has one arc that leads on, its first.
        if !self.doors[class].iter().any(|door| door.node == node) {
            let gate = self.net.arcs(node).start;
            left = left.min(self.net.room(gate));
            way.push(gate);
            node = self.net.head(gate);
        }
        let mut seated = 0;
        while left > 0 {
            let Some((tail, room)) = self.widest(class, node) else {
                break;
            };
            let amount = left.min(room);
            for arc in way.iter().chain(&tail) {
                self.net.push(*arc, amount);
            }
            (left, seated) = (left - amount, seated + amount);
        }
        seated
    }

    /// The way from a door over its emptiest slot to the sink, with its room.
    fn widest(&self, class: usize, node: u32) -> Option<(Vec<u32>, i64)> {
        let door = self.doors[class].iter().find(|door| door.node == node)?;
        let end = |node: u32| self.net.arcs(node).start;
        let ways = door.arcs.iter().map(|(_, arc)| {
            let last = end(self.net.head(*arc));
            (
                self.net.room(last).min(self.net.room(*arc)),
                vec![*arc, last],
            )
        });
        let direct = door
            .arcs
            .is_empty()
            .then(|| (self.net.room(end(node)), vec![end(node)]));
        let mut best: Option<(Vec<u32>, i64)> = None;
        for (room, way) in ways.chain(direct) {
            if room > 0 && best.as_ref().is_none_or(|(_, most)| room > *most) {
                best = Some((way, room));
            }
        }
        best
    }

    /// What flows in a class: (flight, slot, digests), in the order of flights.
    pub(super) fn flows(&self, class: usize) -> Vec<(u32, usize, i64)> {
        let mut flows = Vec::new();
        for door in &self.doors[class] {
            let mut open: Vec<(usize, i64)> = match door.arcs.is_empty() {
                true => each(door.slots).map(|slot| (slot, i64::MAX)).collect(),
                false => door
                    .arcs
                    .iter()
                    .map(|(slot, arc)| (*slot, self.net.flow(*arc)))
                    .collect(),
            };
            let eligible = self.wave.classes[class].eligible.iter();
            for ((flight, slots), arc) in eligible.zip(&self.entries[class]) {
                let mut left = match *slots == door.slots {
                    true => self.net.flow(*arc),
                    false => 0,
                };
                for (slot, room) in &mut open {
                    let amount = left.min(*room);
                    if amount > 0 {
                        flows.push((*flight, *slot, amount));
                        (left, *room) = (left - amount, *room - amount);
                    }
                }
            }
        }
        flows.sort_unstable();
        flows
    }
}

impl<'w> Builder<'w> {
    fn node(&mut self) -> u32 {
        self.nodes += 1;
        self.nodes - 1
    }

    fn class(&mut self, number: usize, splits: &Splits) {
        let class = &self.wave.classes[number];
        let room = class.count as i64;
        let mut sets: Vec<Slots> = class.eligible.iter().map(|(_, slots)| *slots).collect();
        sets.sort_unstable();
        sets.dedup();
        let gates = self.group_gates(number);
        let (first_set, mut doors) = (self.nodes, Vec::with_capacity(sets.len()));
        self.nodes += sets.iter().filter(|s| s.count_ones() > 1).count() as u32;
        let first_slot = self.nodes;
        self.nodes += self.wave.slots as u32;
        for slot in 0..self.wave.slots as u32 {
            self.sinks.push(self.arcs.len());
            let from = first_slot + slot;
            self.arcs.push(Arc { from, to: 0, room });
        }
        let mut next = first_set;
        for slots in sets {
            let mut door = Door {
                slots,
                node: first_slot + slots.trailing_zeros(),
                arcs: Vec::new(),
            };
            if slots.count_ones() > 1 {
                door.node = next;
                next += 1;
                for slot in each(slots) {
                    door.arcs.push((slot, self.arcs.len() as u32));
                    let (from, to) = (door.node, first_slot + slot as u32);
                    self.arcs.push(Arc { from, to, room });
                }
            }
            doors.push(door);
        }
        let node_of = |slots: Slots| doors.iter().find(|d| d.slots == slots).map(|d| d.node);
        self.lead(number, &gates, &node_of, splits);
        for (flight, slots) in &class.eligible {
            let group = self.wave.flights[*flight as usize].group;
            let gate = group.and_then(|g| gates.get(&(g, *slots)).copied());
            let to = gate.or_else(|| node_of(*slots)).unwrap_or(0);
            let from = flight + 1;
            self.entries.push(Arc { from, to, room });
        }
        self.doors.push(doors);
    }

    /// The arcs from the gates of a class into its doors, each as wide as its split.
    fn lead(
        &mut self,
        number: usize,
        gates: &BTreeMap<(u32, Slots), u32>,
        node_of: &impl Fn(Slots) -> Option<u32>,
        splits: &Splits,
    ) {
        let room = self.wave.classes[number].count as i64;
        for ((group, slots), gate) in gates {
            let key = (number as u32, *group);
            let split = splits
                .get(&key)
                .and_then(|s| s.iter().find(|s| s.0 == *slots));
            let mixed = gates.range((*group, 0)..=(*group, Slots::MAX)).count() > 1;
            if mixed {
                let (class, group, slots, arc) = (key.0, *group, *slots, self.arcs.len() as u32);
                self.gates.push(Gate {
                    class,
                    group,
                    slots,
                    node: *gate,
                    arc,
                });
            }
            let room = split.map_or(room, |(_, room)| *room);
            let to = node_of(*slots).unwrap_or(0);
            self.arcs.push(Arc {
                from: *gate,
                to,
                room,
            });
        }
    }

    /// A node for every group of which several flights may stand in a class, by group and slots.
    fn group_gates(&mut self, class: usize) -> BTreeMap<(u32, Slots), u32> {
        let mut members: BTreeMap<u32, Vec<Slots>> = BTreeMap::new();
        for (flight, slots) in &self.wave.classes[class].eligible {
            if let Some(group) = self.wave.flights[*flight as usize].group {
                members.entry(group).or_default().push(*slots);
            }
        }
        members.retain(|_, sets| sets.len() > 1);
        let mut gates = BTreeMap::new();
        for (group, sets) in members {
            for slots in sets {
                gates.entry((group, slots)).or_insert_with(|| self.node());
            }
        }
        gates
    }

    fn finish(mut self) -> Graph<'w> {
        let sink = self.node();
        for arc in &self.sinks {
            self.arcs[*arc].to = sink;
        }
        self.arcs.append(&mut self.entries);
        let (net, numbers) = Network::new(self.nodes as usize, &self.arcs);
        let flights = self.wave.flights.len();
        for door in self.doors.iter_mut().flatten() {
            for (_, arc) in &mut door.arcs {
                *arc = numbers[*arc as usize];
            }
        }
        for gate in &mut self.gates {
            gate.arc = numbers[gate.arc as usize];
        }
        let sizes = self.wave.classes.iter().map(|c| c.eligible.len());
        let mut rest = &numbers[numbers.len() - sizes.clone().sum::<usize>()..];
        let mut entries = Vec::with_capacity(self.wave.classes.len());
        for size in sizes {
            let (own, others) = rest.split_at(size);
            entries.push(own.to_vec());
            rest = others;
        }
        Graph {
            wave: self.wave,
            net,
            supply: numbers[..flights].to_vec(),
            entries,
            doors: self.doors,
            gates: self.gates,
        }
    }
}
