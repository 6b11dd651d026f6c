// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that no sanitizer and no unsafe flag ever touches the product. `tools/fuzz/run` builds it:
// the sanitizers have to be given to the main package's modules, too, and are flags of the command line for that.
let package = Package(
  name: "fuzz",
  dependencies: [.package(name: "mlpack", path: "../..")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "MLPackFiles", package: "mlpack")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"]), .treatAllWarnings(as: .error)])
  ],
  swiftLanguageModes: [.v6]
)
