import Planwright
import TestSupport
import Testing

@Suite("A worker of typed actions", .timeLimit(.minutes(30)))
struct TypedWorkerTests {
  static let secret = "hunter2"
  static let suite = "PlanwrightTests.TypedWorkerTests"

  struct Login: Codable, Sendable { var token: String }
  struct Port: Codable, Sendable { var token: Int }

  struct TokenError: Error, CustomStringConvertible {
    var description: String { "the token \(TypedWorkerTests.secret) is invalid" }
  }

  static func fail() throws { throw TokenError() }

  /// A type that refuses to be decoded and encoded, with an error of Swift that shows a value.
  struct Refusing: Codable, Sendable {
    init() {}
    init(from decoder: any Decoder) throws {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: TypedWorkerTests.secret))
    }
    func encode(to encoder: any Encoder) throws {
      throw EncodingError.invalidValue(
        TypedWorkerTests.secret,
        .init(codingPath: encoder.codingPath, debugDescription: TypedWorkerTests.secret))
    }
  }

  /// A type that refuses to be decoded and encoded, with an error of its own.
  struct Throwing: Codable, Sendable {
    init() {}
    init(from decoder: any Decoder) throws { throw TokenError() }
    func encode(to encoder: any Encoder) throws { throw TokenError() }
  }

  /// The failure that is stored of a plan whose only attempt fails.
  private static func failure<Arguments, Result>(
    of action: (TypedAction<Arguments, NoValue>) throws -> TypedAction<Arguments, Result>,
    _ redaction: FailureRedaction? = nil
  ) async throws -> Plan.Failure? {
    let token = try ArgumentDefinition(name: "token", type: .string)
    let failing = try action(
      TypedAction(
        "local/login", taking: Arguments.self, description: "Log in",
        arguments: ArgumentList([token]), retry: .never))
    let system = try PlanSystem.open(.inMemory)
    try await system.plans.write { try $0.createAction(failing.definition) }
    let worker =
      if let redaction {
        try system.worker(named: "w", actions: [failing], redaction: redaction)
      } else {
        try system.worker(named: "w", actions: [failing])
      }
    let running = Task { try await worker.run() }
    let handle = try await system.plans.use("local/login", arguments: ["token": .string(secret)])
    #expect(await asyncErrorCode { try await handle.result() } == "planErrored")
    let failure = try await handle.plan().progress.failure
    let events = try await system.plans.read { try $0.events(of: handle.id) }
    let isInEvents = events.contains { "\($0)".contains(secret) }
    #expect(isInEvents == (failure?.message.contains(secret) == true))
    worker.stop()
    try await running.value
    try system.close()
    return failure
  }

  @Test("stores of a closure's error its type and code, unless the host decides otherwise")
  func closures() async throws {
    func failing(_ action: TypedAction<Login, NoValue>) throws -> TypedAction<Login, NoValue> {
      try action.execute { _ in try Self.fail() }
    }
    let standard = try await Self.failure(of: failing)
    #expect(standard?.code == .handlerFailed)
    #expect(standard?.message == "\(Self.suite).TokenError (code 1)")
    let all = try await Self.failure(of: failing, .disabled)
    #expect(all?.message == "\(TokenError())")
    let own = try await Self.failure(of: failing, FailureRedaction { _ in "no token" })
    #expect(own?.message == "no token")
  }

  @Test("stores the path, and no value, of arguments and results that have another form")
  func forms() async throws {
    let mismatch = try await Self.failure { (action: TypedAction<Port, NoValue>) in
      try action.execute { _ in }
    }
    #expect(mismatch?.code == "notDecodable")
    #expect(mismatch?.message.contains("'arguments.token'") == true)
    #expect(mismatch?.message.contains("it is a string") == true)
    let arguments = try await Self.failure { (action: TypedAction<Refusing, NoValue>) in
      try action.execute { _ in }
    }
    #expect(arguments?.code == "notDecodable")
    #expect(arguments?.message.contains("'arguments'") == true)
    let result = try await Self.failure { (action: TypedAction<Login, NoValue>) in
      try action.execute { _ in [Refusing()] }
    }
    #expect(result?.code == "notEncodable")
    #expect(result?.message.contains("'result[0]'") == true)
    for failure in [mismatch, arguments, result] {
      #expect(failure?.message.contains(Self.secret) == false)
    }
  }

  struct Secrets: Codable, Sendable { var tokens: [String: Double] }

  @Test("stores no key of a dictionary of a result that cannot be stored, unless the host says so")
  func keys() async throws {
    func failing(_ action: TypedAction<Login, NoValue>) throws -> TypedAction<Login, Secrets> {
      try action.execute { run in Secrets(tokens: [run.arguments.token: .nan]) }
    }
    let standard = try await Self.failure(of: failing)
    #expect(standard?.code == "notEncodable")
    #expect(standard?.message.contains("'result.tokens[*]' cannot be stored") == true)
    let all = try await Self.failure(of: failing, .disabled)
    #expect(all?.message.contains("'result.tokens.\(Self.secret)' cannot be stored") == true)
  }

  @Test("stores the type and code of an error that the coding of arguments or results throws")
  func ownErrors() async throws {
    let arguments = try await Self.failure { (action: TypedAction<Throwing, NoValue>) in
      try action.execute { _ in }
    }
    let result = try await Self.failure { (action: TypedAction<Login, NoValue>) in
      try action.execute { _ in Throwing() }
    }
    for failure in [arguments, result] {
      #expect(failure?.code == .handlerFailed)
      #expect(failure?.message == "\(Self.suite).TokenError (code 1)")
    }
  }

  @Test("purges the finished plans that its options do not keep")
  func retention() async throws {
    let login = try TypedAction("local/login", taking: Login.self, description: "Log in")
      .execute { run in run.arguments.token.count }
    let system = try PlanSystem.open(.inMemory)
    try await system.plans.write { try $0.createAction(login.definition) }
    let worker = try system.worker(
      named: "w", actions: [login], options: try WorkerOptions(keepFinished: .zero))
    let plans = try await system.plans.write { transaction in
      try (0..<10).map { _ in try transaction.use(login, arguments: Login(token: "t")).id }
    }
    let running = Task { try await worker.run() }
    for id in plans {
      let handle = system.plans.handle(for: id)
      try await waitUntil("plan \(id) to be purged") {
        await asyncErrorCode { try await handle.status() } == "planNotFound"
      }
    }
    worker.stop()
    try await running.value
    try system.close()
  }
}
