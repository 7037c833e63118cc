import Foundation
import TestSupport
import Testing

@testable import planctl

@Suite("The checksum example")
struct ChecksumManifestTests {
  /// The shells of this machine that may be `sh`.
  static let shells = ["/bin/dash", "/bin/bash", "/bin/ksh", "/bin/zsh", "/bin/busybox"].filter {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static let hostileNames = [
    "a space", " leading", "trailing ", "it's", "\"quoted\"", "''", "'\\''", "new\nline",
    "trailing\n", "\n", "-n", "--", "-rf", "back\\slash", "\\", "\\n", "🗂️", "e\u{301}",
    "$(touch pwned)", "`touch pwned`", "; touch pwned", "$HOME", "*", "?", "[a]", "~", "#", "%s",
    "tab\there", "carriage\rreturn", "SHA256SUMS ", ".hidden", ".SHA256SUMS.mine", "…", "&", "!",
  ]

  private func fill(_ folder: String, _ names: [String]) throws {
    for name in names {
      try Data("content of \(name)".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
    }
  }

  @Test("takes every name for what it is, in every shell", arguments: shells)
  func hostileNames(shell: String) async throws {
    let scratch = try ScratchFolder()
    let folder = try scratch.makeFolder("it's -a \"dir\" $(touch pwned) \\ * 🗂️\n\n")
    try fill(folder, Self.hostileNames)
    let below = try scratch.makeFolder("it's -a \"dir\" $(touch pwned) \\ * 🗂️\n\n/-sub\ndir'")
    try fill(below, Self.hostileNames + ["SHA256SUMS"])
    let count = 2 * Self.hostileNames.count + 1
    let chain = try ChecksumScripts(shell: shell, directory: folder, batchSize: 7)
    #expect(try await chain.runAll() == (count, (count + 6) / 7))
    #expect(try chain.manifest().count == count)
    #expect(await chain.isAccepted())
    // Nothing was left behind, nothing in a name was carried out.
    let left = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(Set(left) == Set(Self.hostileNames + ["-sub\ndir'", "SHA256SUMS"]))
    #expect(!chain.scratch.has("work/pwned") && !scratch.has("pwned"))
  }

  #if os(Linux)
    @Test("takes every byte that a name can have, in every shell", arguments: shells)
    func everyByte(shell: String) async throws {
      let scratch = try ScratchFolder()
      var generator = SeededGenerator.announced()
      let bytes = (1...255).filter { $0 != 47 }.map { UInt8($0) }
      var names = Set(bytes.filter { $0 != 46 }.map { [$0] })
      for _ in 0..<300 {
        let length = Int.random(in: 3...40, using: &generator)
        names.insert((0..<length).compactMap { _ in bytes.randomElement(using: &generator) })
      }
      for name in names {
        let file = (Array(scratch.path.utf8) + [47] + name + [0]).map(CChar.init(bitPattern:))
        let descriptor = open(file, O_CREAT | O_WRONLY, 0o600)
        #expect(descriptor >= 0)
        _ = write(descriptor, file, name.count)
        close(descriptor)
      }
      let chain = try ChecksumScripts(shell: shell, directory: scratch.path)
      #expect(try await chain.runAll().files == names.count)
      #expect(await chain.isAccepted())
    }
  #endif

  @Test("makes an empty manifest of an empty directory, without children")
  func empty() async throws {
    let scratch = try ScratchFolder()
    let chain = try ChecksumScripts(directory: scratch.path)
    #expect(try await chain.runAll() == (0, 0))
    #expect(try chain.manifest().isEmpty)
    #expect(scratch.has("SHA256SUMS"))
  }

  @Test("cuts the files into batches of the size that was asked for", arguments: [1, 9, 10, 11])
  func batches(size: Int) async throws {
    let scratch = try ScratchFolder()
    try fill(scratch.path, (0..<10).map { "file \($0)" })
    let chain = try ChecksumScripts(directory: scratch.path, batchSize: size)
    #expect(try await chain.runAll() == (10, (10 + size - 1) / size))
    #expect(try chain.manifest().map { $0.suffix(8) } == (0..<10).map { "./file \($0)".suffix(8) })
  }

  @Test("lists more names than fit one command line")
  func manyNames() async throws {
    let scratch = try ScratchFolder()
    let names = (0..<1500).map { "\($0)-" + String(repeating: "x", count: 200) }
    for name in names {
      try scratch.write(name, "")
    }
    let chain = try ChecksumScripts(directory: scratch.path, batchSize: 1000)
    #expect(try await chain.runAll() == (1500, 2))
    #expect(await chain.isAccepted())
  }

  @Test("gives the same manifest again, of which neither itself nor a draft is part")
  func again() async throws {
    let scratch = try ScratchFolder()
    try fill(scratch.path, ["b", "a", ".SHA256SUMS.01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    let chain = try ChecksumScripts(directory: scratch.path)
    #expect(try await chain.runAll().files == 2)
    let first = try chain.manifest()
    #expect(try await chain.runAll().files == 2)
    #expect(try chain.manifest() == first)
    #expect(!scratch.has(".SHA256SUMS.01ARZ3NDEKTSV4RRFFQ69G5FAV"))
  }

  @Test("leaves its own scratch folder out when that lies below the directory")
  func ownScratch() async throws {
    let chain = try ChecksumScripts(directory: "")
    var inside = chain
    inside.directory = chain.scratch.path
    try fill(chain.scratch.path, ["mine"])
    #expect(try await inside.runAll().files == 1)
    #expect(await inside.isAccepted())
  }

  @Test("does each of its steps again when it was cut short")
  func repeated() async throws {
    let scratch = try ScratchFolder()
    try fill(scratch.path, ["a", "b", "c"])
    let chain = try ChecksumScripts(directory: scratch.path, batchSize: 2)
    _ = try await chain.document("list")
    _ = try await chain.document("list")
    for _ in 0..<2 {
      for batch in ["0001", "0002"] {
        _ = try await chain.document("hash-batch", ["PLANWRIGHT_ARG_BATCH": batch])
      }
    }
    _ = try await chain.document("write")
    _ = try await chain.document("write")
    #expect(try chain.manifest().count == 3)
    #expect(await chain.isAccepted())
  }

  @Test("says which directory is missing, and that trying again is of no use")
  func missing() async throws {
    let ending = try await ChecksumScripts(directory: "/nowhere/at all").run("list")
    #expect(ending.reason == .exited(66))
    #expect(ending.errorText == "there is no directory '/nowhere/at all'\n")
  }

  @Test("takes a directory whose name begins with a dash, relative to where it is run")
  func relative() async throws {
    let ending = try await ChecksumScripts(directory: "-n").run("list")
    #expect(ending.errorText == "there is no directory '-n'\n")
    let here = try await ChecksumScripts(directory: ".").run("list")
    #expect(here.reason == .exited(0))
  }

  @Test("fails and names the file when one cannot be read")
  func unreadable() async throws {
    let scratch = try ScratchFolder()
    try fill(scratch.path, ["a", "vanishing"])
    let chain = try ChecksumScripts(directory: scratch.path)
    _ = try await chain.document("list")
    try FileManager.default.removeItem(atPath: scratch.path + "/vanishing")
    let ending = try await chain.run("hash-batch", ["PLANWRIGHT_ARG_BATCH": "0001"])
    #expect(ending.reason == .exited(1))
    #expect(ending.errorText.contains("vanishing"))
    #expect(ending.output.isEmpty)
  }

  @Test("writes no manifest when a batch was not computed, or not all of it")
  func gaps() async throws {
    let scratch = try ScratchFolder()
    try fill(scratch.path, ["a", "b"])
    let chain = try ChecksumScripts(directory: scratch.path, batchSize: 1)
    _ = try await chain.document("list")
    _ = try await chain.document("hash-batch", ["PLANWRIGHT_ARG_BATCH": "0001"])
    let counts = [
      "PLANWRIGHT_ROUND": "1", "PLANWRIGHT_CHILDREN_TOTAL": "2",
      "PLANWRIGHT_CHILDREN_SUCCEEDED": "1",
    ]
    let executed = try await chain.run("hash", counts)
    #expect(executed.reason == .exited(65))
    #expect(executed.errorText == "only 1 of 2 batches succeeded\n")
    #expect(try await chain.run("write").reason == .exited(1))
    try chain.scratch.write("work/sums/0002", "")
    let written = try await chain.run("write")
    #expect(written.reason == .exited(65))
    #expect(
      written.errorText == "merging the checksums: expected one line for each of 2 files, found 1\n"
    )
    #expect(
      try await chain.run("hash-batch", ["PLANWRIGHT_ARG_BATCH": "0003"]).reason == .exited(1))
    #expect(!scratch.has("SHA256SUMS"))
  }

  @Test("refuses more batches than a plan may have children")
  func tooManyBatches() async throws {
    let chain = try ChecksumScripts(directory: "/")
    // Finds more than is worth making for a test.
    _ = try await chain.scratch.writeProgram(
      "bin/find",
      """
      #!/bin/sh
      echo 10001 >"$PLANWRIGHT_WORKDIR/files"
      echo 10001 >"$PLANWRIGHT_WORKDIR/count"
      """)
    let ending = try await chain.run("list")
    #expect(ending.reason == .exited(65))
    #expect(ending.errorText.hasSuffix("choose a larger batch-size\n"))
  }

  @Test("reports a directory at the path of the manifest")
  func manifestIsDirectory() async throws {
    let scratch = try ScratchFolder()
    try scratch.makeFolder("SHA256SUMS")
    let chain = try ChecksumScripts(directory: scratch.path)
    _ = try await chain.document("list")
    let ending = try await chain.run("write")
    #expect(ending.reason == .exited(73))
    #expect(ending.errorText.contains("SHA256SUMS is a directory"))
  }

  @Test("has a program for each of its actors, and each of them starts")
  func actors() async throws {
    for actor in ["list", "hash", "write", "nothing", "hash-batch"] {
      let ending = try await ChecksumScripts(directory: "/nowhere").run(actor)
      #expect(ending.startError == nil)
    }
  }
}
