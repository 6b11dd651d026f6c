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
python_packages=(python3-venv)
test_packages=("${python_packages[@]}" gcc hdf5-tools libc6-dev)
# For the tests of the report page, where no browser of its kind is here.
browser_packages=(chromium)
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

# need_browser: Chromium, or Chrome.
need_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && return
  done
  need_packages "${browser_packages[@]}"
}

# need_swift: Swift 6.2 or newer.
need_swift() {
  local version
  version=$({ swift --version 2>/dev/null || true; } | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
  local major=${version%.*} minor=${version#*.}
  [[ -n $version ]] && ((major > 6 || (major == 6 && minor >= 2))) ||
    give_up "Swift 6.2 or newer is needed, and ${version:-none} was found: see https://swift.org/install"
}

# need_keras: the pinned Keras of tools/requirements.txt; its Python is $keras_python.
need_keras() {
  local environment
  environment=$(environment_of keras tools/requirements.txt)
  keras_python=$environment/bin/python
  need_environment "$environment" "Keras and TensorFlow" install_keras
}

has_keras() { [[ -e $(environment_of keras tools/requirements.txt)/.complete ]]; }

install_keras() { install_python_packages "$1" --requirement "$root/tools/requirements.txt"; }

# need_peers: the pinned peers of tools/benchmarks/requirements.txt, beside the Keras that need_keras made; their Python is
# $peers_python. What cannot be had is left out.
need_peers() {
  local environment
  environment=$(environment_of peers tools/requirements.txt tools/benchmarks/requirements.txt)
  peers_python=$environment/bin/python
  need_environment "$environment" "the peers" install_peers
}

install_peers() {
  local of_keras package
  of_keras=$("$keras_python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') || return
  printf '%s\n' "$of_keras" >"$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/keras.pth"
  while read -r package; do
    install_python_packages "$1" "$package" || say "$package cannot be had and is left out."
  done < <(grep -v -e '^#' -e '^$' "$root/tools/benchmarks/requirements.txt")
}

# install_python_packages FOLDER ARGUMENT...: what pip shall install, without what it depends on.
install_python_packages() {
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "${@:2}" >&2
}

# environment_of NAME FILE...: the folder of the environment that these files of requirements make. All checkouts share
# one for each version of the files.
environment_of() {
  local key
  key=$(cd "$root" && cat "${@:2}" | sha256sum)
  printf '%s/%s-%s\n' "$cache" "$1" "${key:0:12}"
}

# need_environment FOLDER WHAT INSTALL: a virtual environment that the command INSTALL fills; a half-made one lacks the
# mark and is made again.
need_environment() {
  [[ -e $1/.complete ]] && return
  mkdir -p "$cache"
  (
    flock 9
    [[ -e $1/.complete ]] && exit
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
      give_up "Keras is tested with Python 3.11 or newer; this is $(python3 --version)."
    say "Installing $2, as tools pins them, into $1"
    rm -rf "$1"
    python3 -m venv "$1" && "$3" "$1" && touch "$1/.complete" ||
      give_up "$2 could not be installed for $(python3 --version)."
  ) 9>"$1.lock"
}
