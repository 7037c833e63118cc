import Planwright
import TestTraits
import Testing

// `Planwright` is imported so that its modules are built before the fixtures need them.
@Suite("What a host can write", .dedicatedThread)
struct InterfaceTests {
  /// The programs that a host must not be able to write; each file says which error it gets.
  static let refused = [
    "CallingATransactionAfterItsClosure", "CapturingATransactionInATask",
    "CompletingWithoutAToken", "MakingABackend", "MakingAService", "NamingAPort", "NamingAnEngine",
    "NamingTheModuleOfThePorts", "OpeningABackend", "ReachingTheEngine", "ReturningASnapshot",
    "ReturningATransaction", "StoringASnapshot", "StoringATransaction", "UsingThePortableForm",
    "UsingTheRulesOfStores",
  ]

  /// Hosts are compiled with and without the feature that hides members of modules not imported.
  static let options = [[], ["-enable-upcoming-feature", "MemberImportVisibility"]]

  @Test(
    "A program that misuses the interface does not compile, for the reason it names",
    arguments: refused, options)
  func refusal(name: String, options: [String]) throws {
    let fixture = try CompileFixture(name)
    try #require(!fixture.expectedErrors.isEmpty, "\(name) names no error")
    let result = try HostCompiler.compile(fixture.path, options)
    #expect(!result.isCompiled)
    #expect(result.errors == fixture.expectedErrors, "\(result.output)")
  }

  @Test("A program that keeps to the interface compiles", arguments: options)
  func control(options: [String]) throws {
    let fixture = try CompileFixture("HostProgram")
    try #require(fixture.expectedErrors.isEmpty)
    let result = try HostCompiler.compile(fixture.path, options)
    #expect(result.isCompiled, "\(result.output)")
  }

  @Test("Every file in the folder of fixtures is compiled by a test")
  func complete() throws {
    #expect(try CompileFixture.names() == (Self.refused + ["HostProgram"]).sorted())
  }
}
