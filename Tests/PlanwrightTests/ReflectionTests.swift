import PlanStorage
import Planwright
import PlanwrightTesting
import TestSupport
import Testing

@Suite("Reflection", .timeLimit(.minutes(30)))
struct ReflectionTests {
  /// What a host's handlers received, kept longer than their attempts.
  private final class Received: Sendable {
    let values = Locked<[any Sendable]>([])

    func keep(_ value: any Sendable) { values.withLock { $0.append(value) } }
  }

  @Test("leads a host from no value that it can hold to the store", arguments: TestStore.allCases)
  func walk(_ store: TestStore) async throws {
    let test = try TestSystem(store)
    let received = Received()
    let note = try TypedAction("local/note", taking: Note.self, description: "Note: {text}")
      .execute { run in
        received.keep(run)
        return run.arguments.text.count
      }
    let handler = note.handler
    try await test.plans.write { _ = try $0.createAction(note.definition) }
    let plan = try await test.plans.write { try $0.use(note, arguments: Note(text: "milk")) }
    let worker = test.system.worker(
      named: "notes",
      handlers: [
        note.definition.actors.execution: { assignment, context in
          received.keep(assignment)
          received.keep(context)
          return try await handler(assignment, context)
        }
      ], report: { received.keep($0) })
    try await test.runUntilIdle(worker)
    let handle = test.plans.handle(for: plan.id)
    let feed = test.plans.changes(after: .start)
    var iterator = feed.makeAsyncIterator()
    var events = handle.events.makeAsyncIterator()
    let (change, event) = (try await iterator.next(), try await events.next())
    received.keep(try #require(change))
    received.keep(try #require(event))

    var values: [Any] = [
      test, test.system, test.plans, test.system.maintenance, worker, handle, feed, iterator,
      handle.events, events, note, PlanTelemetry.none, plan,
    ]
    let kept: [any Sendable] = received.values.withLock { $0 }
    values += kept as [Any]
    values +=
      try [
        .inMemory, .inMemory(named: "jobs"), .sqlite(at: "plans.db"), .sqliteInMemory,
        .sqliteInMemory(named: "jobs"), StorageBackend(location: "sqlite:memory:jobs"),
      ] as [StorageBackend]
    for value in values {
      var printed = ""
      dump(value, to: &printed)
      #expect(!printed.contains("StorageEngine") && !printed.contains("InMemoryEngine"))
      var paths: [String] = []
      Self.collect(value, "\(type(of: value))", 0, into: &paths)
      #expect(paths.isEmpty)
    }
    // The search finds what a default mirror shows.
    struct Holder { let backend: StorageBackend, open: @Sendable () throws -> any StorageEngine }
    var paths: [String] = []
    Self.collect(Holder(backend: .inMemory, open: { throw TestError() }), "holder", 0, into: &paths)
    #expect(paths == ["holder.open"])
  }

  /// Adds the paths of all values whose types belong to a module for authors of stores, and those of
  /// functions that take or return such a value.
  private static func collect(
    _ value: Any, _ path: String, _ depth: Int, into paths: inout [String]
  ) {
    let type = String(reflecting: type(of: value))
      .replacing("PlanStorage.StorageBackend", with: "")
    if value is any StorageEngine
      || ["PlanStorage.", "SQLiteStorage.", "InMemoryStorage."].contains(where: type.contains)
    {
      return paths.append(path)
    }
    guard depth < 12 else { return }
    var mirror: Mirror? = Mirror(reflecting: value)
    while let current = mirror {
      for (index, child) in current.children.enumerated() {
        collect(child.value, "\(path).\(child.label ?? "\(index)")", depth + 1, into: &paths)
      }
      mirror = current.superclassMirror
    }
  }
}
