import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("planctl report")
struct ReportTests {
  private let hostile = """
    <script>alert(1)</script>"onload='x' &amp; <!-- --> ]]> \u{202E}txt\u{2066}\u{1B}[31m\u{9B}\u{2028}
    """

  private func report(_ store: OpenStore, _ id: Plan.ID) throws -> TreeReport {
    let reference = try PlanReference("\(id)")
    let now = Timestamp(date: Date())
    return try store.system.plans.readBlocking { try TreeReport(reference, in: $0, at: now) }
  }

  @Test("sums a tree up as text: counts, failures and the next command")
  func text() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let children = try store.spawn(id, ["one", "two"])
    try store.fail(children[0], "no disk")
    let text = await store.store.text("report", "\(id)").text
    #expect(text.contains("plans        3: 1 failed"), "\(text)")
    #expect(text.contains("one (\(children[0])): broken: no disk"), "\(text)")
    #expect(text.contains("planctl retry \(children[0])"))
    let (status, document) = try await store.store.json("report", "\(id)")
    #expect(status == 0 && document["data"]?["counts"]?["failed"] == 1)
    #expect(document["data"]?["failures"]?.arrayValue?.count == 1)
    #expect(await store.store.text("report", "7ZZZZZZZ").status == 3)
    #expect(await store.store.text("report", "\(id)", "--html=").status == 2)
  }

  @Test("writes one page without script and without anything from elsewhere")
  func page() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let children = try store.spawn(id, ["one", "two"])
    try store.fail(children[0], "no disk")
    try store.complete(children[1], phases: 3)
    try store.complete(id, phases: 2)
    let path = "\(store.store.fixture.folder)/report.html"
    let (status, text) = await store.store.text("report", "\(id)", "--html", path)
    #expect(status == 0 && text == "\(path.escaped): 3 plans: 1 failed, 2 done\n", "\(text)")
    let page = try String(contentsOfFile: path, encoding: .utf8)
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    for part in [
      "Summary", "Failures", "Timeline", "Plans", "Events: ", "broken: no disk", "apply/applied",
      "<rect class=\"processing\"", "<rect class=\"error\"", "<rect class=\"waiting\"",
      "prefers-color-scheme: dark", "width=device-width",
    ] { #expect(page.contains(part), "\(part)") }
    #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("@import"))
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("url("))
    let printed = await store.store.text("report", "\(id)", "--html", "-")
    #expect(printed.status == 0 && printed.text.hasPrefix("<!DOCTYPE html>"))
    #expect(printed.text.hasSuffix("</html>\n") && printed.text.contains("broken: no disk"))
  }

  @Test("escapes everything foreign, in texts and in attributes")
  func escaping() async throws {
    let store = try await OpenStore()
    let hostile = hostile
    let definition = try ActionDefinition(
      name: "local/hostile", description: "{text}", definitionOfDone: "{text}",
      actors: Actors(strategy: "<b>", execution: "a\"b"),
      arguments: try ArgumentList([ArgumentDefinition(name: "text", type: .string)]))
    let id = try store.system.plans.writeBlocking { transaction in
      try transaction.createAction(definition)
      return try transaction.use(
        PlanUse(
          action: "local/hostile", arguments: ["text": .string(hostile)],
          projects: [ProjectUse(name: "<i>'\"")], labels: ["<u>": "\"><script>"],
          createdBy: hostile)
      ).id
    }
    try store.claim(id) {
      try $0.fail(
        $1,
        try Plan.Failure(
          code: "<x>", message: hostile, detail: ["<y>": .string(hostile)], isRetryable: false))
    }
    try store.system.plans.writeBlocking {
      try $0.retry(id, by: hostile, note: hostile)
    }
    try store.claim(id) { try $0.complete($1, result: ["<z>": .string(hostile)]) }
    var report = try report(store, id)
    report.programErrors[id] = [
      KeptError(
        epoch: 2, phase: "execute", attempt: 2, bytes: Array("line 1\nline 2 \(hostile)".utf8))
    ]
    let page = ReportPage(report).html
    #expect(page.contains("standard error of execute, attempt 2"))
    #expect(page.contains("line 1\nline 2 &lt;script&gt;"))
    for foreign in ["<script", "<b>", "<i>", "<u>", "<x>", "<y>", "<z>", "<!-- -->", "onload='"] {
      #expect(!page.contains(foreign), "\(foreign)")
    }
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;onload=&#39;x&#39;"))
    let controls: [Unicode.Scalar] = ["\u{202E}", "\u{2066}", "\u{1B}", "\u{9B}", "\u{2028}"]
    #expect(!page.unicodeScalars.contains { controls.contains($0) })
    #expect(page.contains("\\u{202E}txt"))
  }

  @Test("is bounded for ten thousand plans, and says what is left out")
  func bounded() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let children = try store.spawn(id, (1...10_000).map { Key(stringLiteral: "c\($0)") })
    try store.system.plans.writeBlocking { transaction in
      // The least urgent of all.
      try transaction.cancel(children[0], reason: "x")
    }
    try store.fail(children[2], "no disk")
    let report = try report(store, id)
    #expect(report.plans.count == TreeReport.largestPlanCount && report.counts.total == 10_001)
    #expect(report.failures.map(\.id) == [children[2]])
    #expect(report.plans[0].id == id && !report.plans.contains { $0.id == children[0] })
    let page = ReportPage(report).html
    #expect(page.utf8.count < 4 << 20, "\(page.utf8.count)")
    #expect(page.contains("9001 of 10001 plans are counted, but not shown"))
    #expect(report.text.contains("9001 of 10001"))
  }

  @Test("cuts long arguments and results, and says so")
  func longDocuments() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let long = JSONValue.array((0..<100_000).map { .string("element \($0)") })
    try store.claim(id) { try $0.complete($1, result: long) }
    let page = ReportPage(try report(store, id)).html
    #expect(page.contains("element 17") && !page.contains("element 99999"))
    #expect(page.utf8.count < 200_000 && page.contains("1 long arguments and results are cut"))
  }

  @Test("replaces a file as a whole, follows a link, and leaves nothing behind when it cannot")
  func files() throws {
    let folder = try ScratchDirectory()
    let path = folder.path("page")
    for text in ["first", "second", ""] {
      try AtomicFile.write(text, to: path)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: path)
    try AtomicFile.write("third", to: folder.path("link"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "third")
    for (place, reason) in [
      (folder.path("none/page"), "No such file"), ("/dev/null", "is not a file"),
      (folder.path(""), "is not a file"),
    ] {
      let error = #expect(throws: CommandError.self) { try AtomicFile.write("x", to: place) }
      #expect(error?.description.contains(reason) == true, "\(place) \(error as Any)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(""))
    #expect(names.sorted() == ["link", "page"])
  }
}

@Suite("What a report computes")
struct ReportPartTests {
  @Test("previews a document at most up to its limit, whatever it contains")
  func previews() throws {
    let value = try JSONValue(parsing: #"{"a": [1, {"b": "x\ny"}], "c": {}, "d": [], "e": null}"#)
    let whole = JSONPreview(value, limit: 1_000)
    #expect(!whole.isCut)
    #expect(whole.text == value.pretty())
    for limit in 0...whole.text.count {
      let part = JSONPreview(value, limit: limit)
      #expect(part.text.count <= limit + 1 && part.isCut == (limit < whole.text.count))
    }
    let long = JSONPreview(.string(String(repeating: "é", count: 5_000)), limit: 100)
    #expect(long.isCut && long.text.count <= 101)
  }

  @Test("computes from the events how long a plan was queued, processed and waiting")
  func timeline() throws {
    let fixture = try WatchLayoutTests.Fixture()
    let id = try fixture.use()
    /// Claims the plan after a number of seconds, and gives its outcome after another number.
    func work(
      _ wait: Int, _ work: Int,
      _ body: @escaping @Sendable (borrowing PlanTransaction, LeaseToken) throws -> Void
    ) throws {
      fixture.test.time.advance(by: .seconds(wait))
      let token = try fixture.test.plans.writeBlocking {
        try #require(try $0.claim(id, owner: "worker", leaseFor: .seconds(600)).leaseToken)
      }
      fixture.test.time.advance(by: .seconds(work))
      try fixture.test.plans.writeBlocking { try body($0, token) }
    }
    try work(1, 2) { try $0.complete($1) }
    try work(3, 4) { try $0.spawn($1, Spawn([ChildSpec(key: "one", action: "local/test")])) }
    fixture.test.time.advance(by: .seconds(5))
    let child = try fixture.test.plans.readBlocking { try $0.children(of: id)[0].id }
    for _ in 0..<3 { try fixture.claim(child) { try $0.complete($1) } }
    try work(6, 7) { try $0.complete($1) }
    let (plan, events) = try fixture.test.plans.readBlocking {
      (try $0.plan(id), try $0.events(of: id))
    }
    let end = fixture.test.time.now().adding(.seconds(8))
    let segments = Timeline(of: plan, events, at: end).segments
    for (kind, seconds) in [
      (Timeline.Kind.queued, 1 + 3 + 6 + 8), (.processing, 2 + 4 + 7), (.waiting, 5),
      (.approval, 0),
    ] {
      let lengths = segments.filter { $0.kind == kind }.map { $0.end.since($0.start) }
      #expect(lengths.reduce(.zero, +) == .seconds(seconds), "\(kind)")
    }
    for (segment, next) in zip(segments, segments.dropFirst()) {
      #expect(segment.end <= next.start)
    }
    #expect(segments.last?.isOpen == true && segments.last?.end == end)
    #expect(segments.filter(\.hasFailed).isEmpty)
  }

  @Test("marks attempts that failed, and has no negative times after the clock was set back")
  func failures() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    try store.fail(id, "x")
    let (plan, events) = try store.system.plans.readBlocking {
      (try $0.plan(id), try $0.events(of: id))
    }
    let segments = Timeline(of: plan, events, at: Timestamp(microseconds: 0)).segments
    #expect(segments.map(\.hasFailed) == [false, true])
    #expect(segments.allSatisfy { $0.end >= $0.start })
  }
}
