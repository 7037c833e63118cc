import Foundation
import Planwright
import Testing

@testable import planctl

@Suite("The page of planctl report as XML")
struct WellFormedTests {
  @Test("is well-formed, whatever the plans contain")
  func page() async throws {
    let store = try await OpenStore()
    let text = "<a b=\"c\">'&amp; ]]> <!-- \u{1B}[31m\u{1}\u{FFFE}\u{2028}"
    let id = try Plan.ID(try await store.store.use("--automation", "auto", "--arg", "text=\(text)"))
    let children = try store.spawn(id, ["one", "two"])
    try store.fail(children[0], "no <disk> & \"none\"\n\u{9B}2J")
    try store.complete(children[1], phases: 3)
    let page = await store.store.text("report", "\(id)", "--html", "-").text
    #expect(page.contains("no &lt;disk&gt;"))
    #expect(try MarkupCheck(page).elements > 50)
  }

  @Test(
    "is checked by a parser that refuses what XML refuses",
    arguments: [
      "<a>", "<a></b>", "<a><b></a></b>", "<a b=c></a>", "<a b></a>", "<a>&nbsp;</a>", "<a>&</a>",
      "<a b=\"<\"></a>", "<a></a><b></b>", "<a></a>x", "<a>\u{1}</a>", "<meta a=\"b\"><a></a>",
    ])
  func refused(page: String) {
    #expect(throws: MarkupCheck.Fault.self) { try MarkupCheck("<!DOCTYPE html>\n" + page) }
  }
}

/// Checks that a page is well-formed XML: elements are closed, attributes quoted, references known.
private struct MarkupCheck {
  struct Fault: Error {
    let reason: String
    let line: Int
  }
  /// The number of elements.
  private(set) var elements = 0
  private var open: [String] = []
  private var rest: Substring
  private var line: Int {
    page.utf8.count(where: { $0 == 10 }) - rest.utf8.count(where: { $0 == 10 }) + 1
  }
  private let page: String

  init(_ page: String) throws {
    self.page = page
    rest = page[...]
    try require(rest.hasPrefix("<!DOCTYPE html>\n"), "no document type")
    rest = rest.dropFirst(16)
    while let next = rest.firstIndex(of: "<") {
      try check(text: rest[..<next])
      rest = rest[next...]
      try readTag()
    }
    try check(text: rest)
    try require(open.isEmpty && elements > 0, "'\(open.last ?? "")' is not closed")
  }

  private func require(_ condition: Bool, _ reason: String) throws {
    guard condition else { throw Fault(reason: reason, line: line) }
  }

  private func check(text: Substring) throws {
    try require(!open.isEmpty || text.allSatisfy(\.isWhitespace), "text outside of the root")
    try check(characters: text)
  }

  private func check(characters: Substring) throws {
    for scalar in characters.unicodeScalars {
      let isAllowed =
        scalar.value >= 0x20
        ? ![0xFFFE, 0xFFFF].contains(scalar.value) : "\n\t".unicodeScalars.contains(scalar)
      try require(isAllowed, "the character \(scalar.value) is not allowed")
    }
    for part in characters.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
      try require(
        part.prefixMatch(of: /(amp|lt|gt|quot|apos|#[0-9]+);/) != nil, "unknown reference &\(part)")
    }
  }

  private mutating func readTag() throws {
    if let match = rest.prefixMatch(of: /<\/([a-z0-9]+)>/) {
      try require(open.popLast() == String(match.output.1), "'\(match.output.1)' is not open")
      rest = rest[match.range.upperBound...]
      return
    }
    let tag = rest.prefixMatch(of: /<([a-z][a-z0-9]*)((?:\s+[A-Za-z:-]+="[^"<]*")*)\s*(\/?)>/)
    guard let tag else { throw Fault(reason: "no tag: \(rest.prefix(80))", line: line) }
    try check(characters: tag.output.2)
    try require(!open.isEmpty || elements == 0, "a second root")
    elements += 1
    if tag.output.3.isEmpty { open.append(String(tag.output.1)) }
    rest = rest[tag.range.upperBound...]
  }
}
