/// The version of mlpack: what `--version` prints and what packs record of their maker.
let toolVersion = "0.1.0"
