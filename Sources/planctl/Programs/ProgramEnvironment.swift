import Planwright

/// The environment variables that a program gets about its assignment.
enum ProgramEnvironment {
  /// What the names of the variables begin with that hold arguments.
  private static let prefix = "PLANWRIGHT_ARG_"
  /// The longest variable that systems accept, in bytes, with its name and the zero byte at its end.
  private static let longestVariable = 128 << 10
  /// How many bytes all arguments may have together: systems limit the whole environment.
  private static let largestSum = 512 << 10

  /// The variable that holds an argument.
  static func variable(of argument: String) -> String {
    prefix + argument.uppercased().replacing("-", with: "_")
  }

  /// The arguments as variables: texts as they are, other values as JSON.
  ///
  /// Leaves out what no program could be started with, so that it is in the document only: values
  /// that are too long, or contain a NUL character.
  static func variables(of arguments: JSONObject) -> [String: String] {
    var left = largestSum
    var variables: [String: String] = [:]
    for (name, value) in arguments {
      let (variable, text) = (variable(of: name), value.stringValue ?? value.serialized())
      let bytes = variable.utf8.count + text.utf8.count + 2
      guard bytes <= min(left, longestVariable), !text.utf8.contains(0) else { continue }
      left -= bytes
      variables[variable] = text
    }
    return variables
  }

  /// The variables that programs inherit: those of planctl without arguments of other plans.
  static func inherited(_ environment: [String: String]) -> [String: String] {
    environment.filter { !$0.key.hasPrefix(prefix) }
  }
}
