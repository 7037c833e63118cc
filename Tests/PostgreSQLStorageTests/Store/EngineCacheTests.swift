import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PostgreSQLStorage

@Suite("What an engine of PostgreSQL keeps of rows")
struct EngineCacheTests {
  @Test("is what was read last, of a bounded number of plans")
  func number() throws {
    let cache = EngineCache()
    let known = try kept(20_000, of: 100, in: cache)
    #expect(known.count <= 8 * 2 * 500 + 8 && known.count > 4_000)
    #expect(known.contains(19_999) && !known.contains(0))
  }

  @Test("is bounded in bytes, whatever the plans are like, and leaves out very large ones")
  func bytes() throws {
    let cache = EngineCache()
    let known = try kept(1_000, of: 512 << 10, in: cache)
    #expect(known.count << 19 <= 2 * 8 * 3 << 20 && !known.isEmpty)
    #expect(try kept(10, of: (1 << 20) + 1, in: EngineCache()).isEmpty)
  }

  @Test("is one snapshot of an action for plans that were read separately")
  func snapshots() throws {
    let cache = EngineCache()
    let noted = try (0..<100).map { number in
      let definition = Fixture.plan(UInt64(number), of: try Self.action()).plan.definition
      return cache.note(definition, numbered: Int64(number), bytes: 100).action
    }
    #expect(Set(noted.map(ObjectIdentifier.init)).count <= 8)
  }

  private static func action() throws -> Action {
    Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
  }

  /// Adds this number of plans; returns the numbers of those that are known afterwards.
  private func kept(_ count: Int64, of bytes: Int, in cache: EngineCache) throws -> Set<Int64> {
    let action = try Self.action()
    let ids = (0..<count).map { number in
      let definition = Fixture.plan(UInt64(number), of: action).plan.definition
      _ = cache.note(definition, numbered: number, bytes: bytes)
      return definition.id
    }
    return Set(ids.compactMap { cache.definition(of: $0)?.number })
  }
}
