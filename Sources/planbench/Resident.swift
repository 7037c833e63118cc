import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import SQLiteStorage

/// The memory of a process that has done nothing but use one store.
enum Resident {
  /// The word that makes this program such a process.
  static let word = "--resident"

  /// The resident bytes of a process of its own that has used the store in this file.
  static func measure(_ path: String) throws -> Int {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = [word, path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard let bytes = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw PlanError.invalidCursor
    }
    return bytes
  }

  /// Uses the store in this file, reading here and there and claiming, and says what that took.
  static func use(_ path: String) throws {
    let system = try PlanSystem.open(.sqlite(at: path, options: SQLiteOptions(durability: .normal)))
    let (actor, owner) = (ActorName("nobody"), Owner("bench"))
    var cursor: PlanCursor?
    for _ in 0..<60 {
      let query = PlanQuery(order: .oldestFirst, limit: try PageLimit(150), after: cursor)
      cursor = try system.plans.readBlocking { try $0.plans(matching: query).next }
      _ = try system.plans.writeBlocking { work in
        try work.claim(owner: owner, actors: [actor], limit: 10, leaseFor: .seconds(60))
      }
    }
    print(residentBytes())
    try system.close()
  }
}
