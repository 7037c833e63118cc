/// What every state must be able to reach, and what no states may go round.
struct ProgressCheck {
  /// A promise that a state breaks.
  struct Problem {
    let state: Int
    let reason: String
  }

  private let graph: StateGraph
  /// The edges backwards: for each state, the states that lead to it and how.
  private let sources: [[StateGraph.Edge]]

  init(_ graph: StateGraph) {
    self.graph = graph
    var sources = [[StateGraph.Edge]](repeating: [], count: graph.count)
    for number in 0..<graph.count {
      for edge in graph.edges(of: number) {
        sources[Int(edge.target)].append(StateGraph.Edge(target: Int32(number), kind: edge.kind))
      }
    }
    self.sources = sources
  }

  /// The first state that breaks each promise.
  func problems() -> [Problem] {
    let forward: Set<Step.Kind> = [.work, .reclaiming, .time, .approval]
    let all = Array(0..<graph.count)
    let ends = all.filter { graph.isEnd[$0] }
    let ending = states(leadingTo: ends, by: forward) { _ in true }
    // One worker with one slot: it has at most one lease, and those of others have run out.
    let alone = states(leadingTo: ends, by: forward) { graph.leases[$0] <= 1 }
    let idle = all.filter { graph.leases[$0] == 0 || graph.isEnd[$0] }
    let clearing = states(leadingTo: idle, by: [.reclaiming, .time]) { _ in true }
    let promises: [(Int?, String)] = [
      (all.first { !ending[$0] }, "the root can no longer end without an operator's cancel"),
      (
        all.first { graph.leases[$0] == 0 && !alone[$0] },
        "one worker with one slot cannot bring the root to an end"
      ),
      (all.first { !clearing[$0] }, "leases remain that nobody can end"),
      (firstInCycle(), "workers can go round for ever"),
    ]
    return promises.compactMap { state, reason in state.map { Problem(state: $0, reason: reason) } }
  }

  /// The states from which one of these can be reached by such steps, through such states only.
  private func states(
    leadingTo ends: [Int], by kinds: Set<Step.Kind>, through isPassable: (Int) -> Bool
  ) -> [Bool] {
    var found = [Bool](repeating: false, count: graph.count)
    var pending = ends.filter(isPassable)
    for end in pending { found[end] = true }
    while let next = pending.popLast() {
      for edge in sources[next] where kinds.contains(edge.kind) && !found[Int(edge.target)] {
        guard isPassable(Int(edge.target)) else { continue }
        found[Int(edge.target)] = true
        pending.append(Int(edge.target))
      }
    }
    return found
  }

  /// The first state that workers and the clock alone lead back to; nil when there is none.
  ///
  /// Renewing a lease and giving an attempt back are left out: a handler may run for as long as it
  /// likes, and postponing is a choice.
  private func firstInCycle() -> Int? {
    let kinds: Set<Step.Kind> = [.work, .reclaiming, .time]
    var isLeft = [Bool](repeating: true, count: graph.count)
    // First without those that no cycle leads to, then without those that lead to none.
    drop(from: &isLeft, degrees: sources.map { edges in edges.count { kinds.contains($0.kind) } }) {
      graph.edges(of: $0).filter { kinds.contains($0.kind) }
    }
    let onward = isLeft.indices.map { number in
      graph.edges(of: number).count { kinds.contains($0.kind) && isLeft[Int($0.target)] }
    }
    drop(from: &isLeft, degrees: onward) {
      sources[$0].filter { kinds.contains($0.kind) }
    }
    return isLeft.firstIndex(of: true)
  }

  /// Drops states of degree zero, and those whose degree becomes zero by that.
  private func drop(
    from isLeft: inout [Bool], degrees: [Int], next: (Int) -> [StateGraph.Edge]
  ) {
    var degrees = degrees
    var free = isLeft.indices.filter { isLeft[$0] && degrees[$0] == 0 }
    while let number = free.popLast() {
      isLeft[number] = false
      for edge in next(number) where isLeft[Int(edge.target)] {
        degrees[Int(edge.target)] -= 1
        if degrees[Int(edge.target)] == 0 { free.append(Int(edge.target)) }
      }
    }
  }
}
