import Foundation
import OpenCL
import Testing

/// Kernels that do what none may, for tools/check_kernels to see that it would notice. Nowhere else do they run.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MLPACK_PLANTED_FAULTS"] != nil))
struct PlantedFaultTests {
  private static let source = """
    kernel void reads_beyond(global const float *x, global float *y)
    {
        y[get_global_id(0)] = x[get_global_id(0) + 1];
    }
    kernel void writes_before(global const float *x, global float *y)
    {
        y[(long)get_global_id(0) - 1] = x[get_global_id(0)];
    }
    kernel void writes_one_twice(global const float *x, global float *y)
    {
        y[get_global_id(0) / 2] = x[get_global_id(0)];
    }
    kernel void reads_nothing(global const float *x, global float *y)
    {
        float sums[2];
        sums[get_global_id(0) & 1] = x[get_global_id(0)];
        if (sums[0] > 1.0f) y[get_global_id(0)] = 1.0f;
    }
    """

  @Test(arguments: ["reads_beyond", "writes_before", "writes_one_twice", "reads_nothing"])
  func isNoticed(_ kernel: String) throws {
    let device = try Devices.open()
    let source = ProgramSource(
      "planted", files: [("planted.cl", Self.source)], options: ["-cl-std=CL1.2"])
    let program = try Program(device, source)
    let x = try Buffer(device, floats: [1, 2, 3, 4])
    let y = try Buffer(device, floats: [0, 0, 0, 0])
    try device.enqueue(program.kernel(kernel), global: [4], [.buffer(x), .buffer(y)])
    try device.finish()
  }
}
