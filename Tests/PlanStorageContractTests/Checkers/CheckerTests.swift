import PlanStorage
import PlanStorageContract
import TestSupport
import Testing

@Suite("The checker of linearizability")
struct LinearizabilityTests {
  typealias History = [Call<RowRegister.Input, RowRegister.Output>]

  private func call(
    _ input: RowRegister.Input, _ output: RowRegister.Output?, _ start: Int, _ end: Int
  ) -> Call<RowRegister.Input, RowRegister.Output> {
    Call(input: input, output: output, start: start, end: end)
  }

  private func row(_ version: Int, _ mark: Int) -> RowRegister.Output {
    .row(RowRegister.Row(version: version, mark: mark))
  }

  @Test("accepts a history that has a sequential order")
  func good() {
    let histories: [History] = [
      [],
      [call(.create(mark: 1), .done, 1, 2), call(.read, row(1, 1), 3, 4)],
      // The read overlaps the write and may come before or after it.
      [call(.create(mark: 1), .done, 1, 4), call(.read, .row(nil), 2, 3)],
      [call(.create(mark: 1), .done, 1, 4), call(.read, row(1, 1), 2, 3)],
      // Of two that race, either may win.
      [
        call(.create(mark: 1), .refused(.duplicate), 1, 4), call(.create(mark: 2), .done, 2, 3),
        call(.read, row(1, 2), 5, 6),
      ],
      // What never got an answer may have happened, also late, or not.
      [call(.create(mark: 1), nil, 1, 2), call(.read, .row(nil), 3, 4)],
      [
        call(.create(mark: 1), nil, 1, 2), call(.read, .row(nil), 3, 4),
        call(.read, row(1, 1), 5, 6),
      ],
      // Only one order fits: remove, create, replace.
      [
        call(.create(mark: 1), .done, 1, 2), call(.remove, .done, 3, 12),
        call(.create(mark: 2), .done, 4, 11),
        call(.replace(version: 1, mark: 3), .done, 5, 10), call(.read, row(2, 3), 13, 14),
      ],
    ]
    for history in histories {
      #expect(LinearizabilityChecker<RowRegister>.holds(history), "\(history)")
    }
  }

  // A report of a long history must name the call, not leave it to the reader to look for it.
  @Test("names the first call that does not fit, whatever comes after it")
  func misfit() throws {
    var history: History = [call(.create(mark: 0), .done, 1, 2)]
    for number in 1..<30 {
      history.append(
        call(.replace(version: number, mark: number), .done, 4 * number, 4 * number + 1))
      history.append(call(.read, row(number + 1, number), 4 * number + 2, 4 * number + 3))
    }
    #expect(LinearizabilityChecker<RowRegister>.misfit(history) == nil)
    history[20] = call(.read, row(3, 2), 42, 43)
    history[40] = call(.read, row(3, 2), 82, 83)
    let misfit = try #require(LinearizabilityChecker<RowRegister>.misfit(history))
    #expect("\(misfit)" == "\(history[20])" && misfit.start == 42)
  }

  @Test("refuses a history that has none")
  func bad() {
    let histories: [History] = [
      // A stale read.
      [call(.create(mark: 1), .done, 1, 2), call(.read, .row(nil), 3, 4)],
      // A write that came back.
      [
        call(.create(mark: 1), .done, 1, 2), call(.replace(version: 1, mark: 2), .done, 3, 4),
        call(.read, row(1, 1), 5, 6),
      ],
      // Both created it.
      [call(.create(mark: 1), .done, 1, 4), call(.create(mark: 2), .done, 2, 3)],
      // Both replaced the same version.
      [
        call(.create(mark: 1), .done, 1, 2), call(.replace(version: 1, mark: 2), .done, 3, 6),
        call(.replace(version: 1, mark: 3), .done, 4, 5),
      ],
      // New, then old again.
      [
        call(.create(mark: 1), .done, 1, 2), call(.replace(version: 1, mark: 2), .done, 3, 10),
        call(.read, row(2, 2), 4, 5), call(.read, row(1, 1), 6, 7),
      ],
      // Refused although nothing was there.
      [call(.create(mark: 1), .refused(.duplicate), 1, 2)],
      // What was unanswered happened twice.
      [
        call(.create(mark: 1), nil, 1, 2), call(.read, row(1, 1), 3, 4),
        call(.remove, .done, 5, 6), call(.read, row(1, 1), 7, 8),
      ],
    ]
    for history in histories {
      #expect(!LinearizabilityChecker<RowRegister>.holds(history), "\(history)")
    }
  }

  // A checker that tried every order would not end: 24 calls that all overlap.
  @Test("is fast with many calls that overlap, whether they fit or not")
  func wide() {
    var history = (0..<24).map { number in
      call(.create(mark: number), number == 7 ? .done : .refused(.duplicate), number, 100 + number)
    }
    #expect(LinearizabilityChecker<RowRegister>.holds(history))
    history.append(call(.read, row(1, 8), 200, 201))
    #expect(!LinearizabilityChecker<RowRegister>.holds(history))
  }
}

@Suite("The checker of serializability")
struct SerializabilityTests {
  private func transaction(
    _ start: Int, _ end: Int, isCommitted: Bool = true, _ steps: ListTransaction.Step...
  ) -> ListTransaction {
    ListTransaction(steps: steps, isCommitted: isCommitted, start: start, end: end)
  }

  // A circle of two among forty that came one after the other, each a read of a long list.
  @Test("reports the shortest cycle, and where long lists differ")
  func readable() throws {
    let values = Array(1...40)
    let history = values.map {
      transaction(3 * $0, 3 * $0 + 1, .read(list: 0, Array(1..<$0)), .append(list: 0, value: $0))
    }
    let stale = transaction(200, 201, .read(list: 0, Array(1..<20)))
    let circle = try #require(
      SerializabilityChecker.problem(history + [stale], final: [0: values]))
    #expect(circle.split(separator: "\n").count == 3 && circle.contains("\(stale)"), "\(circle)")
    let torn = transaction(200, 201, .read(list: 0, Array(1..<20) + [77]))
    let wrong = try #require(
      SerializabilityChecker.problem(history + [torn], final: [0: values]))
    #expect(
      wrong.hasPrefix("list 0: a read saw 77 at index 19, but the final list has 20"), "\(wrong)")
    #expect(circle.utf8.count < 600 && wrong.utf8.count < 600)
  }

  @Test("accepts a history that has a sequential order")
  func good() {
    let history = [
      transaction(1, 2, .append(list: 0, value: 1), .append(list: 1, value: 2)),
      transaction(3, 8, .read(list: 0, [1]), .append(list: 0, value: 3)),
      transaction(4, 7, .read(list: 0, [1]), .read(list: 1, [2])),
      transaction(5, 6, isCommitted: false, .append(list: 0, value: 9)),
      transaction(9, 10, .read(list: 0, [1, 3])),
    ]
    #expect(SerializabilityChecker.problem(history, final: [0: [1, 3], 1: [2]]) == nil)
  }

  @Test("says why a history has no sequential order")
  func bad() {
    let append = transaction(1, 2, .append(list: 0, value: 1))
    let cases: [(String, [ListTransaction], [Int: [Int]])] = [
      ("lost 1", [append], [0: []]),
      ("twice", [append], [0: [1, 1]]),
      ("no unit of work appended", [append], [0: [1, 5]]),
      (
        "rolled back", [transaction(1, 2, isCommitted: false, .append(list: 0, value: 1))], [0: [1]]
      ),
      // A read of what was never there.
      ("but the final list has", [append, transaction(3, 4, .read(list: 0, [7]))], [0: [1]]),
      // Half a unit of work.
      (
        "a part of a unit of work",
        [
          transaction(1, 4, .append(list: 0, value: 1), .append(list: 0, value: 2)),
          transaction(2, 3, .read(list: 0, [1])),
        ], [0: [1, 2]]
      ),
      // A read that misses what had returned before it began.
      (
        "each of these must precede the next", [append, transaction(3, 4, .read(list: 0, []))],
        [0: [1]]
      ),
      // Write skew: each read what the other one wrote too late.
      (
        "each of these must precede the next",
        [
          transaction(1, 4, .read(list: 0, []), .append(list: 1, value: 1)),
          transaction(2, 3, .read(list: 1, []), .append(list: 0, value: 2)),
        ], [0: [2], 1: [1]]
      ),
      // Two units of work that saw each other.
      (
        "each of these must precede the next",
        [
          transaction(1, 4, .append(list: 0, value: 1), .read(list: 1, [2])),
          transaction(2, 3, .append(list: 1, value: 2), .read(list: 0, [1])),
        ], [0: [1], 1: [2]]
      ),
      // Its own write is missing from what it read.
      (
        "which its unit of work appended",
        [transaction(1, 2, .append(list: 0, value: 1), .read(list: 0, []))], [0: [1]]
      ),
    ]
    for (words, history, final) in cases {
      let problem = SerializabilityChecker.problem(history, final: final)
      #expect(problem?.contains(words) == true, "\(words): \(problem ?? "nothing")")
    }
  }
}
