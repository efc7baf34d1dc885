//! Maximum flow in integers (Dinic): blocking flows along shortest ways, until there is none. It
//! knows nodes and arcs, no sponsors.
//!
//! Nodes are numbered along the flow: the source is 0, the sink the last, and an arc that was asked
//! for leads to a higher number. The way back of an arc leads down.

use std::collections::VecDeque;

/// An arc that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) room: i64,
}

/// A network with what flows in it.
#[derive(Clone, Debug)]
pub(super) struct Network {
    /// Where the arcs of a node begin; one more than nodes.
    first: Vec<u32>,
    to: Vec<u32>,
    /// The arc that leads the other way.
    back: Vec<u32>,
    /// What an arc can still take.
    room: Vec<i64>,
    level: Vec<u32>,
    next: Vec<u32>,
}

const FAR: u32 = u32::MAX;

impl Network {
    pub(super) const SOURCE: u32 = 0;

    /// A network of so many nodes, and for each arc its number, in the order given.
    pub(super) fn new(nodes: usize, arcs: &[Arc]) -> (Network, Vec<u32>) {
        let mut first = vec![0_u32; nodes + 1];
        for arc in arcs {
            first[arc.from as usize + 1] += 1;
            first[arc.to as usize + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut free = first.clone();
        let mut take = |node: u32| {
            let at = free[node as usize];
            free[node as usize] += 1;
            at
        };
        let size = arcs.len() * 2;
        let (mut to, mut back, mut room) = (vec![0; size], vec![0; size], vec![0; size]);
        let mut numbers = Vec::with_capacity(arcs.len());
        for arc in arcs {
            let (there, here) = (take(arc.from), take(arc.to));
            (to[there as usize], to[here as usize]) = (arc.to, arc.from);
            (back[there as usize], back[here as usize]) = (here, there);
            room[there as usize] = arc.room;
            numbers.push(there);
        }
        let network = Network {
            next: vec![0; nodes],
            level: vec![FAR; nodes],
            first,
            to,
            back,
            room,
        };
        (network, numbers)
    }

    fn sink(&self) -> u32 {
        self.level.len() as u32 - 1
    }

    /// Arcs, both ways.
    pub(super) fn size(&self) -> usize {
        self.to.len()
    }

    /// The arcs of a node, both ways.
    pub(super) fn arcs(&self, node: u32) -> std::ops::Range<u32> {
        self.first[node as usize]..self.first[node as usize + 1]
    }

    pub(super) fn head(&self, arc: u32) -> u32 {
        self.to[arc as usize]
    }

    pub(super) fn room(&self, arc: u32) -> i64 {
        self.room[arc as usize]
    }

    pub(super) fn set_room(&mut self, arc: u32, room: i64) {
        self.room[arc as usize] = room;
    }

    /// What flows through an arc that was asked for.
    pub(super) fn flow(&self, arc: u32) -> i64 {
        self.room[self.back[arc as usize] as usize]
    }

    /// Lets more flow through an arc, or less where `more` is negative.
    pub(super) fn push(&mut self, arc: u32, more: i64) {
        let back = self.back[arc as usize];
        self.room[arc as usize] -= more;
        self.room[back as usize] += more;
    }

    /// Makes every arc and what flows in it so many times as wide.
    pub(super) fn widen(&mut self, times: i64) {
        self.room.iter_mut().for_each(|room| *room *= times);
    }

    /// Lets as much more flow as can, without less through any arc from the source; how much.
    pub(super) fn augment(&mut self) -> i64 {
        let mut total = 0;
        while self.measure() {
            total += self.block();
        }
        total
    }

    /// After [`Network::augment`]: whether more could come to a node. These are the near side of
    /// the smallest cut.
    pub(super) fn near(&self, node: u32) -> bool {
        self.level[node as usize] != FAR
    }

    /// Distances from the source; whether the sink can be reached.
    fn measure(&mut self) -> bool {
        self.level.fill(FAR);
        self.level[Network::SOURCE as usize] = 0;
        let mut queue = VecDeque::from([Network::SOURCE]);
        let sink = self.sink();
        while let Some(node) = queue.pop_front() {
            let level = self.level[node as usize] + 1;
            for arc in self.arcs(node) {
                let to = self.to[arc as usize];
                if self.room[arc as usize] > 0 && self.level[to as usize] == FAR {
                    self.level[to as usize] = level;
                    if to == sink {
                        return true;
                    }
                    queue.push_back(to);
                }
            }
        }
        false
    }

    /// A blocking flow along the levels.
    fn block(&mut self) -> i64 {
        let sink = self.sink();
        let deepest = self.level[sink as usize];
        self.next
            .copy_from_slice(&self.first[..self.first.len() - 1]);
        let (mut total, mut way, mut node) = (0, Vec::new(), Network::SOURCE);
        loop {
            if node == sink {
                total += self.fill(&mut way);
                node = way.last().map_or(Network::SOURCE, |arc| self.head(*arc));
                continue;
            }
            match self.step(node, deepest, sink) {
                Some(arc) => {
                    way.push(arc);
                    node = self.head(arc);
                }
                None => {
                    self.level[node as usize] = FAR - 1;
                    let Some(arc) = way.pop() else {
                        return total;
                    };
                    node = self.head(self.back[arc as usize]);
                    self.next[node as usize] += 1;
                }
            }
        }
    }

    /// The next arc that leads on from a node.
    fn step(&mut self, node: u32, deepest: u32, sink: u32) -> Option<u32> {
        let level = self.level[node as usize] + 1;
        let end = self.first[node as usize + 1];
        let mut arc = self.next[node as usize];
        while arc < end {
            let to = self.to[arc as usize];
            let on = self.level[to as usize] == level && (level < deepest || to == sink);
            if on && self.room[arc as usize] > 0 {
                break;
            }
            arc += 1;
        }
        self.next[node as usize] = arc;
        (arc < end).then_some(arc)
    }

    /// Fills a way as far as it goes, and cuts it before its first full arc.
    fn fill(&mut self, way: &mut Vec<u32>) -> i64 {
        let rooms = way.iter().map(|arc| self.room[*arc as usize]);
        let most = rooms.min().unwrap_or(0);
        for arc in way.iter() {
            self.push(*arc, most);
        }
        let full = way.iter().position(|arc| self.room[*arc as usize] == 0);
        way.truncate(full.unwrap_or(0));
        most
    }

    /// Takes so much of what flows from a node on to the sink away again; the arcs before the node
    /// are the caller's.
    pub(super) fn withdraw(&mut self, node: u32, amount: i64) {
        let (mut left, mut way) = (amount, Vec::new());
        for arc in self.arcs(node) {
            while left > 0 && self.head(arc) > node && self.flow(arc) > 0 {
                let mut most = left.min(self.flow(arc));
                way.clear();
                way.push(arc);
                let mut at = self.head(arc);
                while let Some(on) = self.carrier(at) {
                    most = most.min(self.flow(on));
                    way.push(on);
                    at = self.head(on);
                }
                for arc in &way {
                    self.push(*arc, -most);
                }
                left -= most;
            }
        }
    }

    /// The first arc by which something flows on from a node; none leads on from the sink.
    fn carrier(&self, node: u32) -> Option<u32> {
        let mut on = if node == self.sink() {
            0..0
        } else {
            self.arcs(node)
        };
        on.find(|arc| self.head(*arc) > node && self.flow(*arc) > 0)
    }
}
