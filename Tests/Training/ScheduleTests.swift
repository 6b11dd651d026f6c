import Testing
import Training

/// Rates worked out from Keras's formulas; Tests/Interop holds whole runs against Keras itself.
@Suite struct ScheduleTests {
  @Test func aConstantRateFollowsTheWarmUp() {
    let schedule = LearningRateSchedule(base: 0.4, warmup: 4)
    #expect((0..<6).map { schedule.rate(at: $0, of: 100) } == [0, 0.1, 0.2, 0.4 * 0.75, 0.4, 0.4])
  }

  @Test func stepsCountFromTheEndOfTheWarmUp() {
    let schedule = LearningRateSchedule(base: 8, .step(every: 2, rate: 0.5), warmup: 1)
    #expect((0..<6).map { schedule.rate(at: $0, of: 6) } == [0, 8, 8, 4, 4, 2])
  }

  @Test func aCosineEndsAtZero() {
    let schedule = LearningRateSchedule(base: 2, .cosine, warmup: 2)
    let rates = (0...10).map { schedule.rate(at: $0, of: 10) }
    #expect(rates[..<3] == [0, 1, 2])
    #expect(abs(rates[6] - 1) < 1e-15)
    #expect(abs(rates[10]) < 1e-15)
    #expect(zip(rates[2...], rates[3...]).allSatisfy { $0 > $1 })
  }

  @Test func aWarmUpLongerThanTheRunIsNoError() {
    let schedule = LearningRateSchedule(base: 1, .cosine, warmup: 50)
    #expect(schedule.rate(at: 9, of: 10) == 0.18)
  }
}
