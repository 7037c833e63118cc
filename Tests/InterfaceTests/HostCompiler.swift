import Foundation

/// The toolchain's compiler, as it compiles a program that imports `Planwright` from outside.
///
/// The modules are those that were built for these tests, so a fixture sees what a host would see
/// of the sources as they are now. No package is named: what is `package` stays out of reach.
enum HostCompiler {
  /// What the compiler said of a file.
  struct Result {
    let isCompiled: Bool
    /// The messages of the errors in the file, sorted.
    let errors: [String]
    let output: String
  }

  /// Compiles a file as far as to the checks of ownership, which come after those of types.
  ///
  /// Blocks the calling thread. Throws when the compiler cannot be started.
  static func compile(_ path: String, _ options: [String]) throws -> Result {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      command + [
        "-emit-sil", "-o", "/dev/null", "-module-name", "Fixture", "-parse-as-library",
        "-swift-version", "6", "-diagnostic-style", "llvm", "-I", modules,
        "-module-cache-path", "\(modules)/FixtureCache",
      ] + moduleMaps + options + [path]
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Result(
      isCompiled: process.terminationStatus == 0, errors: errors(in: text, of: path), output: text)
  }

  /// The messages of lines such as `PATH:LINE:COLUMN: error: MESSAGE [#GROUP]`, sorted.
  private static func errors(in output: String, of path: String) -> [String] {
    output.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("\(path):"), let mark = line.range(of: ": error: ") else { return nil }
      return String(line[mark.upperBound...]).replacing(/\ \[#\w+\]$/, with: "")
    }.sorted()
  }

  private static var command: [String] {
    #if os(macOS)
      #if arch(arm64)
        ["xcrun", "swiftc", "-target", "arm64-apple-macosx15.0"]
      #else
        ["xcrun", "swiftc", "-target", "x86_64-apple-macosx15.0"]
      #endif
    #else
      ["swiftc"]
    #endif
  }

  /// The folder of the built modules, beside the tests.
  private static var modules: String {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let tests = bundle ?? URL(fileURLWithPath: CommandLine.arguments[0])
    // One spelling: the compiler refuses a cached module that it finds by two paths.
    return tests.resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "Modules").path
  }

  /// The folders of the module maps of C libraries, which SwiftPM would hand to the compiler.
  private static var moduleMaps: [String] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return ["Adapters/CSQLite", "Adapters/CPostgreSQL/include"].flatMap {
      ["-I", root.appending(path: $0).path]
    }
  }
}
