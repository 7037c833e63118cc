import PlanStorage
import PlanStorageContract
import TestSupport

/// Acknowledges a unit of work when its body has run, and commits it only when the next one begins:
/// a crash in between loses it.
///
/// With `interval`, every unit of work whose number it divides is committed first, as it should be.
final class AcknowledgesEarlyEngine: StorageEngine {
  let traits: StorageTraits
  let notifier: CommitNotifier
  private let inner: any StorageEngine
  private let interval: Int?
  private let count = Locked(0)
  /// Lets the unit of work be committed that was acknowledged last.
  private let pending = Locked<Latch<Void>?>(nil)

  init(_ inner: any StorageEngine, committingEvery interval: Int? = nil) {
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
    commitPending()
    if let interval, number.isMultiple(of: interval) { return try inner.write(body) }
    let (answer, mayCommit) = (Latch<Result<Void, any Error>>(), Latch<Void>())
    pending.withLock { $0 = mayCommit }
    try withoutActuallyEscaping(body) { body in
      let held = Held(body)
      _ = DedicatedThread { [inner] in
        try? inner.write { work in
          let result = outcome { try held.value.withLock { $0 }?(work) }
          held.value.withLock { $0 = nil }
          answer.open(with: result.flatMap { $0.map { .success($0) } ?? .failure(RepeatedBody()) })
          try mayCommit.wait(for: "the next unit of work")
          _ = try result.get()
        }
      }
      try answer.wait(for: "the body to run").get()
    }
  }

  /// The engine inside ran a body again, which this one cannot.
  struct RepeatedBody: Error {}

  private func commitPending() {
    pending.withLock { pending in
      pending?.open(with: ())
      pending = nil
    }
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try inner.read(body)
  }

  func close() throws(StorageError) {
    commitPending()
    try inner.close()
  }
}
