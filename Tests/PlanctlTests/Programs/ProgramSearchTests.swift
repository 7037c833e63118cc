import Foundation
import Testing

@testable import planctl

@Suite("A program that cannot be started")
struct ProgramSearchTests {
  /// What is said of a command that cannot be started, along a search path.
  private func complaint(_ command: String..., path: String = "/usr/bin:/bin") async -> String? {
    var invocation = ProgramInvocation.sample(environment: ["PATH": path])
    invocation.command = command
    let ending = await invocation.run()
    #expect(ending.startError?.isTemporary == false)
    return ending.startError?.description
  }

  @Test("is missing on PATH")
  func missing() async {
    #expect(
      await complaint("no-such-thing")
        == "starting 'no-such-thing': there is no program of this name along PATH")
    #expect(
      await complaint("sh", path: "/nowhere")
        == "starting 'sh': there is no program of this name along PATH")
  }

  @Test("is missing where its name says")
  func missingFile() async {
    #expect(await complaint("/nowhere/x") == "starting '/nowhere/x': No such file or directory")
  }

  @Test("has no name")
  func nameless() async {
    #expect(
      await complaint() == "starting a program: its name is empty; name a program in the command")
    #expect(
      await complaint("") == "starting a program: its name is empty; name a program in the command")
  }

  @Test("is not executable")
  func notExecutable() async throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write("x", "#!/bin/sh\n")
    #expect(await complaint(file) == "starting '\(file)': Permission denied")
    #expect(await complaint("x", path: scratch.path) == "starting '\(file)': Permission denied")
  }

  @Test("is a directory")
  func directory() async throws {
    let scratch = try ScratchFolder()
    let folder = try scratch.makeFolder("x")
    #expect(await complaint(folder) == "starting '\(folder)': Is a directory")
    #expect(await complaint("x", path: scratch.path) == "starting '\(folder)': Is a directory")
  }

  @Test("has an interpreter that is missing")
  func interpreter() async throws {
    let scratch = try ScratchFolder()
    let file = try await scratch.writeProgram("x", "#!/nowhere/sh\n")
    #expect(
      await complaint(file)
        == "starting '\(file)': the interpreter named in its first line does not exist")
  }

  @Test("is no program")
  func noProgram() async throws {
    let scratch = try ScratchFolder()
    let file = try await scratch.writeProgram("x", "hello\n")
    let complaint = await complaint(file)
    #expect(complaint?.contains("neither a program for this machine nor a script") == true)
  }

  @Test("has arguments that are larger than the system allows")
  func tooLarge() async {
    let complaint = await complaint("true", String(repeating: "x", count: 8 << 20))
    #expect(complaint?.hasSuffix("are larger than the system allows") == true)
  }

  @Test("has a NUL in its command or in its environment, which is not shown")
  func nul() async {
    #expect(await complaint("echo", "secret\0")?.contains("contains a NUL") == true)
    let invocation = ProgramInvocation.sample("true", environment: ["X": "secret\0"])
    let description = await invocation.run().startError?.description
    #expect(description?.contains("contains a NUL") == true)
    #expect(description?.contains("secret") == false)
  }

  @Test("does not hide one of the same name further along PATH")
  func laterOnPath() async throws {
    let scratch = try ScratchFolder()
    for name in ["a", "b", "c"] { try scratch.makeFolder(name) }
    try scratch.makeFolder("a/x")
    try scratch.write("b/x", "")
    let file = try await scratch.writeProgram("c/x", "")
    let path = ["a", "b", "c"].map { "\(scratch.path)/\($0)" }.joined(separator: ":")
    #expect(try ProgramSearch.file(of: "x", along: path) == file)
  }

  @Test("is looked for in the standard places when there is no PATH")
  func noPath() async throws {
    #expect(try ProgramSearch.file(of: "sh", along: nil).hasSuffix("bin/sh"))
    let ending = await ProgramInvocation.sample("sh", "-c", "exit 8", environment: [:]).run()
    #expect(ending.reason == .exited(8))
  }

  @Test("is looked for in the current directory where a part of PATH is empty")
  func emptyPart() throws {
    let here = FileManager.default.currentDirectoryPath
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: here).first)
    let error = #expect(throws: StartError.self) {
      try ProgramSearch.file(of: name, along: "/nowhere")
    }
    #expect(error?.isTemporary == false && error?.description.contains(name) == true)
    let found = outcome(of: name)
    #expect(found.contains("./\(name)"))
  }

  /// The file found in the current directory, or why it is none to start.
  private func outcome(of name: String) -> String {
    do { return try ProgramSearch.file(of: name, along: "/nowhere:") } catch {
      return error.description
    }
  }

  @Test("may be started later when the system was short of something")
  func temporary() {
    for code in [EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY] {
      #expect(StartError("starting", code: code).isTemporary)
    }
    #expect(!StartError("starting", code: EACCES).isTemporary)
  }
}
