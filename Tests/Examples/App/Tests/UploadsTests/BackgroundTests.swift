import Planwright
import Testing

@testable import Uploads

@MainActor
@Suite("The app in the background", .timeLimit(.minutes(30)))
struct BackgroundTests {
  private let fixture: UploadsFixture

  init() async throws { fixture = try await UploadsFixture() }

  @Test("has closed its store, and in the foreground everything goes on")
  func background() async throws {
    let release = await fixture.server.hold()
    fixture.start()
    await fixture.model.add("cat.jpg")
    let sending = await fixture.row(.executeProcessing)
    #expect(await fixture.server.nextBegin() == "cat.jpg")

    await fixture.model.setActive(false).value
    #expect(fixture.model.problem == nil)
    // The log beside the file is copied into it and removed: nothing of the store is open.
    #expect(try fixture.files == ["plans"])
    release.finish()  // the upload ends in the background
    let waiting = Task { await fixture.model.add("dog.jpg") }
    #expect(await fixture.server.nextEnd() == "cat.jpg")
    #expect(fixture.rows == [sending])

    await fixture.model.setActive(true).value
    await waiting.value
    try #require(fixture.model.problem == nil)
    await fixture.wait { fixture.rows.map(\.status) == [.executeComplete, .executeComplete] }
    #expect(fixture.rows.map(\.title) == ["dog.jpg", "cat.jpg"])
    #expect(await fixture.server.sent == ["cat.jpg", "dog.jpg"])
  }

  @Test("is where the last call says, however fast it goes back and forth")
  func order() async throws {
    fixture.start()
    for _ in 0..<20 {
      for isActive in [false, true, false, true, true, false, true] {
        fixture.model.setActive(isActive)
      }
      await fixture.model.setActive(false).value
      #expect(try fixture.files == ["plans"])
      for isActive in [true, false, true, false] { fixture.model.setActive(isActive) }
      await fixture.model.setActive(true).value
      try #require(fixture.model.problem == nil)
      try await fixture.system.plans.read { _ in }  // waits for ever while it is suspended
    }
    await fixture.model.add("cat.jpg")
    _ = await fixture.row(.executeComplete)
    #expect(fixture.model.problem == nil)
  }

  @Test("says when its store is no longer there")
  func moved() async throws {
    fixture.start()
    await fixture.model.add("cat.jpg")
    _ = await fixture.row(.executeComplete)
    await fixture.model.setActive(false).value
    try fixture.removeStore()
    await fixture.model.setActive(true).value
    await fixture.wait { fixture.model.problem != nil }
  }
}
