internal import ModelGraph

/// What a layer's configuration stands for.
enum ConfiguredOperation {
  case operation(Operation)
  /// An operation over one axis, which has to be the last; counted with the batch dimension, or from the end.
  case overAxis(Operation, axis: Int)
  /// An input whose height and width may be left open.
  case input(height: Int?, width: Int?, channels: Int)
  /// A layer that passes its input through.
  case identity
  /// A layer that changes its input at random in training, and passes it through otherwise.
  case augmentation
}

extension LayerConfiguration {
  func operation() throws(KerasFileError.Problem) -> ConfiguredOperation {
    switch className {
    case "InputLayer": return try input()
    case "Rescaling": return .operation(try rescaling())
    case "TrueDivide", "Subtract", "Multiply", "Add", "TFOpLambda": return .operation(try arithmetic())
    case "ZeroPadding2D": return .operation(.zeroPadding2D(try margins()))
    case "Conv2D": return .operation(try convolution())
    case "DepthwiseConv2D": return .operation(try depthwiseConvolution())
    case "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization":
      return try normalization()
    case "ReLU": return .operation(try relu())
    case "Activation": return try standaloneActivation()
    case "AveragePooling2D": return .operation(try averagePooling())
    case "GlobalAveragePooling2D":
      try checkDataFormat()
      return .operation(.globalAveragePooling2D(keepDims: try flag("keepdims", default: false)))
    case "Dropout": return .operation(.dropout(rate: try number("rate", default: 0)))
    case "Flatten":
      try checkDataFormat()
      return .operation(.flatten)
    case "Reshape": return .operation(.reshape(try targetShape()))
    case "Dense":
      let useBias = try flag("use_bias", default: true)
      return .operation(.dense(units: try integer("units"), useBias: useBias, try activation()))
    case "Softmax": return .overAxis(.softmax, axis: try lastAxis())
    case let name where name.hasPrefix("Random"): return .augmentation
    default: throw .unknownLayer(name, className: className)
    }
  }

  private func input() throws(KerasFileError.Problem) -> ConfiguredOperation {
    let key = values["batch_shape"] == nil ? "batch_input_shape" : "batch_shape"
    guard let shape = values[key]?.array, shape.count == 4, let channels = shape[3].integer else {
      throw wrong(key, "[batch, height, width, channels]")
    }
    return .input(height: shape[1].integer, width: shape[2].integer, channels: channels)
  }

  private func rescaling() throws(KerasFileError.Problem) -> Operation {
    guard values["scale"]?.array == nil, values["offset"]?.array == nil else {
      throw unsupported("it rescales each channel in its own way")
    }
    return .rescaling(scale: try number("scale", default: 1), offset: try number("offset", default: 0))
  }

  /// An operation on tensors that Keras turned into a layer, as in `x / 127.5 - 1`.
  private func arithmetic() throws(KerasFileError.Problem) -> Operation {
    guard let operand, operand.isFinite else {
      throw unsupported("an operation on other than a tensor and a number")
    }
    switch className == "TFOpLambda" ? values["function"]?.string ?? "" : className {
    case "TrueDivide", "math.truediv":
      guard operand != 0 else { throw unsupported("it divides by zero") }
      return .rescaling(scale: 1 / operand, offset: 0)
    case "Subtract", "math.subtract": return .rescaling(scale: 1, offset: -operand)
    case "Multiply", "math.multiply": return .rescaling(scale: operand, offset: 0)
    case "Add", "__operators__.add", "math.add": return .rescaling(scale: 1, offset: operand)
    case let function: throw unsupported("function '\(function)'")
    }
  }

  /// `[[top, bottom], [left, right]]`, `[vertical, horizontal]` or one integer.
  private func margins() throws(KerasFileError.Problem) -> Margins {
    try checkDataFormat()
    if let list = values["padding"]?.array, list.count == 2, list[0].array != nil,
      let (top, bottom) = LayerConfiguration.pair(list[0]),
      let (left, right) = LayerConfiguration.pair(list[1])
    {
      return Margins(top: top, bottom: bottom, left: left, right: right)
    }
    let both = try size("padding")
    return Margins(top: both.height, bottom: both.height, left: both.width, right: both.width)
  }

  private func convolution() throws(KerasFileError.Problem) -> Operation {
    guard (values["groups"]?.integer ?? 1) == 1 else { throw unsupported("its convolution is in groups") }
    let useBias = try flag("use_bias", default: true)
    return .conv2D(
      filters: try integer("filters"), try window("kernel_size"), useBias: useBias, try activation())
  }

  private func depthwiseConvolution() throws(KerasFileError.Problem) -> Operation {
    let multiplier = values["depth_multiplier"] == nil ? 1 : try integer("depth_multiplier")
    let useBias = try flag("use_bias", default: true)
    return .depthwiseConv2D(
      multiplier: multiplier, try window("kernel_size"), useBias: useBias, try activation())
  }

  private func averagePooling() throws(KerasFileError.Problem) -> Operation {
    .averagePooling2D(try window("pool_size"))
  }

  private func window(_ sizeKey: String) throws(KerasFileError.Problem) -> Window {
    try checkDataFormat()
    if let dilation = values["dilation_rate"], LayerConfiguration.pair(dilation).map({ $0 != (1, 1) }) ?? true
    {
      throw unsupported("its window is dilated")
    }
    let size = try size(sizeKey)
    let implied = sizeKey == "pool_size" ? size : Size2D(square: 1)
    let strides = values["strides"] == nil ? implied : try self.size("strides")
    guard let padding = Padding(rawValue: values["padding"]?.string ?? "valid") else {
      throw wrong("padding", "valid or same")
    }
    return Window(size: size, strides: strides, padding: padding)
  }

  private func normalization() throws(KerasFileError.Problem) -> ConfiguredOperation {
    guard try !flag("renorm", default: false) else { throw unsupported("batch renormalisation") }
    let epsilon = try number("epsilon", default: 1e-3)
    guard epsilon >= 0 else { throw wrong("epsilon", "zero or more") }
    let normalization = BatchNormalization(
      epsilon: epsilon, momentum: try number("momentum", default: 0.99),
      center: try flag("center", default: true), scale: try flag("scale", default: true))
    return .overAxis(.batchNormalization(normalization), axis: try lastAxis())
  }

  /// `axis` as Keras 3 writes it, a number, or as Keras 2 does, a list of one number.
  private func lastAxis() throws(KerasFileError.Problem) -> Int {
    guard let value = values["axis"] else { return -1 }
    let single = value.array.flatMap { $0.count == 1 ? $0[0] : nil } ?? value
    guard let axis = single.integer else { throw wrong("axis", "one integer") }
    return axis
  }

  private func relu() throws(KerasFileError.Problem) -> Operation {
    guard try number("negative_slope", default: 0) == 0, try number("threshold", default: 0) == 0 else {
      throw unsupported("a ReLU with a slope or threshold")
    }
    guard values["max_value"] != nil else { return .relu(maxValue: nil) }
    return .relu(maxValue: Float(try number("max_value", default: 0)))
  }

  private func standaloneActivation() throws(KerasFileError.Problem) -> ConfiguredOperation {
    switch try activationName() {
    case "linear": return .identity
    case "relu": return .operation(.relu(maxValue: nil))
    case "relu6": return .operation(.relu(maxValue: 6))
    case "softmax": return .operation(.softmax)
    case let other: throw unsupported("activation '\(other)'")
    }
  }

  private func activation() throws(KerasFileError.Problem) -> Activation {
    let name = try activationName()
    guard let activation = Activation(rawValue: name) else { throw unsupported("activation '\(name)'") }
    return activation
  }

  /// A name, or the object that stands for a function of that name; absent for `linear`.
  private func activationName() throws(KerasFileError.Problem) -> String {
    guard let value = values["activation"] else { return "linear" }
    guard let name = value.string ?? value["config"]?.string ?? value["class_name"]?.string else {
      throw wrong("activation", "a name")
    }
    // An activation that is a layer goes by its class: `Softmax`, `ReLU`.
    return name.lowercased()
  }

  private func targetShape() throws(KerasFileError.Problem) -> Shape {
    guard let list = values["target_shape"]?.array else { throw wrong("target_shape", "a list of integers") }
    var shape: Shape = []
    for element in list {
      guard let extent = element.integer else { throw wrong("target_shape", "a list of integers") }
      shape.append(extent)
    }
    return shape
  }

  private func checkDataFormat() throws(KerasFileError.Problem) {
    guard (values["data_format"]?.string ?? "channels_last") == "channels_last" else {
      throw unsupported("data_format channels_first; convert the model to channels_last")
    }
  }
}
