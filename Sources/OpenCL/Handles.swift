import COpenCL

// OpenCL's objects are all the same pointer type to Swift. Each kind has its own owner here, which releases
// the object exactly once; a function that takes one cannot be given another.

/// Owner of one `cl_context`.
struct ContextHandle: ~Copyable {
  let raw: cl_context
  deinit { clReleaseContext(raw) }
}

/// Owner of one `cl_command_queue`.
struct QueueHandle: ~Copyable {
  let raw: cl_command_queue
  deinit { clReleaseCommandQueue(raw) }
}

/// Owner of one `cl_mem`.
struct MemoryHandle: ~Copyable {
  let raw: cl_mem
  deinit { clReleaseMemObject(raw) }
}

/// Owner of one `cl_program`.
struct ProgramHandle: ~Copyable {
  let raw: cl_program
  deinit { clReleaseProgram(raw) }
}

/// Owner of one `cl_kernel`.
struct KernelHandle: ~Copyable {
  let raw: cl_kernel
  deinit { clReleaseKernel(raw) }
}
