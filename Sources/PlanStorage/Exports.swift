// Authors of stores import `PlanStorage`; the values that the ports speak of come with it.
@_exported public import PlanDomain
