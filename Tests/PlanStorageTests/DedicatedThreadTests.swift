import TestTraits
import Testing

// Without the trait, these run on the threads of Swift's tasks, and others wait for them.
@Suite("A test on a thread of its own", .dedicatedThread)
struct DedicatedThreadTests {
  @Test("is there when it computes or blocks") func synchronous() {
    #expect(DedicatedThreadTrait.isInUse)
  }

  @Test("is there after it has waited, with the tasks of its groups")
  func asynchronous() async {
    await Task.yield()
    #expect(DedicatedThreadTrait.isInUse)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 { group.addTask { DedicatedThreadTrait.isInUse } }
      for await isInUse in group { #expect(isInUse) }
    }
  }

  @Test("leaves tasks that it starts where they belong")
  func others() async {
    #expect(await !Task.detached { DedicatedThreadTrait.isInUse }.value)
  }
}
