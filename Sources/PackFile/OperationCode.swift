import ModelGraph

/// An operation as its code and the fields that follow it.
extension HeaderWriter {
  mutating func operation(_ operation: Operation) throws(PackViolation) {
    switch operation {
    case .input(let shape): try self.shape(shape)
    case .zeroPadding2D(let margins):
      for margin in [margins.top, margins.bottom, margins.left, margins.right] { size(margin) }
    case .conv2D(let channels, let window, let useBias, let activation),
      .depthwiseConv2D(let channels, let window, let useBias, let activation):
      size(channels)
      self.window(window)
      boolean(useBias)
      integer(activation.packCode)
    case .batchNormalization(let normalization):
      double(normalization.epsilon)
      double(normalization.momentum)
      boolean(normalization.center)
      boolean(normalization.scale)
    case .relu(let maxValue):
      boolean(maxValue != nil)
      if let maxValue { float(maxValue) }
    case .averagePooling2D(let window): self.window(window)
    case .globalAveragePooling2D(let keepDims): boolean(keepDims)
    case .dropout(let rate): double(rate)
    case .rescaling(let scale, let offset):
      double(scale)
      double(offset)
    case .flatten, .softmax: break
    case .reshape(let target): try shape(target)
    case .dense(let units, let useBias, let activation):
      size(units)
      boolean(useBias)
      integer(activation.packCode)
    }
  }

  mutating func shape(_ shape: Shape) throws(PackViolation) {
    try list(.dimensions, limit: Format.maximumRank, shape) { (writer, extent) in writer.size(extent) }
  }

  private mutating func window(_ window: Window) {
    for value in [window.size.height, window.size.width, window.strides.height, window.strides.width] {
      size(value)
    }
    integer(window.padding.packCode)
  }
}

extension HeaderReader {
  mutating func operation(_ code: OperationCode) throws(PackViolation) -> Operation {
    switch code {
    case .input: return .input(try shape())
    case .zeroPadding2D:
      return .zeroPadding2D(
        Margins(top: try size(), bottom: try size(), left: try size(), right: try size()))
    case .conv2D:
      return .conv2D(filters: try size(), try window(), useBias: try boolean(), try activation())
    case .depthwiseConv2D:
      return .depthwiseConv2D(multiplier: try size(), try window(), useBias: try boolean(), try activation())
    case .batchNormalization:
      return .batchNormalization(
        BatchNormalization(
          epsilon: try double(), momentum: try double(), center: try boolean(), scale: try boolean()))
    case .relu: return .relu(maxValue: try boolean() ? try float() : nil)
    case .averagePooling2D: return .averagePooling2D(try window())
    case .globalAveragePooling2D: return .globalAveragePooling2D(keepDims: try boolean())
    case .dropout: return .dropout(rate: try double())
    case .flatten: return .flatten
    case .reshape: return .reshape(try shape().map { $0 == Int(UInt32.max) ? -1 : $0 })
    case .dense: return .dense(units: try size(), useBias: try boolean(), try activation())
    case .softmax: return .softmax
    case .rescaling: return .rescaling(scale: try double(), offset: try double())
    }
  }

  mutating func shape() throws(PackViolation) -> Shape {
    try list(.dimensions, limit: Format.maximumRank) { (reader) throws(PackViolation) in try reader.size() }
  }

  private mutating func window() throws(PackViolation) -> Window {
    Window(
      size: Size2D(height: try size(), width: try size()),
      strides: Size2D(height: try size(), width: try size()),
      padding: try code(.padding) { code in [Padding.valid, .same].first { $0.packCode == code } })
  }

  private mutating func activation() throws(PackViolation) -> Activation {
    try code(.activation) { code in [Activation.linear, .relu, .softmax].first { $0.packCode == code } }
  }
}

/// The codes of operations, as FORMAT.md lists them.
enum OperationCode: UInt8 {
  case input = 1
  case zeroPadding2D = 2
  case conv2D = 3
  case depthwiseConv2D = 4
  case batchNormalization = 5
  case relu = 6
  case averagePooling2D = 7
  case globalAveragePooling2D = 8
  case dropout = 9
  case flatten = 10
  case reshape = 11
  case dense = 12
  case softmax = 13
  case rescaling = 14

  init(of operation: Operation) {
    self =
      switch operation {
      case .input: .input
      case .zeroPadding2D: .zeroPadding2D
      case .conv2D: .conv2D
      case .depthwiseConv2D: .depthwiseConv2D
      case .batchNormalization: .batchNormalization
      case .relu: .relu
      case .averagePooling2D: .averagePooling2D
      case .globalAveragePooling2D: .globalAveragePooling2D
      case .dropout: .dropout
      case .flatten: .flatten
      case .reshape: .reshape
      case .dense: .dense
      case .softmax: .softmax
      case .rescaling: .rescaling
      }
  }
}
