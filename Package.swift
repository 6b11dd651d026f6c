// swift-tools-version: 6.2
import Foundation
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A Swift module of mlpack, with the imports that the design allows it and no others.
func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], linking libraries: [LinkerSetting] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: documents[name] ?? [], swiftSettings: strict,
    linkerSettings: libraries)
}

/// Documents that stand beside the code they specify.
let documents: [String: [String]] = ["PackFile": ["FORMAT.md", "DELTA.md"]]

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name + "Tests", dependencies: dependencies, path: "Tests/" + name, swiftSettings: strict)
}

/// Debian's shared libhdf5 brings two dozen libraries for files on the web, which take longer to load than most
/// commands to run; its archive brings none of them.
let archiveOfHDF5: [LinkerSetting] =
  FileManager.default.fileExists(atPath: "/usr/include/hdf5/serial/hdf5.h")
  ? [":libhdf5_serial.a", "sz", "z", "dl", "m"].map { .linkedLibrary($0) } : []

let package = Package(
  name: "mlpack",
  products: [
    .executable(name: "mlpack", targets: ["mlpack"]),
    .library(
      name: "MLPackKit",
      targets: [
        "ModelGraph", "KerasFiles", "PackFile", "ImageFiles", "OpenCL", "Engine", "Training", "Reference",
        "Report", "SelfTest", "SystemFiles",
      ]),
    // What reads files of others, for tools/fuzz, which builds it with sanitizers.
    .library(name: "MLPackFiles", targets: ["ModelGraph", "KerasFiles", "PackFile", "ImageFiles"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CHDF5", pkgConfig: archiveOfHDF5.isEmpty ? "hdf5" : nil, providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(
      name: "COpenCL", pkgConfig: "OpenCL", providers: [.apt(["ocl-icd-opencl-dev", "opencl-headers"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .target(name: "CChild"),
    .target(name: "CSandbox", dependencies: ["CChild"]),
    .target(name: "CCompiler", dependencies: ["CChild"]),
    .target(
      name: "CKernels", path: "Kernels", sources: ["kernels.c"], publicHeadersPath: "include"),

    module("ModelGraph"),
    module("SystemFiles", ["CLinux", .product(name: "Crypto", package: "swift-crypto")]),
    module("HDF5", ["CHDF5"], linking: archiveOfHDF5),
    module("OpenCL", ["CChild", "CCompiler", "COpenCL", "SystemFiles"]),
    module("Reference", ["ModelGraph"]),
    module("Report"),
    module("ZipArchive", ["CZip"]),
    module("KerasFiles", ["CChild", "CSandbox", "HDF5", "ModelGraph", "SystemFiles", "ZipArchive"]),
    module("PackFile", ["CZlib", "ModelGraph", "SystemFiles"]),
    module("ImageFiles", ["CTurboJPEG", "CPNG", "CWebP", "SystemFiles"]),
    module("Engine", ["CKernels", "ModelGraph", "OpenCL", "SystemFiles"]),
    module("SelfTest", ["Engine", "ModelGraph", "OpenCL", "Reference"]),
    module("Training", ["Engine", "ImageFiles", "ModelGraph", "OpenCL", "SystemFiles"]),
    .executableTarget(
      name: "mlpack",
      dependencies: [
        "ModelGraph", "KerasFiles", "PackFile", "ImageFiles", "OpenCL", "Engine", "Training", "Report",
        "SelfTest", "SystemFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    tests("ModelGraph", ["ModelGraph"]),
    tests("SystemFiles", ["SystemFiles"]),
    tests("HDF5", ["HDF5"]),
    tests("OpenCL", ["OpenCL", "SystemFiles"]),
    tests("ZipArchive", ["ZipArchive"]),
    tests("KerasFiles", ["KerasFiles", "ModelGraph", "SystemFiles"]),
    tests("PackFile", ["PackFile", "ModelGraph", "SystemFiles"]),
    tests("ImageFiles", ["ImageFiles", "SystemFiles"]),
    tests("Reference", ["Reference", "ModelGraph"]),
    tests("Report", ["Report"]),
    tests("Engine", ["Engine", "ModelGraph", "OpenCL", "Reference", "SelfTest", "CKernels"]),
    tests("SelfTest", ["Engine", "ModelGraph", "OpenCL", "Reference", "SelfTest"]),
    tests("Training", ["Training", "Engine", "ImageFiles", "ModelGraph", "OpenCL", "Reference"]),
    tests("CommandLine", ["ModelGraph", "PackFile", "SystemFiles"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu2x
)
