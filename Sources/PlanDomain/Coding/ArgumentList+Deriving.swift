extension ArgumentList {
  /// Derives the list of an action whose arguments are the members of this type.
  ///
  /// Runs the type's `init(from:)` with sample values and records what it asks for: 0, "0", true,
  /// and arrays of one element if that accepts a sample. An optional property, and one that is
  /// decoded with `decodeIfPresent`, becomes an optional argument without a default. Integers have
  /// the range of their type. A `Date` is a number, a `UUID`, a `URL` and `Data` are strings,
  /// arrays and sets are lists, dictionaries and structures are objects. Let an enumeration of
  /// cases without values conform to `CaseIterable`: its first case is then the sample.
  ///
  /// An `init(from:)` that stops the program for such values stops it here as well, for example one
  /// that takes the second element of an array without looking. Give the list of such a type.
  ///
  /// ```swift
  /// struct Release: Codable { let version: String, notes: String? }
  /// let list = try ArgumentList(of: Release.self)  // version, and optionally notes
  /// ```
  ///
  /// - Throws: ``PlanError/Code/argumentsNotDerivable`` for a type that is not an object with known
  ///   members, such as a dictionary, and for a member that is not optional and whose type refuses
  ///   all sample values; ``PlanError/Code/invalidArgumentDefinition`` for a member whose name is
  ///   not valid for arguments.
  public init<Arguments: Decodable>(of type: Arguments.Type) throws(PlanError) {
    let record: ArgumentRecord
    // An element that refuses all samples is no reason to refuse the array.
    do { record = try .made(by: type, filled: SampleElements.maxFilled) } catch {
      record = try .made(by: type, filled: 0)
    }
    var definitions: [ArgumentDefinition] = []
    for member in record.members { definitions.append(try member.definition(in: "\(type)")) }
    try self.init(definitions)
  }
}

extension ArgumentRecord {
  /// Decodes a type and records what it asks for; of arrays inside each other, the outer `filled`
  /// have an element.
  fileprivate static func made<Arguments: Decodable>(
    by type: Arguments.Type, filled: Int
  ) throws(PlanError) -> ArgumentRecord {
    let record = ArgumentRecord()
    do {
      _ = try Arguments(from: ArgumentRecorder(record: record, filled: filled))
    } catch let refusal as SampleRefusal {
      throw .argumentsNotDerivable(
        "\(type)", argument: refusal.argument, reason: refusal.reason)
    } catch {
      throw .argumentsNotDerivable(
        "\(type)", argument: nil,
        reason: record.refusal?.reason ?? "its init(from:) refuses sample values")
    }
    if let refusal = record.refusal {
      throw .argumentsNotDerivable(
        "\(type)", argument: refusal.argument, reason: refusal.reason)
    }
    return record
  }
}

/// What a type asked for while it was decoded.
final class ArgumentRecord {
  /// The members, in the order of the first request for each.
  private(set) var members: [MemberRecord] = []
  /// The reason why the list cannot be derived although the type was decoded.
  var refusal: SampleRefusal?

  /// The record of this member, which is added when it is new.
  func member(_ key: any CodingKey) -> MemberRecord {
    let name = key.stringValue
    if let found = members.first(where: { $0.name.hasSameBytes(as: name) }) { return found }
    let member = MemberRecord(name: name)
    members.append(member)
    return member
  }
}

/// What a type asked for where it decoded one member.
final class MemberRecord {
  let name: String
  var isOptional = false
  private var type: ArgumentType?
  private var minimum: JSONValue?
  private var maximum: JSONValue?

  init(name: String) { self.name = name }

  /// Whether the type of the member's values is known.
  var isTyped: Bool { type != nil }

  /// Notes the type of the member's values; only the first type counts.
  func note(_ type: ArgumentType) {
    if self.type == nil { self.type = type }
  }

  /// Notes that the member is an integer of this type.
  func note<I: FixedWidthInteger>(_ integer: I.Type) {
    guard type == nil else { return }
    type = .integer
    if let least = Int64(exactly: I.min), least > .min { minimum = .integer(least) }
    if let most = Int64(exactly: I.max), most < .max { maximum = .integer(most) }
  }

  /// The definition of the argument.
  func definition(in owner: String) throws(PlanError) -> ArgumentDefinition {
    guard let type else {
      throw .argumentsNotDerivable(
        owner, argument: name, reason: "its value was not decoded, so that its type is unknown")
    }
    return try ArgumentDefinition(
      name: name, type: type, requirement: isOptional ? .optional(default: nil) : .required,
      minimum: minimum, maximum: maximum)
  }
}

/// The reason why a type cannot be decoded from sample values.
struct SampleRefusal: Error {
  var argument: String?
  let reason: String
}
