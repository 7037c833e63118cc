/// One recorded call of an object: its input, its output, and when it started and ended.
package struct Call<Input: Sendable, Output: Sendable>: Sendable, CustomStringConvertible {
  /// The input.
  package let input: Input
  /// The output; nil if the call has not ended, so that it may have taken effect or not.
  package let output: Output?
  /// When the call started, by a counter that all threads share.
  package let start: Int
  /// When the call ended; `Int.max` for a call without an output.
  package let end: Int

  /// Creates a record of a call.
  package init(input: Input, output: Output?, start: Int, end: Int) {
    self.input = input
    self.output = output
    self.start = start
    self.end = output == nil ? .max : end
  }
}

extension Call {
  /// The start, the end, the input and the output.
  package var description: String {
    let result = output.map { "\($0)" } ?? "not ended"
    return "\(start)–\(end == .max ? "?" : "\(end)") \(input): \(result)"
  }
}

/// The sequential specification of an object.
package protocol SequentialObject {
  /// The state of the object.
  associatedtype State: Hashable
  /// The input of a call.
  associatedtype Input: Sendable
  /// The output of a call.
  associatedtype Output: Sendable
  /// The state before the first call.
  static var initial: State { get }
  /// The state after a call; nil when the call cannot have this output in this state.
  ///
  /// A nil output stands for any output.
  static func after(_ state: State, _ input: Input, _ output: Output?) -> State?
}

/// Checks whether a history of calls is linearizable.
///
/// A history is linearizable if its calls fit a sequential order in which each call takes effect
/// between its start and its end. The algorithm is that of Wing and Gong with the cache of Lowe
/// ("Testing for linearizability", 2017): it extends the order call by call with backtracking, and
/// tries each pair of a set of calls and a state once. A call that fits and does not change the
/// state is appended without trying alternatives: if it fits later, it also fits now.
package enum LinearizabilityChecker<Object: SequentialObject> {
  /// A set of calls in the order, as bits, and the state after them.
  private struct Configuration: Hashable {
    let done: [UInt64]
    let state: Object.State
  }

  /// A call in the order, and the state before it.
  private struct Frame {
    let call: Int
    let state: Object.State
  }

  /// Whether the history is linearizable.
  package static func holds(_ calls: [Call<Object.Input, Object.Output>]) -> Bool {
    let calls = calls.sorted { $0.start < $1.start }
    var done = [UInt64](repeating: 0, count: calls.count / 64 + 1)
    var state = Object.initial
    var missing = calls.count { $0.output != nil }
    var stack: [Frame] = []
    var seen: Set<Configuration> = []
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
        // There is no alternative to a call that did not change the state.
        next = forced.remove(frame.call) == nil ? frame.call + 1 : calls.count
      }
    }
    return true
  }

  /// The first call in the order of ends until which the history is not linearizable; nil if it is.
  ///
  /// Calls that have not ended by then may have taken effect or not. A history that is not
  /// linearizable does not become so with more calls, so that a binary search finds the call.
  package static func misfit(
    _ calls: [Call<Object.Input, Object.Output>]
  ) -> Call<Object.Input, Object.Output>? {
    if holds(calls) { return nil }
    let ended = calls.filter { $0.output != nil }.sorted { $0.end < $1.end }
    var (low, high) = (0, ended.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if holds(history(calls, until: ended[middle].end)) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return ended.isEmpty ? nil : ended[low]
  }

  /// The calls that had started at a time, with the outputs of those that had ended.
  private static func history(
    _ calls: [Call<Object.Input, Object.Output>], until time: Int
  ) -> [Call<Object.Input, Object.Output>] {
    calls.filter { $0.start <= time }.map {
      $0.end <= time ? $0 : Call(input: $0.input, output: nil, start: $0.start, end: .max)
    }
  }

  /// The first call with an index of at least `first` that can be next in the order.
  private static func candidate(
    from first: Int, _ calls: [Call<Object.Input, Object.Output>], _ done: [UInt64],
    _ state: Object.State, _ seen: inout Set<Configuration>
  ) -> (call: Int, state: Object.State)? {
    // A call that started after the end of another one must be after it in the order.
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
      return seen.insert(Configuration(done: position, state: after)).inserted
    }
  }
}
