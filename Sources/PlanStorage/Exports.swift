// An author of a store imports only `PlanStorage`; the ports use the values of `PlanDomain`.
@_exported public import PlanDomain
