// Tests of every module move the same clock.
@_exported public import class PlanwrightTesting.ManualTime
