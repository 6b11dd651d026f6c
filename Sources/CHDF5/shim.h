#pragma once

// What libhdf5 defines as macros that call a function, refer to a mutable global or choose between versions
// of a function cannot be used from Swift. Each accessor below says which.

#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif
#include <stddef.h>

// The H5F_ACC_ macros call H5open() in a comma expression.
static inline unsigned mlpack_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned mlpack_h5_read_write(void) { return H5F_ACC_RDWR; }
static inline unsigned mlpack_h5_truncate(void) { return H5F_ACC_TRUNC; }

// The property list classes are mutable globals behind macros that call H5open().
static inline hid_t mlpack_h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t mlpack_h5_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t mlpack_h5_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t mlpack_h5_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline hid_t mlpack_h5_link_creation(void) { return H5P_LINK_CREATE; }

// The predefined types are mutable globals behind macros that call H5open().
static inline hid_t mlpack_h5_float32_little_endian(void) { return H5T_IEEE_F32LE; }
static inline hid_t mlpack_h5_float64_little_endian(void) { return H5T_IEEE_F64LE; }
static inline hid_t mlpack_h5_c_string(void) { return H5T_C_S1; }

// A cast of −1 to size_t, which Swift does not import.
static inline size_t mlpack_h5_variable_length(void) { return H5T_VARIABLE; }

// From 1.12 on the plain name is a macro that stands for one of two versions, with different structures.
static inline herr_t mlpack_h5_link_type(hid_t location, const char *name, H5L_type_t *type) {
#if H5_VERSION_GE(1, 12, 0)
  H5L_info2_t info;
  herr_t status = H5Lget_info2(location, name, &info, H5P_DEFAULT);
#else
  H5L_info_t info;
  herr_t status = H5Lget_info(location, name, &info, H5P_DEFAULT);
#endif
  if (status >= 0) *type = info.type;
  return status;
}

// Renamed in 1.12; the old name is gone from builds without deprecated symbols.
static inline herr_t mlpack_h5_reclaim(hid_t type, hid_t space, void *buffer) {
#if H5_VERSION_GE(1, 12, 0)
  return H5Treclaim(type, space, H5P_DEFAULT, buffer);
#else
  return H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
#endif
}

// From 1.12 on the function has versions, and calls back with different structures, which nobody looks at here.
typedef herr_t (*mlpack_h5_name_visitor)(const char *name, void *context);
struct mlpack_h5_name_visit {
  mlpack_h5_name_visitor visitor;
  void *context;
};
#if H5_VERSION_GE(1, 12, 0)
static inline herr_t mlpack_h5_visit_name(
    hid_t group, const char *name, const H5L_info2_t *info, void *visit) {
#else
static inline herr_t mlpack_h5_visit_name(hid_t group, const char *name, const H5L_info_t *info, void *visit) {
#endif
  (void)group, (void)info;
  struct mlpack_h5_name_visit *v = (struct mlpack_h5_name_visit *)visit;
  return v->visitor(name, v->context);
}

// Hands the names of a group's links to `visitor`, in their order, until that returns something else than 0.
static inline herr_t mlpack_h5_visit_names(hid_t group, mlpack_h5_name_visitor visitor, void *context) {
  struct mlpack_h5_name_visit visit = {visitor, context};
#if H5_VERSION_GE(1, 12, 0)
  return H5Literate2(group, H5_INDEX_NAME, H5_ITER_INC, NULL, mlpack_h5_visit_name, &visit);
#else
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, mlpack_h5_visit_name, &visit);
#endif
}

// From 1.12 on the structure may have more fields than one of the versions of the call fills.
static inline herr_t mlpack_h5_link_count(hid_t group, hsize_t *count) {
  H5G_info_t info;
  herr_t status = H5Gget_info(group, &info);
  if (status >= 0) *count = info.nlinks;
  return status;
}

// Exists from 1.10.5 on; without it nothing is known: the result is negative.
static inline herr_t mlpack_h5_chunk_count(hid_t dataset, hid_t space, hsize_t *count) {
#if H5_VERSION_GE(1, 10, 5)
  return H5Dget_num_chunks(dataset, space, count);
#else
  (void)dataset, (void)space, (void)count;
  return -1;
#endif
}
