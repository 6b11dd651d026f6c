extension RunReport {
  /// A fact: what it is called, and what it is.
  public struct Row: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The figures of an epoch; nil or not a number where there is none.
  public struct Epoch: Sendable, Hashable {
    public var epoch: Int
    public var trainLoss: Double?
    /// A share of one, as every accuracy.
    public var trainAccuracy: Double?
    public var validationLoss: Double?
    public var validationAccuracy: Double?
    public var imagesPerSecond: Double?
    public var seconds: Double?
    /// At the end of the epoch.
    public var learningRate: Double?

    public init(
      epoch: Int, trainLoss: Double? = nil, trainAccuracy: Double? = nil, validationLoss: Double? = nil,
      validationAccuracy: Double? = nil, imagesPerSecond: Double? = nil, seconds: Double? = nil,
      learningRate: Double? = nil
    ) {
      self.epoch = epoch
      self.trainLoss = trainLoss
      self.trainAccuracy = trainAccuracy
      self.validationLoss = validationLoss
      self.validationAccuracy = validationAccuracy
      self.imagesPerSecond = imagesPerSecond
      self.seconds = seconds
      self.learningRate = learningRate
    }
  }

  /// What was trained, and of how much.
  public struct Trained: Sendable, Hashable {
    public var tensors: [Tensor]
    /// Of the whole network, with Keras's count.
    public var totalParameters: Int

    public init(tensors: [Tensor], totalParameters: Int) {
      self.tensors = tensors
      self.totalParameters = totalParameters
    }
  }

  /// A tensor of which at least one channel was trained.
  public struct Tensor: Sendable, Hashable {
    /// `layer/tensor`
    public var name: String
    public var shape: [Int]
    /// Trained ones.
    public var parameters: Int
    public var trainedChannels: Int
    public var channels: Int
    /// ‖after − before‖₂
    public var distance: Double
    /// `distance` / ‖before‖₂; nil where the tensor was zero.
    public var relativeDistance: Double?

    public init(
      name: String, shape: [Int], parameters: Int, trainedChannels: Int, channels: Int, distance: Double,
      relativeDistance: Double?
    ) {
      self.name = name
      self.shape = shape
      self.parameters = parameters
      self.trainedChannels = trainedChannels
      self.channels = channels
      self.distance = distance
      self.relativeDistance = relativeDistance
    }
  }

  public struct ClassRow: Sendable, Hashable {
    public var label: String
    public var trainingImages: Int

    public init(label: String, trainingImages: Int) {
      self.label = label
      self.trainingImages = trainingImages
    }
  }

  /// An image and what it was taken for.
  public struct Mistake: Sendable, Hashable {
    /// A small JPEG; empty where the image could not be read again.
    public var jpeg: [UInt8]
    public var file: String
    public var truth: String
    public var prediction: String
    /// That the network gave to `prediction`.
    public var probability: Double

    public init(jpeg: [UInt8], file: String, truth: String, prediction: String, probability: Double) {
      self.jpeg = jpeg
      self.file = file
      self.truth = truth
      self.prediction = prediction
      self.probability = probability
    }
  }

  /// Bytes; nil where nothing was planned, limited or measured.
  public struct Memory: Sendable, Hashable {
    public var planned: Int?
    public var limit: Int?
    public var peak: Int?

    public init(planned: Int?, limit: Int?, peak: Int?) {
      self.planned = planned
      self.limit = limit
      self.peak = peak
    }
  }

  /// A part of the run's time.
  public struct Phase: Sendable, Hashable {
    public var name: String
    public var seconds: Double

    public init(_ name: String, seconds: Double) {
      self.name = name
      self.seconds = seconds
    }
  }
}
