import Foundation
import Planwright

/// What is kept of a program's standard error in one attempt.
struct KeptError: Sendable {
  /// The epoch of the attempt's lease.
  let epoch: Int
  let phase: String
  let attempt: Int
  /// The last bytes, at most 16 KiB.
  let bytes: [UInt8]

  /// The bytes as text; what is not UTF-8 is replaced.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// What `status` shows of it as JSON.
  var document: JSONValue {
    [
      "phase": .string(phase), "attempt": .integer(Int64(attempt)),
      "epoch": .integer(Int64(epoch)), "text": .string(text),
    ]
  }

  /// What `status` shows of it to people.
  var section: String {
    let lines = text.trimmingCharacters(in: .newlines).escapedLines.split(
      separator: "\n", omittingEmptySubsequences: false)
    return "standard error of \(phase), attempt \(attempt) (lease \(epoch)):\n"
      + lines.map { "  \($0)\n" }.joined()
  }
}

/// The standard error of attempts, in files of the tree's work folder.
///
/// A file for each attempt that wrote something, of a plan's latest attempts only; they are removed
/// with the folder of the tree.
extension WorkFolders {
  /// How many attempts of a plan are kept.
  static let keptAttempts = 5

  /// Keeps the standard error of an attempt, and removes that of the oldest one.
  ///
  /// Throws `WorkFolderError` when it cannot be written.
  func keep(_ error: KeptError, of plan: String, root: String) throws(WorkFolderError) {
    guard !error.bytes.isEmpty else { return }
    let top = try folder(root: root) + "/errors"
    let folder = "\(top)/\(plan)"
    try createOwn(top)
    try createOwn(folder)
    let file = "\(folder)/\(error.epoch)-\(error.phase)-\(error.attempt)"
    do { try Data(error.bytes).write(to: URL(fileURLWithPath: file), options: .atomic) } catch {
      throw WorkFolderError("writing the file '\(file)': \(error.localizedDescription)")
    }
    for old in Self.names(in: folder).dropLast(Self.keptAttempts) {
      unlink("\(folder)/\(old.name)")
    }
  }

  /// What is kept of a plan's attempts, the oldest first.
  func errors(of plan: Plan) -> [KeptError] {
    errors(of: plan.id.description, root: plan.definition.root.description)
  }

  /// What is kept of a plan's attempts, the oldest first.
  func errors(of plan: String, root: String) -> [KeptError] {
    guard let path = try? path(root), (try? self.path(plan)) != nil else { return [] }
    let folder = "\(path)/errors/\(plan)"
    return Self.names(in: folder).compactMap { entry in
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(entry.name)") else {
        return nil
      }
      return KeptError(
        epoch: entry.epoch, phase: entry.phase, attempt: entry.attempt,
        bytes: Array(data.prefix(ProgramEnding.longestErrorTail)))
    }
  }

  private typealias Entry = (name: String, epoch: Int, phase: String, attempt: Int)

  /// The files of attempts in a folder, the oldest first.
  private static func names(in folder: String) -> [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { (name) -> Entry? in
      let parts = name.split(separator: "-")
      guard parts.count == 3, let epoch = Int(parts[0]), let attempt = Int(parts[2]) else {
        return nil
      }
      return (name, epoch, String(parts[1]), attempt)
    }.sorted { $0.epoch < $1.epoch }
  }
}
