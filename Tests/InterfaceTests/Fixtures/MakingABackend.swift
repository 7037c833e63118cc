// error: extra trailing closure passed in call
import Planwright

struct Failure: Error {}

func host() -> StorageBackend {
  StorageBackend("tape:x") { throw Failure() }
}
