// error: extra argument 'portable' in call
// error: missing arguments for parameters 'definition', 'progress' in call
// error: 'portable' is inaccessible due to 'package' protection level
// error: cannot find 'PortableForm' in scope
import Planwright

func host(_ plan: Plan) throws {
  _ = try Plan(portable: plan.portable)
  _ = PortableForm.document(of: plan)
}
