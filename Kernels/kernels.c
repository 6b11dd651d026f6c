#include "kernels.h"

#define SOURCE(symbol) {.name = symbol##_name, .source = symbol##_text, .length = sizeof(symbol##_text) - 1}

static const char common_name[] = "common.cl";
static const char common_text[] = {
#embed "common.cl"
    , 0};

static const char activation_name[] = "activation.cl";
static const char activation_text[] = {
#embed "activation.cl"
    , 0};

static const char average_pooling2d_name[] = "average_pooling2d.cl";
static const char average_pooling2d_text[] = {
#embed "average_pooling2d.cl"
    , 0};

static const char batch_normalization_name[] = "batch_normalization.cl";
static const char batch_normalization_text[] = {
#embed "batch_normalization.cl"
    , 0};

static const char dropout_name[] = "dropout.cl";
static const char dropout_text[] = {
#embed "dropout.cl"
    , 0};

static const char flatten_name[] = "flatten.cl";
static const char flatten_text[] = {
#embed "flatten.cl"
    , 0};

static const char gather_name[] = "gather.cl";
static const char gather_text[] = {
#embed "gather.cl"
    , 0};

static const char optimizers_name[] = "optimizers.cl";
static const char optimizers_text[] = {
#embed "optimizers.cl"
    , 0};

static const char peak_name[] = "peak.cl";
static const char peak_text[] = {
#embed "peak.cl"
    , 0};

static const char repeat_channels_name[] = "repeat_channels.cl";
static const char repeat_channels_text[] = {
#embed "repeat_channels.cl"
    , 0};

static const char softmax_name[] = "softmax.cl";
static const char softmax_text[] = {
#embed "softmax.cl"
    , 0};

static const char cpu_common_name[] = "cpu/common.cl";
static const char cpu_common_text[] = {
#embed "cpu/common.cl"
    , 0};

static const char cpu_conv2d_name[] = "cpu/conv2d.cl";
static const char cpu_conv2d_text[] = {
#embed "cpu/conv2d.cl"
    , 0};

static const char cpu_conv2d_backward_filter_name[] = "cpu/conv2d_backward_filter.cl";
static const char cpu_conv2d_backward_filter_text[] = {
#embed "cpu/conv2d_backward_filter.cl"
    , 0};

static const char cpu_depthwise_conv2d_name[] = "cpu/depthwise_conv2d.cl";
static const char cpu_depthwise_conv2d_text[] = {
#embed "cpu/depthwise_conv2d.cl"
    , 0};

static const char cpu_depthwise_conv2d_backward_name[] = "cpu/depthwise_conv2d_backward.cl";
static const char cpu_depthwise_conv2d_backward_text[] = {
#embed "cpu/depthwise_conv2d_backward.cl"
    , 0};

static const char cpu_depthwise_pointwise_conv2d_name[] = "cpu/depthwise_pointwise_conv2d.cl";
static const char cpu_depthwise_pointwise_conv2d_text[] = {
#embed "cpu/depthwise_pointwise_conv2d.cl"
    , 0};

static const char cpu_normalized_depthwise_conv2d_name[] = "cpu/normalized_depthwise_conv2d.cl";
static const char cpu_normalized_depthwise_conv2d_text[] = {
#embed "cpu/normalized_depthwise_conv2d.cl"
    , 0};

static const char cpu_filter_gradients_name[] = "cpu/filter_gradients.cl";
static const char cpu_filter_gradients_text[] = {
#embed "cpu/filter_gradients.cl"
    , 0};

static const char cpu_normalized_pointwise_conv2d_name[] = "cpu/normalized_pointwise_conv2d.cl";
static const char cpu_normalized_pointwise_conv2d_text[] = {
#embed "cpu/normalized_pointwise_conv2d.cl"
    , 0};

static const char cpu_passes_name[] = "cpu/passes.cl";
static const char cpu_passes_text[] = {
#embed "cpu/passes.cl"
    , 0};

static const char cpu_products_name[] = "cpu/products.cl";
static const char cpu_products_text[] = {
#embed "cpu/products.cl"
    , 0};

static const char cpu_pointwise_conv2d_name[] = "cpu/pointwise_conv2d.cl";
static const char cpu_pointwise_conv2d_text[] = {
#embed "cpu/pointwise_conv2d.cl"
    , 0};

static const char cpu_pointwise_conv2d_backward_filter_name[] = "cpu/pointwise_conv2d_backward_filter.cl";
static const char cpu_pointwise_conv2d_backward_filter_text[] = {
#embed "cpu/pointwise_conv2d_backward_filter.cl"
    , 0};

static const char cpu_pointwise_conv2d_pooled_name[] = "cpu/pointwise_conv2d_pooled.cl";
static const char cpu_pointwise_conv2d_pooled_text[] = {
#embed "cpu/pointwise_conv2d_pooled.cl"
    , 0};

static const char cpu_pointwise_conv2d_pooled_backward_filter_name[] = "cpu/pointwise_conv2d_pooled_backward_filter.cl";
static const char cpu_pointwise_conv2d_pooled_backward_filter_text[] = {
#embed "cpu/pointwise_conv2d_pooled_backward_filter.cl"
    , 0};

static const char cpu_windows_name[] = "cpu/windows.cl";
static const char cpu_windows_text[] = {
#embed "cpu/windows.cl"
    , 0};

static const char gpu_common_name[] = "gpu/common.cl";
static const char gpu_common_text[] = {
#embed "gpu/common.cl"
    , 0};

static const char gpu_conv2d_name[] = "gpu/conv2d.cl";
static const char gpu_conv2d_text[] = {
#embed "gpu/conv2d.cl"
    , 0};

static const char gpu_depthwise_conv2d_name[] = "gpu/depthwise_conv2d.cl";
static const char gpu_depthwise_conv2d_text[] = {
#embed "gpu/depthwise_conv2d.cl"
    , 0};

static const char gpu_pointwise_conv2d_name[] = "gpu/pointwise_conv2d.cl";
static const char gpu_pointwise_conv2d_text[] = {
#embed "gpu/pointwise_conv2d.cl"
    , 0};

static const char gpu_pointwise_conv2d_backward_filter_name[] = "gpu/pointwise_conv2d_backward_filter.cl";
static const char gpu_pointwise_conv2d_backward_filter_text[] = {
#embed "gpu/pointwise_conv2d_backward_filter.cl"
    , 0};

static const KernelSource sources[] = {
    SOURCE(common),
    SOURCE(activation),
    SOURCE(average_pooling2d),
    SOURCE(batch_normalization),
    SOURCE(dropout),
    SOURCE(flatten),
    SOURCE(gather),
    SOURCE(optimizers),
    SOURCE(peak),
    SOURCE(repeat_channels),
    SOURCE(softmax),
    SOURCE(cpu_common),
    SOURCE(cpu_products),
    SOURCE(cpu_filter_gradients),
    SOURCE(cpu_passes),
    SOURCE(cpu_windows),
    SOURCE(cpu_conv2d),
    SOURCE(cpu_conv2d_backward_filter),
    SOURCE(cpu_depthwise_conv2d),
    SOURCE(cpu_depthwise_conv2d_backward),
    SOURCE(cpu_depthwise_pointwise_conv2d),
    SOURCE(cpu_normalized_depthwise_conv2d),
    SOURCE(cpu_normalized_pointwise_conv2d),
    SOURCE(cpu_pointwise_conv2d),
    SOURCE(cpu_pointwise_conv2d_backward_filter),
    SOURCE(cpu_pointwise_conv2d_pooled),
    SOURCE(cpu_pointwise_conv2d_pooled_backward_filter),
    SOURCE(gpu_common),
    SOURCE(gpu_conv2d),
    SOURCE(gpu_depthwise_conv2d),
    SOURCE(gpu_pointwise_conv2d),
    SOURCE(gpu_pointwise_conv2d_backward_filter),
};

size_t kernel_source_count(void) { return sizeof(sources) / sizeof(sources[0]); }

KernelSource kernel_source(size_t index) { return sources[index]; }
