import TestSupport
import TestTraits
import Testing

@Suite("A SQLite store whose disk fails or whose process is killed", .dedicatedThread)
struct CrashTests {
  // After SQLite's own anomaly tests: I/O errors once and for ever, and the power going, at one
  // operation after the other.
  @Test("survives a disk that fails at any operation, and a loss of power")
  func failingDisk() throws {
    let stride = Rounds.isShort ? 31 : Rounds.isLong ? 3 : 11
    let process = try TestProcess("disk", "--stride", "\(stride)")
    let lines = process.lines()
    #expect(lines.last?.hasSuffix("none fatal") == true && process.status == 0, "\(lines)")
  }

  // What shows that the test above can fail: a commit that does not wait for the disk.
  @Test("that acknowledges what the disk does not have fails the same rounds")
  func strictDisk() throws {
    let process = try TestProcess("disk", "--stride", "3", "--strict")
    let lines = process.lines()
    #expect(lines.last?.hasSuffix("none fatal") == false && process.status == 1, "\(lines)")
    #expect(lines.contains { $0.contains("power loss at operation") })
  }

  @Test("loses no acknowledged unit of work when its process is killed, and holds only whole ones")
  func killed() throws {
    let process = try TestProcess("kill", "--rounds", "\(Rounds.scaled(20, long: 60))")
    let lines = process.lines()
    #expect(process.status == 0 && lines.last?.hasSuffix("none lost") == true, "\(lines)")
  }

  @Test("gives readers of its feed every event once, in order, however often they are killed")
  func feed() throws {
    let process = try TestProcess("feed", "--rounds", "\(Rounds.scaled(40, long: 1_000))")
    let lines = process.lines()
    let isRight = lines.last?.hasSuffix("each given once and in order") == true
    #expect(process.status == 0 && isRight, "\(lines)")
  }

  // What shows that the test above can fail.
  @Test("shows when a reader resumes from an older cursor")
  func forgetfulReaders() throws {
    var (isShown, lines) = (false, [String]())
    // A reader must be killed between an event and the next cursor, which a few rounds can miss.
    for _ in 0..<20 where !isShown {
      let process = try TestProcess("feed", "--rounds", "\(Rounds.scaled(20))", "--forgetful")
      lines = process.lines()
      isShown = process.status == 1 && lines.last?.contains("was given") == true
    }
    #expect(isShown, "\(lines)")
  }
}
