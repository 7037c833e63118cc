import PlanDomain
import TestSupport
import Testing

@Suite("Names and short texts")
struct NameTests {
  @Test(
    "An action's name has a namespace, local if it has none",
    arguments: [
      ("release", "local/release"), ("team/release", "team/release"), ("A/b", "A/b"),
      ("0-_/9-_", "0-_/9-_"), (String(repeating: "a", count: 122), nil),
    ] as [(String, String?)])
  func accepted(text: String, whole: String?) throws {
    let name = try ActionName(text)
    #expect(name.description == whole ?? "local/\(text)")
    #expect("\(name.namespace)/\(name.name)" == name.description)
    #expect(try ActionName(namespace: name.namespace, name: name.name) == name)
  }

  @Test(
    "An action's name is refused with anything but letters, digits, _ and -",
    arguments: [
      "", "/", "a/", "/a", "a/b/c", "-a", "_a", "a/-b", "a b", "a\0", "a;DROP TABLE plan", "é",
      "a/☃", "a.b", "a/b\n", "\u{202E}a", "٣", String(repeating: "a", count: 123),
      "ns/" + String(repeating: "a", count: 126), "a/b'--", "ａ",
    ])
  func refused(text: String) {
    #expect { try ActionName(text) } throws: { error in
      PlanError.Code.invalidActionName ~= error
    }
  }

  @Test("The case of an action's name counts")
  func caseCounts() throws {
    #expect(ActionName("Local/x") != ActionName("local/x"))
    #expect(ActionName("a/b") < ActionName("a/c"))
  }

  @Test(
    "A short text is printable ASCII of limited length",
    arguments: ["", "é", "a\nb", "\0", "☃", "\u{7F}", String(repeating: "x", count: 257)])
  func shortTexts(text: String) throws {
    #expect(errorCode { try Key(text) } == "invalidText")
    #expect(errorCode { try LeaseOwner(text) } == "invalidText")
    #expect(errorCode { try ProjectName(text) } == "invalidText")
    #expect(errorCode { try Action.Tag(text) } == "invalidText")
    #expect(errorCode { try ActorName(text) } == "invalidText")
    #expect(Key(" '; DROP TABLE--{x}~").description == " '; DROP TABLE--{x}~")
    #expect(Key("a") < Key("b"))
  }

  @Test("Automation has three presets and no fall-back")
  func automation() throws {
    #expect(try Automation(preset: "manual") == .manual)
    #expect(try Automation(preset: "review") == .review)
    #expect(try Automation(preset: "auto") == .auto)
    #expect(throws: PlanError.unknownAutomation(name: "Auto")) { try Automation(preset: "Auto") }
    // Only what may be a misspelt preset is quoted.
    for text in ["s3cr3t-VALUE", "a long text of words", String(repeating: "a", count: 1_000_000)] {
      #expect {
        try Automation(preset: text)
      } throws: { error in
        "\(error)" == "There is no such automation; choose manual, review or auto."
      }
    }
  }

  @Test("The seventeen statuses are all there is, and come back from their texts")
  func statuses() {
    #expect(PlanStatus.allCases.count == 17)
    for status in PlanStatus.allCases {
      #expect(PlanStatus(status.description) == status)
      #expect(PlanStatus(status.phase, status.state) == status)
    }
    #expect(PlanStatus(.strategize, .waiting) == nil && PlanStatus(.execute, .applied) == nil)
    #expect(PlanStatus("strategize/applied") == nil && PlanStatus("") == nil)
    #expect(PlanStatus.allCases.filter(\.isSettled).count == 10)
  }
}
