import Foundation
import Testing

@testable import planctl

@Suite("The checksum example", .timeLimit(.minutes(30)))
struct ExampleTests {
  static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/planctl/Examples/checksum-manifest.json").path

  /// How `sha256sum -c`, or `shasum -c` where there is none, takes the manifest of a folder.
  func check(_ folder: String) async -> ProgramEnding {
    let script = """
      cd "$FOLDER" && if command -v sha256sum >/dev/null
      then sha256sum -c SHA256SUMS; else shasum -a 256 -c SHA256SUMS; fi
      """
    var environment = ProcessInfo.processInfo.environment
    environment["FOLDER"] = folder
    return await ProgramInvocation(
      command: ["sh", "-c", script], environment: environment, input: [], timeout: .seconds(3_600)
    ).run()
  }

  @Test("writes a manifest that is accepted, of a directory with hostile names")
  func hostileNames() async throws {
    let fixture = try PlanctlFixture()
    let folder = "\(fixture.folder)/-a 'folder'\n\"☃\n"
    let names = [
      "plain", "a b", "it's", "''", "\"", "-rf", "--", "new\nline", "trailing\n", "\n",
      "back\\slash",
      "$(touch pwned)", "`id`", "*", "?", "[a]", "~", "#", ";", "&", "%s", "{x}", "☃", "e\u{301}",
      "\u{202E}rtl", "\t", "SHA256SUMS.txt",
    ]
    for place in ["", "/deep er/-x"] {
      try FileManager.default.createDirectory(
        atPath: folder + place, withIntermediateDirectories: true)
      for name in names {
        try Data("\(place)\(name)".utf8).write(
          to: URL(fileURLWithPath: "\(folder)\(place)/\(name)"))
      }
    }
    let status = await fixture.planctl(
      "run", Self.file, "--arg", "directory=\(folder)", "--arg", "batch-size=7")
    #expect(status == 0, "\(fixture.error)")
    #expect(fixture.output.contains("\"files\": \(2 * names.count)"))
    let checked = await check(folder)
    #expect(checked.reason == .exited(0))
    let lines = String(decoding: checked.output, as: UTF8.self)
    #expect(lines.components(separatedBy: ": OK\n").count - 1 == 2 * names.count)
    // A second run replaces the manifest and does not list it.
    #expect(await fixture.planctl("run", Self.file, "--arg", "directory=\(folder)") == 0)
    #expect(await check(folder).reason == .exited(0))
  }

  @Test("writes an empty manifest for an empty directory, and nothing for one that is not there")
  func edges() async throws {
    let fixture = try PlanctlFixture()
    #expect(await fixture.planctl("run", Self.file, "--arg", "directory=\(fixture.folder)") == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(fixture.folder)/SHA256SUMS")).isEmpty)
    #expect(
      await fixture.planctl("run", Self.file, "--arg", "directory=\(fixture.folder)/none") == 1)
    #expect(fixture.error.contains("there is no directory '\(fixture.folder)/none'"))
    #expect(await fixture.planctl("run", Self.file) == 2)
    #expect(fixture.error.contains("Argument 'directory' is missing"))
  }

  @Test("leaves out what is no regular file")
  func links() async throws {
    let fixture = try PlanctlFixture()
    try FileManager.default.createSymbolicLink(
      atPath: "\(fixture.folder)/dangling", withDestinationPath: "/no/such/file")
    _ = try fixture.file("there", "x")
    #expect(await fixture.planctl("run", Self.file, "--arg", "directory=\(fixture.folder)") == 0)
    #expect(fixture.output.contains("\"files\": 1"))
  }
}
