import Foundation
import TestSupport
import Testing

@testable import planctl

// Programs sleep for a day; their timeouts and grace periods are an hour unless a test sets them. A
// test that waits for one of these reaches its time limit.
@Suite("A program and its group", .timeLimit(.minutes(30)))
struct ProgramEndTests {
  @Test("are ended when their time is over")
  func timeout() async {
    let ending = await ProgramInvocation.script(
      "echo begun; sleep 86400; echo never", timeout: .milliseconds(200)
    ).run()
    #expect(ending.reason == .timedOut)
    #expect(!ending.text.contains("never"))
  }

  @Test("are killed when they ignore the request to end")
  func stubborn() async throws {
    let scratch = try ScratchFolder()
    let ending = await ProgramInvocation.script(
      "trap '' TERM; : >\"$1/begun\"; while :; do sleep 86400; done", scratch.path,
      timeout: .milliseconds(500), gracePeriod: .milliseconds(50)
    ).run()
    #expect(ending.reason == .timedOut)
  }

  @Test("are asked to end first, and their output is read until they have")
  func lastWords() async throws {
    let scratch = try ScratchFolder()
    let ending = try await cancelled(
      scratch, "trap 'echo saved; exit 0' TERM; : >\"$1/begun\"; while :; do sleep 86400; done")
    #expect(ending.reason == .cancelled)
    #expect(ending.text == "saved\n")
  }

  @Test("get the time to end even when the program itself is gone at once")
  func lastWordsOfOthers() async throws {
    let scratch = try ScratchFolder()
    let other = "trap 'sleep 0.3; echo saved; exit 0' TERM; : >\"$1/begun\"; sleep 86400 & wait"
    let ending = try await cancelled(scratch, "sh -c '\(quoted(other))' sh \"$1\" & wait")
    #expect(ending.reason == .cancelled)
    #expect(ending.text == "saved\n")
  }

  @Test("are gone after the time-out, also those that ignore the request to end")
  func stubbornGrandchild() async throws {
    // A busy machine may need longer to get that far.
    var grandchild: Int32?
    for seconds in [1, 8, 64, 512] where grandchild == nil {
      let ending = await ProgramInvocation.script(
        "(trap '' TERM; exec sleep 86400) & echo $!; wait", timeout: .seconds(seconds),
        gracePeriod: .milliseconds(100)
      ).run()
      #expect(ending.reason == .timedOut)
      grandchild = Int32(ending.text.dropLast())
    }
    let pid = try #require(grandchild)
    try await waitUntil("program \(pid) to end") { !isRunning(pid) }
  }

  @Test("do not hold up the end of the program by keeping its outputs open")
  func openPipes() async throws {
    let ending = await ProgramInvocation.script("sleep 86400 & echo $!; exit 5").run()
    #expect(ending.reason == .exited(5))
    let grandchild = try #require(Int32(ending.text.dropLast()))
    try await waitUntil("program \(grandchild) to end") { !isRunning(grandchild) }
  }

  @Test("do not hold up the end of the program by writing without end", arguments: ["1", "2"])
  func endlessWriter(descriptor: String) async {
    let ending = await ProgramInvocation.script(
      "while :; do echo x; done >&\(descriptor) & sleep 0.1; exit 6"
    ).run()
    // What it wrote before counts.
    #expect(ending.reason == .exited(6) || ending.reason == .outputTooLarge)
  }

  @Test("are not started when the task was cancelled before")
  func cancelledBefore() async throws {
    let scratch = try ScratchFolder()
    let ending = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await ProgramInvocation.script(": >\"$1/begun\"", scratch.path).run()
    }.value
    #expect(ending.reason == .cancelled)
    #expect(!scratch.has("begun"))
  }

  @Test("are ended promptly when the task is cancelled")
  func cancelledAfter() async throws {
    let scratch = try ScratchFolder()
    let ending = try await cancelled(scratch, ": >\"$1/begun\"; sleep 86400")
    #expect(ending.reason == .cancelled)
  }

  @Test("end whenever the task is cancelled")
  func cancelledAnyTime() async {
    var generator = SeededGenerator.announced()
    let delays = (0..<60).map { _ in Int.random(in: 0...6000, using: &generator) }
    await withTaskGroup(of: ProgramEnding.self) { group in
      for delay in delays {
        group.addTask {
          let run = Task { await ProgramInvocation.script("exit 7").run() }
          try? await Task.sleep(for: .microseconds(delay))
          run.cancel()
          return await run.value
        }
      }
      for await ending in group {
        #expect(ending.reason == .cancelled || ending.reason == .exited(7))
      }
    }
  }

  /// Runs a script and cancels it when it has made the file `begun` in the folder `$1`.
  private func cancelled(_ scratch: ScratchFolder, _ script: String) async throws -> ProgramEnding {
    let run = Task { await ProgramInvocation.script(script, scratch.path).run() }
    try await waitUntil("the program to begin") { scratch.has("begun") }
    run.cancel()
    return await run.value
  }

  private func quoted(_ text: String) -> String { text.replacing("'", with: "'\\''") }
}
