/// One call to an object, as a thread saw it: when it began, when it was answered, and how.
package struct Call<Input: Sendable, Output: Sendable>: Sendable {
  /// What was asked.
  package let input: Input
  /// The answer; nil when none came, so that the call may have happened or not.
  package let output: Output?
  /// When it began, by a counter that all threads share.
  package let start: Int
  /// When it was answered; later than everything for a call without an answer.
  package let end: Int

  /// Records a call.
  package init(input: Input, output: Output?, start: Int, end: Int) {
    self.input = input
    self.output = output
    self.start = start
    self.end = output == nil ? .max : end
  }
}

/// What an object does when calls come one after the other.
package protocol SequentialObject {
  /// What it remembers.
  associatedtype State: Hashable
  /// What can be asked.
  associatedtype Input: Sendable
  /// What it answers.
  associatedtype Output: Sendable
  /// What it remembers at first.
  static var initial: State { get }
  /// What it remembers after such a call; nil when it would not have given that answer.
  ///
  /// Without an answer, every answer is possible.
  static func after(_ state: State, _ input: Input, _ output: Output?) -> State?
}

/// Whether the calls of many threads could have happened one after the other, each at a moment
/// between its beginning and its answer.
///
/// The search of Wing and Gong with Lowe's memory of dead ends (as in Lowe, "Testing for
/// linearizability", 2017): calls are put in order one by one, and a set of calls that led to a
/// state is never tried twice. A call that fits and changes nothing is put next at once: wherever
/// else it would fit, it fits here.
package enum LinearizabilityChecker<Object: SequentialObject> {
  private struct Place: Hashable {
    let done: [UInt64]
    let state: Object.State
  }

  private struct Frame {
    let call: Int
    let state: Object.State
  }

  /// Whether there is such an order.
  package static func holds(_ calls: [Call<Object.Input, Object.Output>]) -> Bool {
    let calls = calls.sorted { $0.start < $1.start }
    var done = [UInt64](repeating: 0, count: calls.count / 64 + 1)
    var state = Object.initial
    var missing = calls.count { $0.output != nil }
    var stack: [Frame] = []
    var seen: Set<Place> = []
    var forced: Set<Int> = []
    var next = 0
    while missing > 0 {
      if let (call, after) = candidate(from: next, calls, done, state, &seen) {
        if after == state, calls[call].output != nil { forced.insert(call) }
        stack.append(Frame(call: call, state: state))
        done[call / 64] |= 1 << UInt64(call % 64)
        state = after
        if calls[call].output != nil { missing -= 1 }
        next = 0
      } else {
        guard let frame = stack.popLast() else { return false }
        done[frame.call / 64] &= ~(1 << UInt64(frame.call % 64))
        state = frame.state
        if calls[frame.call].output != nil { missing += 1 }
        // In place of a call that changed nothing, no other one has to be tried.
        next = forced.remove(frame.call) == nil ? frame.call + 1 : calls.count
      }
    }
    return true
  }

  /// The first call from here on that may be the next one in the order.
  private static func candidate(
    from first: Int, _ calls: [Call<Object.Input, Object.Output>], _ done: [UInt64],
    _ state: Object.State, _ seen: inout Set<Place>
  ) -> (call: Int, state: Object.State)? {
    // No call may come after one that was answered before it began.
    var deadline = Int.max
    for (index, call) in calls.enumerated() where done[index / 64] >> UInt64(index % 64) & 1 == 0 {
      if call.start > deadline { break }
      deadline = min(deadline, call.end)
    }
    var possible: [(call: Int, state: Object.State)] = []
    for index in calls.indices where done[index / 64] >> UInt64(index % 64) & 1 == 0 {
      let call = calls[index]
      guard call.start <= deadline else { break }
      guard let after = Object.after(state, call.input, call.output) else { continue }
      if after == state, call.output != nil {
        possible = [(index, after)]
        break
      }
      if index >= first { possible.append((index, after)) }
    }
    return possible.first { call, after in
      var place = done
      place[call / 64] |= 1 << UInt64(call % 64)
      return seen.insert(Place(done: place, state: after)).inserted
    }
  }
}
