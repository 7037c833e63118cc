import Foundation

/// A program of a host in `Fixtures`, and the errors that the compiler must report for it.
///
/// The first lines of the file name the errors, one comment `// error: MESSAGE` each; a comment
/// that begins with `//   ` goes on with the message before. A file without them must compile.
struct CompileFixture {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appending(path: "Fixtures")

  /// The messages of the errors, sorted.
  let expectedErrors: [String]

  /// Where the file is.
  let path: String

  /// The fixture in the file of this name.
  init(_ name: String) throws {
    let file = Self.folder.appending(path: "\(name).swift")
    path = file.path
    var errors: [String] = []
    for line in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n") {
      if line.hasPrefix("// error: ") {
        errors.append(String(line.dropFirst("// error: ".count)))
      } else if line.hasPrefix("//   "), let last = errors.popLast() {
        errors.append("\(last) \(line.dropFirst("//   ".count))")
      } else {
        break
      }
    }
    expectedErrors = errors.sorted()
  }

  /// The names of all files in the folder, sorted.
  static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).map {
      URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent
    }.sorted()
  }
}
