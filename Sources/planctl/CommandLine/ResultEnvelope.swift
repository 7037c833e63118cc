import Planwright

/// The JSON document that a command prints with `--json`, the same for results and errors.
struct ResultEnvelope: Sendable {
  let command: String
  let result: CommandResult
  let started: Timestamp
  let duration: Duration

  var document: JSONValue {
    [
      "command": .string(command),
      "status": .string(result.status.word),
      "exitCode": .integer(Int64(result.status.number)),
      "data": result.data,
      "timing": [
        "started": .string(started.description),
        "durationMilliseconds": .integer(Int64(duration / .milliseconds(1))),
      ],
      "messages": .array(result.messages.map { .string($0) }),
    ]
  }
}
