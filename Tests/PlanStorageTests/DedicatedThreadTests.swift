import TestTraits
import Testing

// Without the trait, these run on the threads of Swift's tasks, and others wait for them.
@Suite("A test on a thread of its own", .dedicatedThread)
struct DedicatedThreadTests {
  @Test("stays on it when it computes or blocks") func synchronous() {
    #expect(DedicatedThreadTrait.isInUse)
  }

  @Test("returns to it after an await, with the tasks of its groups")
  func asynchronous() async {
    await Task.yield()
    #expect(DedicatedThreadTrait.isInUse)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 { group.addTask { DedicatedThreadTrait.isInUse } }
      for await isInUse in group { #expect(isInUse) }
    }
  }

  @Test("does not move unstructured tasks to it")
  func others() async {
    #expect(await !Task.detached { DedicatedThreadTrait.isInUse }.value)
  }
}
