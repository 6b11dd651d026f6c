# What mlpack needs before it builds and tests; sourced by the other tools.
#
# Each function does nothing where all is there, says what it installs where something is missing, and where
# it can't, ends the caller with one line that says what to do.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mlpack

say() { printf '%s\n' "$*" >&2; }
give_up() { say "$*"; exit 1; }

# The packages of the system, by Debian's names, and the names under which pkg-config knows their libraries.
packages=(libhdf5-dev libzip-dev ocl-icd-opencl-dev opencl-headers pocl-opencl-icd zlib1g-dev libturbojpeg0-dev
  libpng-dev libwebp-dev pkg-config)
test_packages=(chromium hdf5-tools python3-venv)
libraries=(hdf5 libzip OpenCL zlib libturbojpeg libpng libwebp)

# need_packages NAME...: installs those that are missing. Elsewhere than on Debian and its kin the libraries
# themselves have to be there.
need_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    pkg-config --exists "${libraries[@]}" 2>/dev/null && return
    give_up "There is no apt here to install with. Please install what these Debian packages hold: $*"
  fi
  local missing
  missing=$(comm -23 <(printf '%s\n' "$@" | sort) <(installed "$@"))
  [[ -z $missing ]] && return
  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || give_up "Please install as root:" $missing
    as_root=(sudo)
  fi
  say "Installing from the system's packages:" $missing
  as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
  "${as_root[@]}" update >&2 || say "The package lists could not be renewed; trying with those that are here."
  "${as_root[@]}" install --yes --no-install-recommends $missing >&2 ||
    give_up "The packages could not be installed:" $missing
}

# installed NAME...: those of the packages that are here, sorted.
installed() {
  dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | sed -n 's/ installed$//p' | sort
}

# need_swift: Swift 6.2 or newer.
need_swift() {
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
  local major=${version%.*} minor=${version#*.}
  [[ -n $version ]] && ((major > 6 || (major == 6 && minor >= 2))) ||
    give_up "Swift 6.2 or newer is needed, and ${version:-none} was found: see https://swift.org/install"
}

# need_keras: the pinned Keras of tools/requirements.txt; its Python is $keras_python. All checkouts share one
# environment for each version of that file; a half-made one lacks the mark and is made again.
need_keras() {
  keras_python=$(keras_environment)/bin/python
  has_keras && return
  local environment
  environment=$(keras_environment)
  mkdir -p "$cache"
  (
    flock 9
    has_keras && exit
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
      give_up "Keras is tested with Python 3.11 or newer; this is $(python3 --version)."
    say "Installing Keras and TensorFlow, as tools/requirements.txt pins them, into $environment"
    rm -rf "$environment"
    python3 -m venv "$environment" &&
      "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
        --requirement "$root/tools/requirements.txt" >&2 &&
      touch "$environment/.complete" ||
      give_up "Keras could not be installed for $(python3 --version)."
  ) 9>"$environment.lock"
}

keras_environment() {
  local key
  key=$(sha256sum <"$root/tools/requirements.txt")
  printf '%s/keras-%s\n' "$cache" "${key:0:12}"
}

has_keras() { [[ -e $(keras_environment)/.complete ]]; }
