import Foundation
import Testing

@Suite("The importer", .timeLimit(.minutes(30)))
struct ProcessTests {
  private let folder: Folder
  private let rows = (1...600).map { "key-\($0),value \($0)" }

  init() throws {
    folder = try Folder()
    try folder.write(rows, to: "rows")
  }

  private func importer(_ options: String...) throws -> ImporterProcess {
    try ImporterProcess([folder.path("rows"), folder.path("target")] + options)
  }

  @Test("adds each row once, however often it is killed, interrupted and started again")
  func stopped() async throws {
    for signal in [SIGKILL, SIGINT, SIGKILL, SIGTERM] {
      // Slowly, so that it is in the middle when the signal comes.
      let slow = try importer("--rows-per-second", "25", "--lines-per-batch", "5")
      var line: String?
      repeat { line = await slow.nextLine() } while line?.hasSuffix("of 120 batches") == false
      #expect(line != nil)
      slow.send(signal)
      let (rest, status) = await slow.end()
      if signal == SIGKILL {
        #expect(status == SIGKILL)
      } else {
        #expect(status == 130)
        #expect(rest.last == "stopped: the same command continues")
      }
      #expect((1..<600).contains(try folder.lines(of: "target").count))
    }
    let (lines, status) = try await importer().end()
    #expect(status == 0)
    #expect(lines.first?.hasPrefix("continues an import that began at ") == true)
    #expect(lines.last?.hasPrefix("done: ") == true)
    #expect(try folder.lines(of: "target").sorted() == rows.sorted())
  }

  @Test("does nothing when everything is done")
  func finished() async throws {
    let (first, _) = try await importer().end()
    #expect(first.last == "done: 600 rows added, 0 were there")
    let target = try folder.lines(of: "target")
    let (second, status) = try await importer().end()
    #expect(second.last == first.last)
    #expect(status == 0)
    #expect(try folder.lines(of: "target") == target)
  }

  @Test("refuses a file that was changed after its import began, and says what to do")
  func changed() async throws {
    _ = try await importer().end()
    try folder.write(rows + ["key-601,value 601"], to: "rows")
    let (lines, status) = try await importer().end()
    #expect(status == 1)
    #expect(lines.last?.contains("was changed after its import began") == true)
    try FileManager.default.removeItem(atPath: folder.path("target.plans"))
    let (again, _) = try await importer().end()
    #expect(again.last == "done: 1 rows added, 600 were there")
  }

  @Test("is one process for each target")
  func second() async throws {
    let first = try importer("--rows-per-second", "1", "--lines-per-batch", "1")
    #expect(await first.nextLine()?.hasSuffix("of 600 batches") == true)
    let (lines, status) = try await importer().end()
    #expect(status == 1)
    #expect(lines.last?.hasPrefix("another importer works on ") == true)
    first.send(SIGINT)
    #expect(await first.end().status == 130)
  }
}
