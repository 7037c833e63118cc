import PlanDomain

/// Plans by their ids.
///
/// A hash table with linear probing: a slot holds an id and its plan next to each other, where a
/// dictionary keeps keys and values apart. A read from a large store takes as long as the places in
/// memory that it touches, and this is one of two or three less.
struct PlanTable {
  // An id and, unless the slot is empty, its plan: fields that are looked at without a copy of both,
  // for even to count another reference to a plan is to touch it.
  private struct Slot {
    var id: Plan.ID
    var plan: Plan?
  }

  private static let empty = Slot(id: Plan.ID(ULID(high: 0, low: 0)), plan: nil)

  private var slots = [Slot](repeating: Self.empty, count: 8)
  /// What only units of work need, by the same slots.
  private var entries = [PlanEntry?](repeating: nil, count: 8)
  private var count = 0
  // Who chooses ids must not be able to choose where they end up.
  private let seed = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

  /// The slot of this id, until the next insertion or removal.
  func slot(of id: Plan.ID) -> Int? {
    var slot = home(of: id)
    while slots[slot].id != id {
      if slots[slot].plan == nil { return nil }
      slot = next(slot)
    }
    return slots[slot].plan == nil ? nil : slot
  }

  /// The plan of this id.
  func plan(_ id: Plan.ID) -> Plan? { slot(of: id).flatMap { slots[$0].plan } }

  /// The entry of this id.
  func entry(_ id: Plan.ID) -> PlanEntry? { slot(of: id).flatMap { entries[$0] } }

  /// The entry in this slot.
  func entry(at slot: Int) -> PlanEntry? { entries[slot] }

  /// Puts another version of a plan into its slot.
  mutating func replace(at slot: Int, with plan: Plan) { slots[slot].plan = plan }

  /// Puts a plan in that is not there.
  mutating func insert(_ entry: PlanEntry) {
    if (count + 1) * 4 > slots.count * 3 { grow() }
    count += 1
    put(Slot(id: entry.plan.id, plan: entry.plan), entry)
  }

  /// Takes a plan out.
  mutating func remove(_ id: Plan.ID) {
    guard var hole = slot(of: id) else { return }
    count -= 1
    // Who was pushed over the slot that is empty now must be found without it.
    var slot = next(hole)
    while slots[slot].plan != nil {
      if distance(from: home(of: slots[slot].id), to: slot) >= distance(from: hole, to: slot) {
        slots[hole] = slots[slot]
        entries[hole] = entries[slot]
        hole = slot
      }
      slot = next(slot)
    }
    slots[hole] = Self.empty
    entries[hole] = nil
  }

  private mutating func put(_ content: Slot, _ entry: PlanEntry?) {
    var slot = home(of: content.id)
    while slots[slot].plan != nil { slot = next(slot) }
    slots[slot] = content
    entries[slot] = entry
  }

  private mutating func grow() {
    let (slots, entries) = (slots, entries)
    self.slots = Array(repeating: Self.empty, count: slots.count * 2)
    self.entries = Array(repeating: nil, count: slots.count * 2)
    for slot in slots.indices where slots[slot].plan != nil { put(slots[slot], entries[slot]) }
  }

  /// Where the search for an id begins.
  private func home(of id: Plan.ID) -> Int {
    let mixed = (id.ulid.low ^ seed.0).multipliedFullWidth(by: id.ulid.high ^ seed.1)
    return Int((mixed.high ^ mixed.low).multipliedFullWidth(by: UInt64(slots.count)).high)
  }

  private func next(_ slot: Int) -> Int { slot + 1 == slots.count ? 0 : slot + 1 }

  private func distance(from start: Int, to slot: Int) -> Int {
    slot >= start ? slot - start : slot - start + slots.count
  }
}
