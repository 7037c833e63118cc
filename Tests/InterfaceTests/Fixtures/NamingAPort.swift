// error: cannot find type 'StorageEngine' in scope
import Planwright

func host(_ engine: any StorageEngine) {}
