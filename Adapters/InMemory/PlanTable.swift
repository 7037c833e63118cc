import PlanDomain

/// A hash table of plans by id, with linear probing.
///
/// A slot holds an id and its plan side by side, whereas `Dictionary` stores keys and values
/// separately. In a large store the time of a read depends on the number of cache misses, and this
/// layout saves one of two or three.
struct PlanTable {
  // `plan` is nil in an empty slot. Code reads single fields and never copies a slot on the read
  // path: a copy retains the plan, which writes to the plan's memory.
  private struct Slot {
    var id: Plan.ID
    var plan: Plan?
  }

  private static let empty = Slot(id: Plan.ID(ULID(high: 0, low: 0)), plan: nil)

  private var slots = [Slot](repeating: Self.empty, count: 8)
  /// The entry of each slot; separate, because only units of work need most of it.
  private var entries = [PlanEntry?](repeating: nil, count: 8)
  private var count = 0
  // Random, so that a caller who chooses ids cannot cause collisions.
  private let seed = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

  /// Returns the slot of this id; valid until the next insertion or removal.
  func slot(of id: Plan.ID) -> Int? {
    var slot = probeStart(of: id)
    while slots[slot].id != id {
      if slots[slot].plan == nil { return nil }
      slot = next(slot)
    }
    return slots[slot].plan == nil ? nil : slot
  }

  /// Returns the plan with this id.
  func plan(_ id: Plan.ID) -> Plan? { slot(of: id).flatMap { slots[$0].plan } }

  /// Returns the entry of the plan with this id.
  func entry(_ id: Plan.ID) -> PlanEntry? { slot(of: id).flatMap { entries[$0] } }

  /// Returns the entry in this slot.
  func entry(at slot: Int) -> PlanEntry? { entries[slot] }

  /// Replaces the plan in this slot.
  mutating func replace(at slot: Int, with plan: Plan) { slots[slot].plan = plan }

  /// Adds a plan, which must not be in the table.
  mutating func insert(_ entry: PlanEntry) {
    if (count + 1) * 4 > slots.count * 3 { grow() }
    count += 1
    put(Slot(id: entry.plan.id, plan: entry.plan), entry)
  }

  /// Removes a plan.
  mutating func remove(_ id: Plan.ID) {
    guard var hole = slot(of: id) else { return }
    count -= 1
    // Moves back entries that were displaced past the hole, so that probing still finds them.
    var slot = next(hole)
    while slots[slot].plan != nil {
      if distance(from: probeStart(of: slots[slot].id), to: slot) >= distance(from: hole, to: slot)
      {
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
    var slot = probeStart(of: content.id)
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

  /// Returns the slot at which probing for an id begins.
  private func probeStart(of id: Plan.ID) -> Int {
    let mixed = (id.ulid.low ^ seed.0).multipliedFullWidth(by: id.ulid.high ^ seed.1)
    return Int((mixed.high ^ mixed.low).multipliedFullWidth(by: UInt64(slots.count)).high)
  }

  private func next(_ slot: Int) -> Int { slot + 1 == slots.count ? 0 : slot + 1 }

  private func distance(from start: Int, to slot: Int) -> Int {
    slot >= start ? slot - start : slot - start + slots.count
  }
}
