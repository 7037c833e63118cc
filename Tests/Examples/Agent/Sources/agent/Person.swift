import Foundation

/// What a person decides about a proposal.
enum Decision: Equatable {
  case approve(steps: [Int])
  case refuse(reason: String)
  case cancel

  /// Parses what was typed; nil for something else.
  init?(_ line: String, about proposal: Proposal) {
    let words = line.split(separator: " ")
    let numbers = words.compactMap { Int($0) }
    switch words.first {
    case "yes" where words.count == 1: self = .approve(steps: proposal.steps.indices.map { $0 + 1 })
    case "no" where words.count > 1:
      self = .refuse(reason: words.dropFirst().joined(separator: " "))
    case "cancel" where words.count == 1: self = .cancel
    case .some where numbers.count == words.count && numbers.allSatisfy(proposal.has):
      self = .approve(steps: numbers)
    default: return nil
    }
  }
}

extension Proposal {
  /// Whether it has a step with this number.
  fileprivate func has(_ number: Int) -> Bool { steps.indices.contains(number - 1) }
}

/// The person at the terminal.
final class Person {
  private var lines: AsyncStream<String>.Iterator

  init() {
    let (stream, typed) = AsyncStream<String>.makeStream()
    lines = stream.makeAsyncIterator()
    // A thread of its own may block; a thread of Swift's tasks may not.
    Thread.detachNewThread {
      while let line = readLine() { typed.yield(line) }
      typed.finish()
    }
  }

  /// Waits until the person decides; nil when nothing more can be typed.
  func decision(about proposal: Proposal) async -> Decision? {
    while let line = await lines.next() {
      if let decision = Decision(line, about: proposal) { return decision }
    }
    return nil
  }
}
