import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

/// A store with a lifecycle and its maintenance.
struct ArchiveFixture {
  let engine: any StorageEngine
  let lifecycle: LifecycleFixture
  let maintenance: StoreMaintenance

  /// In this store, or where PLANWRIGHT_TEST_STORE says.
  init(_ store: TestStore? = nil) throws {
    try self.init(store?.backend ?? LifecycleFixture.backend)
  }

  init(_ backend: StorageBackend) throws {
    engine = try backend.open()
    lifecycle = try LifecycleFixture(engine: engine)
    maintenance = StoreMaintenance(
      engine: engine, location: "the store", environment: lifecycle.plans.environment)
  }

  /// Every plan with its events, and every action, as texts.
  func contents() throws -> [String: String] {
    try engine.read { session in
      var contents: [String: String] = [:]
      let actions = try session.actions(matching: ActionQuery(limit: .largest)).rows
      for action in actions {
        contents["\(action.name)"] = PortableForm.document(of: action).serialized()
      }
      var cursor: PlanCursor?
      repeat {
        let page = try session.plans(matching: PlanQuery(limit: .largest, after: cursor))
        for plan in page.rows {
          let events = try session.events(of: plan.id, after: 0, limit: .max)
          contents["\(plan.id)"] = JSONValue.array(
            [PortableForm.document(of: plan)] + events.map { PortableForm.document(of: $0) }
          ).serialized()
        }
        cursor = page.next
      } while cursor != nil
      return contents
    }
  }

  /// What does not fit together in the store.
  func problems() throws -> [String] {
    try engine.read { try StoreCheck.problems(in: $0).map(\.description) }
  }

  /// Evicts the leases of all plans, as an import does.
  func evictAll() throws {
    try lifecycle.plans.writeBlocking { transaction in
      let filter = PlanFilter(state: .processing)
      let leased = try transaction.snapshot.plans(
        matching: PlanQuery(filter, order: .oldestFirst, limit: .largest)
      ).rows
      for plan in leased where try transaction.plan(plan.id).progress.lease != nil {
        try transaction.evict(plan.id, reason: "imported from another store")
      }
    }
  }

  /// The lines of an archive of the store.
  func exported(_ selection: ArchiveSelection = .all) throws -> [String] {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.jsonl")
    try maintenance.exportArchiveBlocking(selection, to: path)
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// Imports an archive of these lines.
  @discardableResult
  func imported(_ lines: [String]) throws -> ArchiveSummary {
    try imported(bytes: Array((lines.joined(separator: "\n") + "\n").utf8))
  }

  /// Imports an archive of these bytes.
  @discardableResult
  func imported(bytes: [UInt8]) throws -> ArchiveSummary {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.jsonl")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try maintenance.importArchiveBlocking(from: path)
  }

  /// Stores a parent that waits for this many children.
  @discardableResult
  func useParent(of children: Int) throws -> Plan.ID {
    let parent = try lifecycle.use(automation: .auto).id
    try lifecycle.complete(parent)
    let token = try lifecycle.claimOne(parent)
    let action = ActionName("local/sample")
    let specs = try (0..<children).map { try ChildSpec(key: Key("child-\($0)"), action: action) }
    _ = try lifecycle.spawn(token, specs)
    return parent
  }
}

/// The lines of an archive without their checksums, which are made for changed lines.
struct ArchiveText {
  /// The contents of a line, without the last brace.
  var contents: [String]

  init(_ lines: [String]) {
    contents = lines.map { String($0.dropLast(ArchiveFormat.checkBytes)) }
  }

  /// The lines with checksums that fit.
  var lines: [String] {
    var checksum = ArchiveChecksum()
    return contents.map { content in
      checksum.add(Array(content.utf8)[...])
      let digits = String(decoding: checksum.digits, as: UTF8.self)
      return "\(content),\"check\":\"\(digits)\"}"
    }
  }
}
