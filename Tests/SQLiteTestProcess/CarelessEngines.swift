import Foundation
import PlanStorage
import TestSupport

// Two engines for which the kills of the contract must be fatal: what shows that those can fail.

/// Says that a unit of work is stored before it is: all of them, or all but every `n`-th.
final class HastyEngine: StorageEngine {
  let traits: StorageTraits
  let notifier: CommitNotifier
  private let inner: any StorageEngine
  private let interval: Int?
  private let count = Locked(0)

  init(_ inner: any StorageEngine, keepsEvery interval: Int? = nil) {
    self.inner = inner
    self.interval = interval
    traits = inner.traits
    notifier = inner.notifier
  }

  /// The body, until it has run.
  private final class Held<Value: Sendable>: Sendable {
    let value: Locked<Value?>
    init(_ value: Value) { self.value = Locked(value) }
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    let number = count.withLock { count in
      count += 1
      return count
    }
    if let interval, number.isMultiple(of: interval) { return try inner.write(body) }
    let answer = Latch<Result<Void, any Error>>()
    try withoutActuallyEscaping(body) { body in
      let held = Held(body)
      _ = DedicatedThread { [inner] in
        try? inner.write { work in
          let result = outcome { try held.value.withLock { $0 }?(work) }
          held.value.withLock { $0 = nil }
          answer.open(with: result.flatMap { $0.map { .success($0) } ?? .failure(Gone()) })
          usleep(20_000)
          _ = try result.get()
        }
      }
      try answer.wait().get()
    }
  }

  struct Gone: Error {}

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try inner.read(body)
  }

  func close() throws(StorageError) { try inner.close() }
}

/// Stores a unit of work piece by piece.
final class PiecemealEngine: StorageEngine {
  let traits: StorageTraits
  let notifier: CommitNotifier
  private let inner: any StorageEngine

  init(_ inner: any StorageEngine) {
    self.inner = inner
    traits = inner.traits
    notifier = inner.notifier
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try body(AutocommitSession(inner))
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try inner.read(body)
  }

  func close() throws(StorageError) { try inner.close() }
}
