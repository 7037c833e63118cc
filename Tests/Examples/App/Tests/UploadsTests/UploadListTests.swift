import Planwright
import Testing

@testable import Uploads

@MainActor
@Suite("The list of uploads", .timeLimit(.minutes(30)))
struct UploadListTests {
  private let fixture: UploadsFixture

  init() async throws { fixture = try await UploadsFixture() }

  @Test("shows an upload from its beginning to its end, which the user decides")
  func story() async throws {
    fixture.start()
    await fixture.model.add("cat.jpg")
    let draft = await fixture.row(.executeComplete)
    #expect(draft.title == "cat.jpg")
    #expect(draft.canPublish && !draft.canRetry && draft.canCancel)
    #expect(await fixture.server.published == [])
    await fixture.model.publish(draft)
    let done = await fixture.row(.applyApplied)
    #expect(!done.canPublish && !done.canRetry && !done.canCancel)
    #expect(await fixture.server.published == ["draft of cat.jpg"])
    #expect(fixture.model.problem == nil)
  }

  @Test("shows what is stored at the start, and the newest first")
  func order() async throws {
    for name in ["a", "b", "c"] { await fixture.model.add(name) }
    #expect(fixture.rows.isEmpty)
    fixture.start()
    await fixture.wait {
      fixture.rows.count == 3 && fixture.rows.allSatisfy { $0.status == .executeComplete }
    }
    #expect(fixture.rows.map(\.title) == ["c", "b", "a"])
    await fixture.model.add("d")
    await fixture.wait { fixture.rows.count == 4 }
    #expect(fixture.rows.map(\.title) == ["d", "c", "b", "a"])
  }

  @Test("shows why an upload failed, and the user has it tried again")
  func retry() async throws {
    await fixture.server.failNext(1)
    fixture.start()
    await fixture.model.add("cat.jpg")
    let failed = await fixture.row(.executeErrored)
    #expect(failed.failure == "too large" && failed.canRetry)
    await fixture.model.retry(failed)
    #expect(await fixture.row(.executeComplete).failure == nil)
    #expect(await fixture.server.sent == ["cat.jpg"])
  }

  @Test("goes on at the next start with what was not finished")
  func restart() async throws {
    let release = await fixture.server.hold()
    fixture.start()
    await fixture.model.add("cat.jpg")
    _ = await fixture.row(.executeProcessing)
    await fixture.stop()
    #expect(await fixture.server.sent == [])
    release.finish()
    fixture.start()
    _ = await fixture.row(.executeComplete)
    #expect(await fixture.server.sent == ["cat.jpg"])
  }

  @Test("takes back what the user cancels, also while it is sent")
  func cancellation() async throws {
    let release = await fixture.server.hold()
    fixture.start()
    await fixture.model.add("cat.jpg")
    await fixture.model.cancel(await fixture.row(.executeProcessing))
    _ = await fixture.row(.executeCancelled)
    release.finish()
    #expect(fixture.model.problem == nil)
  }

  @Test("refuses a command about a row that has changed, and says so")
  func staleCommand() async throws {
    fixture.start()
    await fixture.model.add("cat.jpg")
    let draft = await fixture.row(.executeComplete)
    await fixture.model.publish(draft)
    _ = await fixture.row(.applyApplied)
    await fixture.model.publish(draft)
    #expect(fixture.model.problem?.contains("version") == true)
    #expect(await fixture.server.published.count == 1)
  }

  @Test("no longer shows what was removed")
  func removal() async throws {
    let fixture = try await UploadsFixture(keepFinished: .zero)
    fixture.start()
    await fixture.model.add("cat.jpg")
    await fixture.model.publish(await fixture.row(.executeComplete))
    await fixture.wait { fixture.rows.isEmpty }
    #expect(await fixture.server.published.count == 1)
  }
}
