/// Where a schedule departs from the usual order: which of the possible moves is taken there.
package struct Deviation: Hashable, Sendable, CustomStringConvertible {
  /// The number of moves taken before, while the schedule decides.
  package let step: Int
  /// The number of the move among those that are possible; 0 is the usual one.
  package let option: Int

  /// Creates a deviation.
  package init(step: Int, option: Int) {
    self.step = step
    self.option = option
  }

  /// Reads deviations as they are described, separated by commas; nil when they are not.
  package static func list(_ text: String) -> [Deviation]? {
    var list: [Deviation] = []
    for part in text.split(separator: ",") {
      let numbers = part.split(separator: ":").compactMap { Int($0) }
      guard numbers.count == 2 else { return nil }
      list.append(Deviation(step: numbers[0], option: numbers[1]))
    }
    return list
  }

  /// The step and the option.
  package var description: String { "\(step):\(option)" }
}
