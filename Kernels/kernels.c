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

static const char conv2d_name[] = "conv2d.cl";
static const char conv2d_text[] = {
#embed "conv2d.cl"
    , 0};

static const char depthwise_conv2d_name[] = "depthwise_conv2d.cl";
static const char depthwise_conv2d_text[] = {
#embed "depthwise_conv2d.cl"
    , 0};

static const char depthwise_pointwise_conv2d_name[] = "depthwise_pointwise_conv2d.cl";
static const char depthwise_pointwise_conv2d_text[] = {
#embed "depthwise_pointwise_conv2d.cl"
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

static const char pointwise_conv2d_name[] = "pointwise_conv2d.cl";
static const char pointwise_conv2d_text[] = {
#embed "pointwise_conv2d.cl"
    , 0};

static const char pointwise_conv2d_backward_filter_name[] = "pointwise_conv2d_backward_filter.cl";
static const char pointwise_conv2d_backward_filter_text[] = {
#embed "pointwise_conv2d_backward_filter.cl"
    , 0};

static const char pointwise_conv2d_pooled_name[] = "pointwise_conv2d_pooled.cl";
static const char pointwise_conv2d_pooled_text[] = {
#embed "pointwise_conv2d_pooled.cl"
    , 0};

static const char repeat_channels_name[] = "repeat_channels.cl";
static const char repeat_channels_text[] = {
#embed "repeat_channels.cl"
    , 0};

static const char softmax_name[] = "softmax.cl";
static const char softmax_text[] = {
#embed "softmax.cl"
    , 0};

static const char gpu_activation_name[] = "gpu/activation.cl";
static const char gpu_activation_text[] = {
#embed "gpu/activation.cl"
    , 0};

static const char gpu_average_pooling2d_name[] = "gpu/average_pooling2d.cl";
static const char gpu_average_pooling2d_text[] = {
#embed "gpu/average_pooling2d.cl"
    , 0};

static const char gpu_batch_normalization_name[] = "gpu/batch_normalization.cl";
static const char gpu_batch_normalization_text[] = {
#embed "gpu/batch_normalization.cl"
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

static const char gpu_dropout_name[] = "gpu/dropout.cl";
static const char gpu_dropout_text[] = {
#embed "gpu/dropout.cl"
    , 0};

static const char gpu_flatten_name[] = "gpu/flatten.cl";
static const char gpu_flatten_text[] = {
#embed "gpu/flatten.cl"
    , 0};

static const char gpu_gather_name[] = "gpu/gather.cl";
static const char gpu_gather_text[] = {
#embed "gpu/gather.cl"
    , 0};

static const char gpu_optimizers_name[] = "gpu/optimizers.cl";
static const char gpu_optimizers_text[] = {
#embed "gpu/optimizers.cl"
    , 0};

static const char gpu_pointwise_conv2d_name[] = "gpu/pointwise_conv2d.cl";
static const char gpu_pointwise_conv2d_text[] = {
#embed "gpu/pointwise_conv2d.cl"
    , 0};

static const char gpu_pointwise_conv2d_backward_filter_name[] = "gpu/pointwise_conv2d_backward_filter.cl";
static const char gpu_pointwise_conv2d_backward_filter_text[] = {
#embed "gpu/pointwise_conv2d_backward_filter.cl"
    , 0};

static const char gpu_repeat_channels_name[] = "gpu/repeat_channels.cl";
static const char gpu_repeat_channels_text[] = {
#embed "gpu/repeat_channels.cl"
    , 0};

static const char gpu_softmax_name[] = "gpu/softmax.cl";
static const char gpu_softmax_text[] = {
#embed "gpu/softmax.cl"
    , 0};

static const KernelSource sources[] = {
    SOURCE(common),
    SOURCE(activation),
    SOURCE(average_pooling2d),
    SOURCE(batch_normalization),
    SOURCE(conv2d),
    SOURCE(depthwise_conv2d),
    SOURCE(depthwise_pointwise_conv2d),
    SOURCE(dropout),
    SOURCE(flatten),
    SOURCE(gather),
    SOURCE(optimizers),
    SOURCE(peak),
    SOURCE(pointwise_conv2d),
    SOURCE(pointwise_conv2d_backward_filter),
    SOURCE(pointwise_conv2d_pooled),
    SOURCE(repeat_channels),
    SOURCE(softmax),
    SOURCE(gpu_activation),
    SOURCE(gpu_average_pooling2d),
    SOURCE(gpu_batch_normalization),
    SOURCE(gpu_common),
    SOURCE(gpu_conv2d),
    SOURCE(gpu_depthwise_conv2d),
    SOURCE(gpu_dropout),
    SOURCE(gpu_flatten),
    SOURCE(gpu_gather),
    SOURCE(gpu_optimizers),
    SOURCE(gpu_pointwise_conv2d),
    SOURCE(gpu_pointwise_conv2d_backward_filter),
    SOURCE(gpu_repeat_channels),
    SOURCE(gpu_softmax),
};

size_t kernel_source_count(void) { return sizeof(sources) / sizeof(sources[0]); }

KernelSource kernel_source(size_t index) { return sources[index]; }
