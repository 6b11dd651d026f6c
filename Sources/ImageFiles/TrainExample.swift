/// What a serialized `tf.train.Example` says of an image: tensorflow/core/example/example.proto and
/// feature.proto.
///
/// Its features are called as TensorFlow Datasets calls them, `image` and `label`, or as the scripts for
/// ImageNet that came with Inception did: `image/encoded`, `image/class/label`, `image/class/text`.
struct TrainExample {
  /// Where in the bytes the image file lies.
  let image: Range<Int>
  let label: Int64?
  /// The name of the class.
  let text: String?

  struct Fault: Error {
    let why: String
  }

  init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
    let features: ExampleFeatures
    do throws(MalformedMessage) {
      features = try ExampleFeatures(bytes)
    } catch {
      throw Fault(why: "it is not a tf.train.Example")
    }
    image = try features.bytes(of: ["image", "image/encoded"])
    label = try features.integer(of: ["label", "image/class/label"])
    text = features.text(of: "image/class/text", in: bytes)
    guard label != nil || text != nil else {
      throw Fault(why: "no feature 'label' or 'image/class/label'; it has \(features.names)")
    }
  }
}
