import PlanDomain

/// What two states have in common that no rule can tell apart.
///
/// Plans by their place in the tree; times as their distance from now, none below it; without ids,
/// versions, history, epochs, times of phases and owners: no rule decides by them. Nor by documents,
/// but whether there is a checkpoint is kept: else no path would go on after one was saved. The
/// states of interchangeable siblings are put in order.
struct StateKey {
  /// The state without what makes no difference.
  let bytes: [UInt8]
  /// The number of states that differ only in what was folded: which of the interchangeable
  /// siblings is in which state, and which of two workers holds each lease.
  let folded: Int

  init(_ state: TreeState, _ shape: Shape) {
    var encoder = Encoder(state: state, shape: shape)
    bytes = encoder.encoding(of: 0)
    folded = encoder.folded
  }
}

private struct Encoder {
  let state: TreeState
  let shape: Shape
  var folded = 1

  mutating func encoding(of index: Int) -> [UInt8] {
    guard index < state.plans.count else { return [] }
    let plan = state.plans[index]
    if plan.progress.lease != nil { folded *= 2 }
    var bytes = own(plan)
    guard let rounds = plan.progress.round?.number else { return bytes }
    for round in 1...max(rounds, 1) {
      var blocks: [[UInt8]] = []
      for child in state.children(of: plan.id, round: round) {
        let place = state.plans.firstIndex { $0.id == child.id } ?? state.plans.count
        blocks.append(encoding(of: place))
      }
      let spawns = shape.spawns[state.names[index]] ?? []
      if round <= spawns.count { fold(spawns[round - 1].interchangeable, in: &blocks) }
      for block in blocks { bytes += block }
    }
    return bytes
  }

  private mutating func fold(_ indices: [Int], in blocks: inout [[UInt8]]) {
    guard indices.count > 1, indices.allSatisfy(blocks.indices.contains) else { return }
    let sorted = indices.map { blocks[$0] }.sorted { $0.lexicographicallyPrecedes($1) }
    var (arrangements, equal) = (1, 1)
    for (place, block) in sorted.enumerated() {
      equal = place > 0 && sorted[place - 1] == block ? equal + 1 : 1
      arrangements = arrangements * (place + 1) / equal
      blocks[indices[place]] = block
    }
    folded *= arrangements
  }

  private func own(_ plan: Plan) -> [UInt8] {
    let progress = plan.progress
    var bytes: [UInt8] = [
      plan.status.rawValue, byte(progress.attempt), byte(progress.reversionCount),
      byte(progress.unmetDependencies), distance(progress.readyAt),
    ]
    bytes += [
      distance(progress.lease?.expiresAt), distance(progress.lease?.end),
      distance(plan.awaitedNotBefore), progress.checkpoint == nil ? 0 : 1,
    ]
    if let round = progress.round {
      bytes += [byte(round.number), byte(round.total), byte(round.ended), byte(round.holding)]
    } else {
      bytes += [0, 0, 0, 0]
    }
    return bytes
  }

  /// 0 for no time, 1 for one that has come, and more for one to come.
  private func distance(_ time: Timestamp?) -> UInt8 {
    guard let time else { return 0 }
    if time <= state.now { return 1 }
    return byte(1 + Int((time.microseconds - state.now.microseconds) / 1_000_000))
  }

  private func byte(_ number: Int) -> UInt8 { UInt8(truncatingIfNeeded: number) }
}
