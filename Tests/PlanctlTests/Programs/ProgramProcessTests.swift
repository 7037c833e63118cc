import Foundation
import Testing

@testable import planctl

/// These change or count what belongs to a whole process, so each has one of its own.
@Suite("The process that runs programs")
struct ProgramProcessTests {
  @Test("runs 200 at once and keeps neither descriptors nor ended children, nor do they get any")
  func many() async {
    await #expect(processExitsWith: .success) {
      let listing = ProgramInvocation.script("ls /proc/self/fd 2>/dev/null; exit 9")
      // One for all: the thread of a run may release its reaper only after the run has returned.
      let reaper = try #require(try? Reaper())
      let runner = ProgramRunner(reaper: reaper)
      let alone = await runner.run(listing).text
      let before = openPipes()
      await withTaskGroup(of: ProgramEnding.self) { group in
        for _ in 0..<200 { group.addTask { await runner.run(listing) } }
        for await ending in group {
          #expect(ending.reason == .exited(9))
          #expect(ending.text == alone)
        }
      }
      #expect(openPipes() == before)
      reaper.end()
      #expect(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD)
    }
  }

  @Test("starts them with signals as usual, whatever it ignores or blocks itself")
  func signals() async {
    await #expect(processExitsWith: .success) {
      for number in [SIGPIPE, SIGINT, SIGHUP, SIGUSR1] { signal(number, SIG_IGN) }
      for number in [SIGPIPE, SIGINT, SIGHUP, SIGUSR1, SIGTERM] {
        let ending = await ProgramInvocation.script("kill -\(number) $$").run()
        #expect(ending.reason == .signalled(number))
      }
    }
  }

  @Test("is not ended by a program that closes its input unread")
  func closedPipe() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let input = [UInt8](repeating: 65, count: 1 << 20)
      let ending = await ProgramInvocation.script("exec <&-; exit 2", input: input).run()
      #expect(ending.reason == .exited(2))
    }
  }

  @Test("learns how they ended even if it was started to ignore that")
  func ignoredEnds() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      #expect(await ProgramInvocation.script("exit 3").run().reason == .exited(3))
    }
  }

  @Test("runs them right when its own standard input is closed")
  func closedInput() async {
    await #expect(processExitsWith: .success) {
      close(STDIN_FILENO)
      let ending = await ProgramInvocation.sample("cat", input: [1, 2, 3]).run()
      #expect(ending.reason == .exited(0))
      #expect(ending.output == [1, 2, 3])
    }
  }

  @Test("reports that it has no descriptor left, as a failure that may be retried")
  func noDescriptors() async {
    await #expect(processExitsWith: .success) {
      // What sleeps opens descriptors of its own for the first time, and cannot do without.
      try? await Task.sleep(for: .milliseconds(1))
      let reaper = try #require(try? Reaper())
      let before = openPipes()
      let next = dup(STDIN_FILENO)
      close(next)
      // Not for long: what looks after the threads opens a file now and then, and must not fail.
      var hasRun = false
      for limit in [0] + Array(rlim_t(next)..<rlim_t(next) + 64) {
        let ending = withDescriptors(below: limit) {
          ProgramMonitor.run(.script("exit 1"), Cancellation(), reaper)
        }
        if let error = ending.startError {
          #expect(error.description.hasPrefix("creating a pipe: "))
          #expect(error.isTemporary)
        } else {
          #expect(ending.reason == .exited(1))
          hasRun = true
          break
        }
      }
      #expect(hasRun)
      #expect(openPipes() == before)
    }
  }

  @Test("reports that only the descriptors of its own input and output are left")
  func onlyStandardDescriptors() async {
    await #expect(processExitsWith: .success) {
      close(STDIN_FILENO)
      let spare = Descriptor(dup(STDOUT_FILENO))
      #expect(spare.number == STDIN_FILENO)
      let copy = withDescriptors(below: 3) { try? spare.aboveStandard() }
      #expect(copy == nil)
    }
  }
}

/// How many ends of pipes this process has open; what runs the tests opens other things as well.
private func openPipes() -> Int {
  (0..<4096).count { number in
    var status = stat()
    return fstat(Int32(number), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
  }
}

/// Runs the body while no descriptor of this number or a higher one can be opened.
private func withDescriptors<R>(below limit: rlim_t, _ body: () -> R) -> R {
  #if canImport(Darwin) || canImport(Musl)
    let kind = RLIMIT_NOFILE
  #else
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #endif
  var usual = rlimit()
  getrlimit(kind, &usual)
  var scarce = rlimit(rlim_cur: limit, rlim_max: usual.rlim_max)
  setrlimit(kind, &scarce)
  defer { setrlimit(kind, &usual) }
  return body()
}
