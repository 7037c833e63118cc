import Planwright

/// The work of the service: counting the words of a text.
struct Job: Codable, Equatable {
  let text: String
  /// The time that the work takes; a stand-in for something slow.
  let seconds: Int
}

/// The result of a job.
struct WordCount: Codable, Equatable {
  let words: Int
}

extension Job {
  /// The action of jobs.
  static func action() throws -> TypedAction<Job, WordCount> {
    try TypedAction("service/job", taking: Job.self, description: "Count the words of {text}")
      .execute { run in
        try await Task.sleep(for: .seconds(run.arguments.seconds))  // cancelled after the grace
        return WordCount(words: run.arguments.text.split(separator: " ").count)
      }
  }
}
