#pragma once
// OpenCL 1.2 is what every device that mlpack means to serve offers.
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
