import PlanDomain

/// The states that were found, how each was reached first, and the steps between them.
struct StateGraph {
  /// A step from one state to another.
  struct Edge {
    let target: Int32
    let kind: Step.Kind
  }

  private var numbers: [[UInt8]: Int32] = [:]
  private var parents: [Int32] = []
  private var steps: [Step] = []
  private var appended: [[PlanEvent]] = []
  /// The states whose steps have not been taken yet; the others are not kept.
  private var waiting: [Int32: TreeState] = [:]
  /// The steps of all states, in the order of the states.
  private(set) var edges: [Edge] = []
  /// Where the edges of each state begin.
  private(set) var firstEdges: [Int] = []
  /// The number of leases in each state.
  private(set) var leases: [UInt8] = []
  /// Whether the root has ended in each state.
  private(set) var isEnd: [Bool] = []
  /// The number of states before folding.
  private(set) var unfolded = 0

  /// The number of states.
  var count: Int { parents.count }

  /// Whether there is a state with this key.
  func contains(_ key: StateKey) -> Bool { numbers[key.bytes] != nil }

  /// Adds a state, if it is new; returns its number.
  mutating func add(
    _ state: TreeState, _ key: StateKey, from parent: Int32, by step: Step, _ events: [PlanEvent]
  ) -> Int32 {
    let next = Int32(parents.count)
    if let known = numbers[key.bytes] { return known }
    numbers[key.bytes] = next
    parents.append(parent)
    steps.append(step)
    appended.append(events)
    waiting[next] = state
    leases.append(UInt8(truncatingIfNeeded: state.plans.count { $0.progress.lease != nil }))
    isEnd.append(state.root?.hasEnded ?? true)
    unfolded += key.folded
    return next
  }

  /// Takes the state of this number, whose edges are added next.
  mutating func take(_ number: Int32) -> TreeState? {
    firstEdges.append(edges.count)
    return waiting.removeValue(forKey: number)
  }

  /// Adds an edge from the state that was taken last.
  mutating func connect(to target: Int32, _ kind: Step.Kind) {
    edges.append(Edge(target: target, kind: kind))
  }

  /// The edges of a state.
  func edges(of number: Int) -> ArraySlice<Edge> {
    let end = number + 1 < firstEdges.count ? firstEdges[number + 1] : edges.count
    return edges[firstEdges[number]..<end]
  }

  /// The events that led to a state.
  func events(of number: Int32) -> [PlanEvent] {
    var parts: [[PlanEvent]] = []
    var next = number
    while next >= 0 {
      parts.append(appended[Int(next)])
      next = parents[Int(next)]
    }
    return parts.reversed().flatMap { $0 }
  }

  /// The steps that led to a state.
  func path(to number: Int32) -> [Step] {
    var path: [Step] = []
    var next = number
    while next > 0 {
      path.append(steps[Int(next)])
      next = parents[Int(next)]
    }
    return path.reversed()
  }
}
