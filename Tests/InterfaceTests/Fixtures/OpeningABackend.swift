// error: 'open' is inaccessible due to 'package' protection level
import Planwright

func host(_ backend: StorageBackend) throws {
  _ = try backend.open()
}
