import Foundation
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport

/// Kills a writing process again and again, and looks each time whether what it had acknowledged is
/// there, nothing is there by half, and the file is whole.
struct KillRounds {
  let rounds: Int
  private var random: SeededGenerator

  init(_ words: [String]) {
    rounds = Int(Self.value("--rounds", words) ?? 20)
    let seed = Self.value("--seed", words) ?? UInt64.random(in: 0..<1_000_000)
    say("repeat with --seed \(seed)")
    random = SeededGenerator(seed: seed)
  }

  /// The number after an option.
  static func value(_ option: String, _ words: [String]) -> UInt64? {
    words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? UInt64(words[$0 + 1]) : nil }
  }

  mutating func run() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    var acknowledged: UInt64 = 0
    for round in 1...rounds {
      let last = try killOne(path)
      acknowledged = max(acknowledged, last.map { $0 + 1 } ?? 0)
      let store = try SQLiteEngineRegistry().open(path)
      let stored = try store.read { try $0.counts(in: .all).total }
      let problems = try store.integrityCheck().problems
      try store.close()
      guard stored % 2 == 0, UInt64(stored / 2) >= acknowledged, problems.isEmpty else {
        say("round \(round): \(stored) plans, \(acknowledged) pairs acknowledged, \(problems)")
        exit(1)
      }
    }
    say("\(rounds) rounds, \(acknowledged) pairs, none lost")
  }

  /// Lets a process acknowledge some pairs and kills it a moment later; the last of them.
  private mutating func killOne(_ path: String) throws -> UInt64? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = ["write", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    // In every other round it gets further than the opening.
    let lines = Bool.random(using: &random) ? Int.random(in: 1...60, using: &random) : 0
    var output = Data()
    while output.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
      let more = pipe.fileHandleForReading.availableData
      if more.isEmpty { break }
      output += more
    }
    usleep(UInt32.random(in: 0...20_000, using: &random))
    kill(process.processIdentifier, SIGKILL)
    output += pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    // A line that was cut off does not count.
    let whole = String(decoding: output, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).dropLast()
    return whole.compactMap { UInt64($0) }.last
  }
}
