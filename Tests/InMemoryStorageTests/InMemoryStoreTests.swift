import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@Suite("An in-memory store", .dedicatedThread)
struct InMemoryStoreTests {
  let engine: any StorageEngine
  let action: Action

  init() throws {
    engine = try StorageBackend.inMemory.open()
    let action = Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
    self.action = action
    try engine.write { try $0.insert(action) }
  }

  /// The code of the storage error that the unit of work ends with.
  func refusal(_ body: @Sendable (any UnitOfWork) throws -> Void) -> StorageError.Code? {
    do {
      try engine.write(body)
      return nil
    } catch { return (error as? StorageError)?.code }
  }

  @Test("refuses duplicates and references to what is not stored")
  func rules() throws {
    let action = action
    let key = Key("k")
    let root = Fixture.plan(1, of: action, key: key)
    try engine.write { try $0.store(root) }
    #expect(refusal { try $0.insert(action) } == .duplicate)
    #expect(refusal { try $0.insert(root.plan) } == .duplicate)
    #expect(refusal { try $0.insert(Fixture.plan(2, of: action, key: key).plan) } == .duplicate)
    let other = Action(creating: try Fixture.action("local/none"), at: action.createdAt)
    #expect(refusal { try $0.insert(Fixture.plan(2, of: other).plan) } == .missingReference)
    let lost = ChildPosition(
      parent: Plan.ID(ULID(high: 9, low: 9)), root: root.plan.id, depth: 1, round: 1, index: 0,
      key: key, dependsOn: [])
    #expect(
      refusal { try $0.insert(Fixture.plan(2, of: action, position: lost).plan) }
        == .missingReference)
    func child(_ number: UInt64, _ key: String, _ index: Int) throws -> Plan {
      Fixture.plan(
        number, of: action,
        position: ChildPosition(
          parent: root.plan.id, root: root.plan.id, depth: 1, round: 1, index: index,
          key: try Key(key), dependsOn: [])
      ).plan
    }
    let (first, sameKey, sameIndex) = try (child(3, "a", 0), child(4, "a", 1), child(5, "b", 0))
    try engine.write { try $0.insert(first) }
    #expect(refusal { try $0.insert(sameKey) } == .duplicate)
    #expect(refusal { try $0.insert(sameIndex) } == .duplicate)
    let event = try #require(root.event)
    #expect(refusal { try $0.append(event) } == .duplicate)
    let stray = PlanEvent(
      plan: Plan.ID(ULID(high: 9, low: 9)), sequence: 1, command: .use, from: nil,
      to: .strategizeQueued, at: event.at, attempt: 0, epoch: 0, detail: nil)
    #expect(refusal { try $0.append(stray) } == .missingReference)
    #expect(refusal { _ = try $0.removeTree(first.id) } == .notFound)
  }

  // Protections 4 and 3: compare neither version nor epoch in `save`, and this fails.
  @Test("refuses to replace what has another version or epoch by now")
  func staleWrites() throws {
    let action = action
    let made = Fixture.plan(1, of: action)
    let now = made.plan.progress.updatedAt
    let claim = PlanCommand.claim(LeaseOwner("w"), until: now.adding(.seconds(1)))
    let claimed = try made.plan.applying(claim, at: now).plan
    let cancelled = try made.plan.applying(.cancel(reason: "r"), at: now).plan
    try engine.write { work in
      try work.store(made)
      try work.save(claimed, replacing: made.plan)
    }
    #expect(refusal { try $0.save(cancelled, replacing: made.plan) } == .staleWrite)
    let sameVersion = Plan(
      definition: claimed.definition,
      progress: PlanProgress(
        status: claimed.status, version: claimed.version, attempt: 1, reversionCount: 0, epoch: 9,
        lease: claimed.progress.lease, readyAt: nil, unmetDependencies: 0, updatedAt: now,
        times: (PhaseTimes(), PhaseTimes(), PhaseTimes()), documents: nil, round: nil))
    #expect(refusal { try $0.save(cancelled, replacing: sameVersion) } == .staleWrite)
    #expect(
      refusal { try $0.save(Fixture.plan(8, of: action).plan, replacing: made.plan) } == .notFound)
    #expect(refusal { try $0.save(action.archived(at: now), replacing: 2) } == .staleWrite)
    let unknown = Action(creating: try Fixture.action("local/none"), at: now)
    #expect(refusal { try $0.save(unknown, replacing: 1) } == .notFound)
    #expect(try engine.read { try $0.plan(made.plan.id) } == claimed)
  }

  @Test("keeps private stores apart and named ones together, until the last one is closed")
  func names() throws {
    let stores = InMemoryEngineRegistry()
    let (one, two) = try (stores.open("a"), stores.open("a"))
    let other = try stores.open("b")
    let action = action
    try one.write { try $0.insert(action) }
    #expect(try two.read { try $0.action(action.name) } != nil)
    #expect(try other.read { try $0.action(action.name) } == nil)
    #expect(try StorageBackend.inMemory.open().read { try $0.action(action.name) } == nil)
    try one.close()
    try one.close()
    #expect(try two.read { try $0.action(action.name) } != nil)
    try two.close()
    #expect(try stores.open("a").read { try $0.action(action.name) } == nil)
    for name in ["", "a\n", "é", String(repeating: "a", count: 129)] {
      #expect { try stores.open(name) } throws: { ($0 as? StorageError)?.code == .invalidLocation }
    }
    #expect(StorageBackend.inMemory(named: "x").description == "memory:x")
    _ = try StorageBackend.inMemory(named: "x", in: stores).open()
  }

  @Test("throws `closed` once it is closed")
  func closed() throws {
    let engine = engine
    try engine.close()
    try engine.close()
    #expect { try engine.read { _ in } } throws: { ($0 as? StorageError)?.code == .closed }
    #expect { try engine.write { _ in } } throws: { ($0 as? StorageError)?.code == .closed }
    #expect(engine.traits.latency == .inline && !engine.traits.isDurable)
  }

  /// A session that a body smuggles out.
  ///
  /// Unchecked because that is the offence: the compiler forbids it, and the store must as well. The
  /// test uses it on one thread only.
  final class EscapedSession: @unchecked Sendable {
    var session: (any UnitOfWork)?
  }

  @Test("refuses a session after its body, and writes in a read session")
  func sessions() throws {
    let action = action
    let escaped = EscapedSession()
    try engine.write { escaped.session = $0 }
    let session = try #require(escaped.session)
    #expect { try session.plan(Plan.ID(ULID(high: 1, low: 1))) } throws: {
      ($0 as? StorageError)?.code == .sessionEnded
    }
    #expect { try session.insert(action) } throws: {
      ($0 as? StorageError)?.code == .sessionEnded
    }
    try engine.read { session in
      let writer = try #require(session as? any UnitOfWork)
      #expect { try writer.insert(action) } throws: {
        ($0 as? StorageError)?.code == .readOnly
      }
    }
  }
}
