import Foundation
import Testing

@testable import planctl

@Suite("A program that is run")
struct ProgramRunnerTests {
  @Test("reads all of its input, and all of its output is read, whatever their size")
  func echo() async {
    let input = (0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let ending = await ProgramInvocation.sample("cat", input: input).run()
    #expect(ending.reason == .exited(0))
    #expect(ending.output == input)
    #expect(ending.errorTail.isEmpty)
  }

  @Test("may have nothing to read and nothing to say")
  func silence() async {
    let ending = await ProgramInvocation.sample("cat").run()
    #expect(ending.reason == .exited(0))
    #expect(ending.output.isEmpty)
  }

  @Test(
    "may ignore its input, as much of it as there is", arguments: ["exit 0", "exec <&-; exit 0"])
  func ignoredInput(script: String) async {
    let ending = await ProgramInvocation.script(
      script, input: [UInt8](repeating: 65, count: 16 << 20)
    ).run()
    #expect(ending.reason == .exited(0))
  }

  @Test("ends with its own status", arguments: [0, 1, 3, 64, 75, 255] as [Int32])
  func exitStatus(status: Int32) async {
    let ending = await ProgramInvocation.script("echo out; echo err >&2; exit \(status)").run()
    #expect(ending.reason == .exited(status))
    #expect(ending.text == "out\n")
    #expect(ending.errorText == "err\n")
  }

  @Test(
    "is distinguished from one that a signal ended", arguments: [SIGKILL, SIGTERM, SIGPIPE])
  func signalled(signal: Int32) async {
    let ending = await ProgramInvocation.script("kill -\(signal) $$").run()
    #expect(ending.reason == .signalled(signal))
  }

  @Test("is ended when it writes 100 MB to its standard output")
  func outputTooLarge() async {
    let ending = await ProgramInvocation.sample("head", "-c", "100000000", "/dev/zero").run()
    #expect(ending.reason == .outputTooLarge)
    #expect(ending.output.isEmpty)
  }

  @Test("may write as much as is allowed and not a byte more", arguments: [999, 1000, 1001])
  func outputLimit(count: Int) async {
    let ending = await ProgramInvocation.sample(
      "head", "-c", "\(count)", "/dev/zero", outputLimit: 1000
    ).run()
    #expect(ending.reason == (count > 1000 ? .outputTooLarge : .exited(0)))
    #expect(ending.output.count == (count > 1000 ? 0 : count))
  }

  @Test("leaves the last 16 KiB of what it wrote to standard error")
  func errorTail() async {
    let all = (1...100_000).map { "line \($0)\n" }.joined()
    let ending = await ProgramInvocation.script("cat >&2", input: Array(all.utf8)).run()
    #expect(ending.errorTail == Array(all.utf8.suffix(16_384)))
  }

  @Test("may close its outputs long before it ends")
  func closedOutputs() async {
    let ending = await ProgramInvocation.script("exec >&- 2>&-; sleep 0.3; exit 4").run()
    #expect(ending.reason == .exited(4))
  }

  @Test("gets exactly the environment that it was given")
  func environment() async {
    let variables = [
      "PATH": "/usr/bin:/bin", "EMPTY": "", "SIGNS": "a=b 'c' \"d\" $HOME `id` \\ *", "EMOJI": "🗂️é",
      "lower-case": "x",
    ]
    let ending = await ProgramInvocation.sample("env", environment: variables).run()
    let lines = Set(ending.text.split(separator: "\n").map(String.init))
    #expect(lines == Set(variables.map { "\($0.key)=\($0.value)" }))
  }

  @Test("gets its arguments byte for byte; no shell reads them")
  func arguments() async throws {
    let scratch = try ScratchFolder()
    try scratch.makeFolder("x")
    let words = [
      "$(rm -rf \(scratch.path)/x)", "`rm -rf \(scratch.path)/x`", "; rm -rf \(scratch.path)/x", "",
      " ", "new\nline\n", "-n", "'\"\\", "*", "🗂️", "e\u{301}", "é",
    ]
    var invocation = ProgramInvocation.script(#"printf '%s\0' "$@""#)
    invocation.command += words
    let ending = await invocation.run()
    #expect(ending.output == words.flatMap { Array($0.utf8) + [0] })
    #expect(scratch.has("x"))
  }

  @Test("is not started when there is no thread to watch it; that may pass")
  func noThread() async throws {
    let ending = await ProgramRunner(reaper: try Reaper(), stackSize: 1 << 50).run(.sample("true"))
    #expect(ending.startError?.isTemporary == true)
    #expect(ending.startError?.description.hasPrefix("starting a thread: ") == true)
  }
}
