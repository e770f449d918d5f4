// SPDX-License-Identifier: Apache-2.0
// Arguments of the CUDA kernels, as the program that launches them and the kernels see them.
#ifndef CCUDA_ARGUMENTS_H
#define CCUDA_ARGUMENTS_H

enum { CC_MAX_AXES = 8, CC_MAX_OPERANDS = 4 };

// The axes of some tensors of one shape, from the slowest to the fastest, with each tensor's strides in elements. There is at
// least one axis.
typedef struct {
    unsigned rank;
    unsigned lengths[CC_MAX_AXES];
    long long strides[CC_MAX_OPERANDS][CC_MAX_AXES];
} cc_loop;

// The types of elements.
enum { CC_FLOAT32, CC_BFLOAT16, CC_INT32, CC_UINT8 };

// Functions of one tensor, and their pullbacks.
enum {
    CC_NEGATE, CC_ABSOLUTE, CC_EXP, CC_LOG, CC_SQRT, CC_SIN, CC_COS, CC_TANH, CC_SIGMOID, CC_RELU, CC_GELU, CC_GELU_TANH,
    CC_RELU6, CC_HARDSIGMOID, CC_HARDSWISH, CC_SILU, CC_LEAKY_RELU, CC_AFFINE, CC_POWER, CC_CLAMP, CC_INVERSE_DEVIATION
};
enum {
    CC_RELU_PULLBACK, CC_SIGMOID_PULLBACK, CC_TANH_PULLBACK, CC_GELU_PULLBACK, CC_GELU_TANH_PULLBACK, CC_LEAKY_RELU_PULLBACK,
    CC_RELU6_PULLBACK, CC_HARDSIGMOID_PULLBACK, CC_HARDSWISH_PULLBACK, CC_SILU_PULLBACK, CC_CLAMP_PULLBACK
};

// Functions of two tensors.
enum { CC_ADD, CC_SUBTRACT, CC_MULTIPLY, CC_DIVIDE, CC_MAXIMUM, CC_MINIMUM, CC_ADD_RELU };

enum { CC_EQUAL, CC_NOT_EQUAL, CC_LESS, CC_GREATER, CC_LESS_OR_EQUAL, CC_GREATER_OR_EQUAL, CC_SAME };

// Reductions. The last one counts the elements that are NaN or infinite.
enum { CC_SUM, CC_SUM_OF_SQUARES, CC_DEVIATIONS, CC_LARGEST, CC_NOT_FINITE };

// Threads of a block, of kernels whose threads wait for each other; and those of a block of columns.
enum { CC_BLOCK = 128, CC_COLUMNS = 32, CC_COLUMN_ROWS = 8 };

// Windows of a pooling along one axis: `count` windows of `kernel` elements at distances of `stride`, or, where `kernel` is 0,
// `count` windows that cover the axis evenly.
typedef struct {
    int length, count;
    int kernel, stride, padding, dilation;
    int counts_padding;
} cc_windows;

// The lengths of a convolution over channels-last images.
typedef struct {
    int batch, height, width, channels;
    int output_height, output_width, output_channels;
    int kernel_height, kernel_width;
    int stride_height, stride_width, padding_height, padding_width, dilation_height, dilation_width;
    int groups;
} cc_convolution;

// A product C = A · B of matrices: the distances of neighbours along the rows and columns of A `[m, k]` and B `[k, n]`. C has
// rows without gaps at distances of `c_row`.
typedef struct {
    unsigned m, n, k;
    long long a_row, a_column, b_row, b_column, c_row;
    // The products of a batch: the axes before the last two, with strides of A, B and C.
    cc_loop batch;
} cc_product;

// Rows and columns of the product that one block computes, and its steps along k.
enum { CC_TILE = 64, CC_LARGE_TILE = 128, CC_TILE_DEPTH = 16, CC_TILE_THREADS = 256 };

#endif
