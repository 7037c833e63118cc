/// What happens next in a run of a scenario.
enum WorkerMove: Hashable, Sendable, CustomStringConvertible {
  /// A task goes on; they are numbered by age.
  case task(Int)
  /// A unit of work is run; they are numbered by age.
  case unit(Int, ScheduledStore.Answer)
  /// The alarms of a worker that are due are run, while the store works or fails.
  case alarms(Int, isFailing: Bool = false)
  /// A handler goes on; they are numbered by age.
  case handler(Int)
  /// Something happens from outside.
  case event(WorkerScenario.Event)
  /// The time of the next alarm comes.
  case time

  var description: String {
    switch self {
    case .task(let number): "task \(number + 1) goes on"
    case .unit(let number, .commits): "unit of work \(number + 1) is committed"
    case .unit(let number, .refuses): "unit of work \(number + 1) fails before its body runs"
    case .unit(let number, .rollsBack): "unit of work \(number + 1) is rolled back"
    case .unit(let number, .breaks): "unit of work \(number + 1) cannot write"
    case .alarms(let number, false): "the alarms of worker \(number + 1) are run"
    case .alarms(let number, true): "the alarms of worker \(number + 1) are run, the store fails"
    case .handler(let number): "handler \(number + 1) goes on"
    case .event(let event): "from outside: \(event)"
    case .time: "the time of the next alarm comes"
    }
  }

  /// Whether the store fails.
  var isFault: Bool {
    switch self {
    case .unit(_, let answer): answer != .commits
    case .alarms(_, let isFailing): isFailing
    case .task, .handler, .event, .time: false
    }
  }
}
