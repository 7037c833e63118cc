/// One call to an object, as a thread saw it: when it began, when it was answered, and how.
package struct Call<Input: Sendable, Output: Sendable>: Sendable, CustomStringConvertible {
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

extension Call {
  /// When it was made, what was asked and what came.
  package var description: String {
    let answer = output.map { "\($0)" } ?? "no answer"
    return "\(start)–\(end == .max ? "?" : "\(end)") \(input): \(answer)"
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

  /// The call with whose answer the calls stop fitting; nil while there is an order for all of them.
  ///
  /// Those that had not been answered by then may have happened or not. What does not fit once never
  /// fits with more calls, so that the place is found by halving.
  package static func misfit(
    _ calls: [Call<Object.Input, Object.Output>]
  ) -> Call<Object.Input, Object.Output>? {
    if holds(calls) { return nil }
    let answered = calls.filter { $0.output != nil }.sorted { $0.end < $1.end }
    var (low, high) = (0, answered.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if holds(known(calls, at: answered[middle].end)) { low = middle + 1 } else { high = middle }
    }
    return answered.isEmpty ? nil : answered[low]
  }

  /// The calls as they stood at a moment: those that had begun, with the answers that had come.
  private static func known(
    _ calls: [Call<Object.Input, Object.Output>], at moment: Int
  ) -> [Call<Object.Input, Object.Output>] {
    calls.filter { $0.start <= moment }.map {
      $0.end <= moment ? $0 : Call(input: $0.input, output: nil, start: $0.start, end: .max)
    }
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
      var position = done
      position[call / 64] |= 1 << UInt64(call % 64)
      return seen.insert(Place(done: position, state: after)).inserted
    }
  }
}
