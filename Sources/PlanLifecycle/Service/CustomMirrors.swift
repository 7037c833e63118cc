// The types of the host's interface that hold the store, directly or through another one. Their
// mirrors show only what is public: through its default mirror, `Mirror(reflecting: system.plans)`
// would give a host the engine, and with it writes that no transition decides.

extension PlanLifecycleService: CustomReflectable {
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension StoreMaintenance: CustomReflectable {
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension PlanWorker: CustomReflectable {
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension HandlerContext: CustomReflectable {
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension TypedAssignment: CustomReflectable {
  /// A mirror of the arguments, the previous result and the assignment.
  public var customMirror: Mirror {
    Mirror(
      self, children: ["arguments": arguments, "previous": previous, "assignment": assignment],
      displayStyle: .struct)
  }
}

extension PlanHandle: CustomReflectable {
  /// A mirror of the plan's id.
  public var customMirror: Mirror { Mirror(self, children: ["id": id], displayStyle: .struct) }
}

extension PlanEvents: CustomReflectable {
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension PlanEvents.Iterator: CustomReflectable {
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension ChangeFeed: CustomReflectable {
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension ChangeFeed.Iterator: CustomReflectable {
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
