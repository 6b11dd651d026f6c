import Glibc

/// `ReLU`: max(x, 0), and min(·, maxValue) where there is one.
public enum ReLU {
  public static func forward(_ x: NDArray, maxValue: Double?) -> NDArray {
    x.map { min(max($0, 0), maxValue ?? .infinity) }
  }

  /// dx = dy where 0 < x < maxValue, else 0: at the corners zero, as TensorFlow's `Relu6Grad` has it.
  public static func backward(_ dy: NDArray, x: NDArray, maxValue: Double?) -> NDArray {
    dy * x.map { $0 > 0 && $0 < maxValue ?? .infinity ? 1 : 0 }
  }
}

/// `Dropout` in training, for a given draw.
public enum Dropout {
  /// y = x · mask / (1 − rate); the mask holds 1 where a value is kept, else 0.
  public static func forward(_ x: NDArray, mask: NDArray, rate: Double) -> NDArray {
    x * mask * (rate < 1 ? 1 / (1 - rate) : 0)
  }

  /// dx = dy · mask / (1 − rate)
  public static func backward(_ dy: NDArray, mask: NDArray, rate: Double) -> NDArray {
    forward(dy, mask: mask, rate: rate)
  }
}

/// `Softmax` over the last axis: y_i = exp(x_i) / Σ exp(x_j).
public enum Softmax {
  public static func forward(_ x: NDArray) -> NDArray {
    var y = x
    for row in 0..<x.rows {
      let range = row * x.channels..<(row + 1) * x.channels
      // The largest is subtracted, which changes nothing but keeps exp from overflowing.
      let largest = x.elements[range].max() ?? 0
      let powers = x.elements[range].map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      y.elements.replaceSubrange(range, with: powers.map { $0 / sum })
    }
    return y
  }

  /// dx_i = y_i · (dy_i − Σ dy_j · y_j)
  public static func backward(_ dy: NDArray, y: NDArray) -> NDArray {
    var dx = dy
    for row in 0..<y.rows {
      let range = row * y.channels..<(row + 1) * y.channels
      let mean = range.reduce(0) { $0 + dy.elements[$1] * y.elements[$1] }
      for index in range { dx.elements[index] = y.elements[index] * (dy.elements[index] - mean) }
    }
    return dx
  }
}

/// Keras's categorical cross-entropy of a softmax, mean over the batch: −1/N · Σ log softmax(x)[n, label[n]].
public enum SoftmaxCrossEntropy {
  /// - Parameters:
  ///   - logits: What the softmax is taken of; [N, classes].
  ///   - labels: The true class of each; N of them.
  public static func loss(_ logits: NDArray, labels: [Int]) -> Double {
    let classes = logits.channels
    let losses = labels.enumerated().map { n, label in
      let row = logits.elements[n * classes..<(n + 1) * classes]
      let largest = row.max() ?? 0
      // log Σ exp(x_j) − x_label: exact where a probability would underflow.
      return log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[n * classes + label]
    }
    return losses.reduce(0, +) / Double(labels.count)
  }

  /// dlogits[n, k] = (softmax(x)[n, k] − [k = label[n]]) / N
  public static func backward(_ logits: NDArray, labels: [Int]) -> NDArray {
    var gradient = Softmax.forward(logits)
    for (n, label) in labels.enumerated() { gradient.elements[n * logits.channels + label] -= 1 }
    return gradient * (1 / Double(labels.count))
  }
}
