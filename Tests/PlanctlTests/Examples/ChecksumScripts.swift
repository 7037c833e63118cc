import Foundation
import Testing

@testable import planctl

/// Runs the programs of the checksum example as planctl would, without a plan.
struct ChecksumScripts {
  /// The shell that plays `sh`; the system's own when there is none.
  var shell: String?
  var directory: String
  var batchSize = 64
  let scratch: ScratchFolder

  init(shell: String? = nil, directory: String, batchSize: Int = 64) throws {
    self.shell = shell
    self.directory = directory
    self.batchSize = batchSize
    scratch = try ScratchFolder()
    try scratch.makeFolder("work")
    try scratch.makeFolder("bin")
    if let shell {
      try FileManager.default.createSymbolicLink(
        atPath: scratch.path + "/bin/sh", withDestinationPath: shell)
    }
  }

  static let folder = URL(fileURLWithPath: #filePath).appendingPathComponent(
    "../../../../Sources/planctl/Examples"
  ).standardizedFileURL.path

  /// The command that plays an actor, from the plan file.
  static func command(of actor: String) throws -> [String] {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/checksum-manifest.json"))
    let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let programs = try #require(file["programs"] as? [String: Any])
    let program = try #require(programs[actor] as? [String: Any])
    return try #require(program["command"] as? [String])
  }

  /// One run of an actor's program.
  func run(_ actor: String, _ variables: [String: String] = [:]) async throws -> ProgramEnding {
    var environment = [
      "PATH": "\(scratch.path)/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
      "PLANWRIGHT_FILE_DIR": Self.folder, "PLANWRIGHT_WORKDIR": scratch.path + "/work",
      "PLANWRIGHT_PLAN": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "PLANWRIGHT_ATTEMPT": "1",
      "PLANWRIGHT_ARG_DIRECTORY": directory, "PLANWRIGHT_ARG_BATCH_SIZE": "\(batchSize)",
      "PLANWRIGHT_ROUND": "0", "PLANWRIGHT_CHILDREN_TOTAL": "0",
      "PLANWRIGHT_CHILDREN_SUCCEEDED": "0",
    ]
    environment.merge(variables) { $1 }
    return await ProgramInvocation(
      command: try Self.command(of: actor), environment: environment, timeout: .seconds(3_600)
    ).run()
  }

  /// What a program that succeeded wrote.
  func document(
    _ actor: String, _ variables: [String: String] = [:]
  ) async throws -> [String: Any] {
    let ending = try await run(actor, variables)
    #expect(ending.reason == .exited(0))
    #expect(ending.errorText == "")
    let object = try JSONSerialization.jsonObject(with: Data(ending.output))
    return try #require(object as? [String: Any])
  }

  /// The whole chain; how many files and batches there were.
  func runAll() async throws -> (files: Int, batches: Int) {
    let listed = try #require(try await document("list")["result"] as? [String: Int])
    let spawned = try await document("hash")
    let children = spawned["children"] as? [[String: Any]] ?? []
    for child in children {
      let arguments = try #require(child["arguments"] as? [String: String])
      let batch = try #require(arguments["batch"])
      #expect(child["key"] as? String == "batch-\(batch)")
      let result = try await document("hash-batch", ["PLANWRIGHT_ARG_BATCH": batch])
      #expect((result["result"] as? [String: Any])?["batch"] as? String == batch)
    }
    if !children.isEmpty {
      let counts = [
        "PLANWRIGHT_ROUND": "1", "PLANWRIGHT_CHILDREN_TOTAL": "\(children.count)",
        "PLANWRIGHT_CHILDREN_SUCCEEDED": "\(children.count)",
      ]
      let executed = try await document("hash", counts)
      #expect(executed["result"] as? [String: Int] == ["batches": children.count])
    }
    let applied = try #require(try await document("write")["result"] as? [String: Any])
    #expect(applied["files"] as? Int == listed["files"])
    #expect(applied["manifest"] as? String == "SHA256SUMS")
    #expect(listed["batches"] == children.count)
    return (try #require(listed["files"]), children.count)
  }

  /// The lines of the manifest.
  func manifest() throws -> [Substring] {
    String(
      decoding: try Data(contentsOf: URL(fileURLWithPath: directory + "/SHA256SUMS")), as: UTF8.self
    )
    .split(separator: "\n")
  }

  /// Whether the system's own tool accepts the manifest.
  func isAccepted() async -> Bool {
    let script = """
      cd "$1"
      if command -v sha256sum >/dev/null; then set -- sha256sum; else set -- shasum -a 256; fi
      "$@" --strict --check SHA256SUMS
      """
    let ending = await ProgramInvocation.script(script, directory).run()
    return ending.reason == .exited(0)
  }
}
