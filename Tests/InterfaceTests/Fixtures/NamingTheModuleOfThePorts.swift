// error: cannot find type 'PlanStorage' in scope
import Planwright

func host(_ engine: any PlanStorage.StorageEngine) {}
