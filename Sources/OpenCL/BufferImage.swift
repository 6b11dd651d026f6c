import COpenCL

/// The memory of a buffer as an image of one row for kernels to read: a pixel is four elements.
final class BufferImage {
  let handle: MemoryHandle

  init(_ buffer: Buffer) throws(OpenCLError) {
    var format = cl_image_format()
    format.image_channel_order = cl_channel_order(CL_RGBA)
    format.image_channel_data_type = cl_channel_type(buffer.element == .half ? CL_HALF_FLOAT : CL_FLOAT)
    var shape = cl_image_desc()
    shape.image_type = cl_mem_object_type(CL_MEM_OBJECT_IMAGE1D_BUFFER)
    shape.image_width = buffer.pixelsOfImage
    shape.buffer = buffer.handle.raw
    var code: Int32 = 0
    let created = clCreateImage(
      buffer.device.context.raw, cl_mem_flags(CL_MEM_READ_ONLY), &format, &shape, nil, &code)
    guard let created else {
      throw .callFailed("clCreateImage", code: code, subject: "\(shape.image_width) pixels")
    }
    handle = MemoryHandle(raw: created)
  }
}

extension Buffer {
  /// Pixels of the memory as an image: of 4 elements, and so of as many pieces of 32 bits as an element has bytes.
  public var pixelsOfImage: Int { count / element.byteCount }
}
