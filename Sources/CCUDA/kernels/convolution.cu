// SPDX-License-Identifier: Apache-2.0
// Convolution of channels-last images in its three passes, as products whose factors are gathered while they are loaded
// (implicit GEMM). Filters are `[O, kH, kW, C / groups]` in memory. A block computes tile blockIdx.x, row by row; blockIdx.z
// is the group times the number of parts that k is split into, plus the part.
#include "tiles.h"

struct Pixel {
    i64 image;
    int row, column;
};

__device__ inline Pixel pixel_of(u32 index, int height, int width) {
    Pixel pixel;
    u32 rest = index / (u32)width;
    pixel.column = (int)(index - rest * (u32)width);
    pixel.image = rest / (u32)height;
    pixel.row = (int)(rest - (u32)pixel.image * (u32)height);
    return pixel;
}

// What an output pixel sees: rows are output pixels, columns `[kH, kW, C / groups]`.
struct Patches {
    const float *x;
    const cc_convolution &c;
    u32 pixels;

    // The window's corner, and the element of a patch.
    struct Row {
        i64 image;
        int top, left;
    };
    struct Column {
        int down, across, channel;
    };

    __device__ Row row(u32 index) const {
        Row row = {-1, 0, 0};
        if (index >= pixels) return row;
        Pixel pixel = pixel_of(index, c.output_height, c.output_width);
        row.image = pixel.image * c.height * c.width * c.channels;
        row.top = pixel.row * c.stride_height - c.padding_height;
        row.left = pixel.column * c.stride_width - c.padding_width;
        return row;
    }
    __device__ Column column(u32 k) const {
        u32 channels = (u32)(c.channels / c.groups), tap = k / channels, down = tap / (u32)c.kernel_width;
        Column column = {(int)down * c.dilation_height, (int)(tap - down * (u32)c.kernel_width) * c.dilation_width,
                         (int)(k - tap * channels)};
        return column;
    }
    __device__ float load(Row row, Column column) const {
        int h = row.top + column.down, w = row.left + column.across;
        bool is_inside = row.image >= 0 && (u32)h < (u32)c.height && (u32)w < (u32)c.width;
        return is_inside ? x[row.image + ((i64)h * c.width + w) * c.channels + column.channel] : 0;
    }
};

// The same with its axes exchanged: rows are elements of a patch, columns output pixels.
struct PatchesTransposed {
    Patches patches;
    u32 elements;

    struct Row {
        Patches::Column element;
        bool is_inside;
    };
    typedef Patches::Row Column;
    __device__ Row row(u32 m) const {
        Row row = {patches.column(m < elements ? m : 0), m < elements};
        return row;
    }
    __device__ Column column(u32 k) const { return patches.row(k); }
    __device__ float load(Row row, Column column) const { return row.is_inside ? patches.load(column, row.element) : 0; }
};

// The gradients that reach an input pixel: rows are input pixels, columns `[kH, kW, O / groups]`.
struct Gradients {
    const float *g;
    const cc_convolution &c;
    u32 pixels;

    struct Row {
        i64 image;
        int row, column;
    };
    struct Column {
        int down, across, channel;
    };

    __device__ Row row(u32 index) const {
        Row row = {-1, 0, 0};
        if (index >= pixels) return row;
        Pixel pixel = pixel_of(index, c.height, c.width);
        row.image = pixel.image * c.output_height * c.output_width * c.output_channels;
        row.row = pixel.row + c.padding_height;
        row.column = pixel.column + c.padding_width;
        return row;
    }
    __device__ Column column(u32 k) const {
        u32 channels = (u32)(c.output_channels / c.groups), tap = k / channels, down = tap / (u32)c.kernel_width;
        Column column = {(int)down * c.dilation_height, (int)(tap - down * (u32)c.kernel_width) * c.dilation_width,
                         (int)(k - tap * channels)};
        return column;
    }
    __device__ float load(Row row, Column column) const {
        int h = row.row - column.down, w = row.column - column.across;
        if (row.image < 0 || h < 0 || w < 0) return 0;
        int i = h / c.stride_height, j = w / c.stride_width;
        bool is_inside = i * c.stride_height == h && j * c.stride_width == w && i < c.output_height && j < c.output_width;
        return is_inside ? g[row.image + ((i64)i * c.output_width + j) * c.output_channels + column.channel] : 0;
    }
};

// Filters for the input's gradient: rows are input channels, columns `[kH, kW, O / groups]`.
struct TurnedFilters {
    const float *w;
    const cc_convolution &c;

    typedef int Row;
    typedef i64 Column;
    __device__ Row row(u32 m) const { return (int)m < c.channels / c.groups ? (int)m : -1; }
    __device__ Column column(u32 k) const {
        u32 outputs = (u32)(c.output_channels / c.groups), channels = (u32)(c.channels / c.groups), tap = k / outputs;
        return ((i64)(k - tap * outputs) * c.kernel_height * c.kernel_width + tap) * channels;
    }
    __device__ float load(Row row, Column column) const { return row < 0 ? 0 : w[column + row]; }
};

__device__ inline u32 patch_of(const cc_convolution &c) {
    return (u32)c.kernel_height * (u32)c.kernel_width * (u32)(c.channels / c.groups);
}

// Where a group's tile goes: its channels of the rows of `out`, or its part of the sums.
__device__ inline RowWriter writer_of(float *out, u32 rows, u32 columns, int groups, u32 group, u32 part, int parts,
                                      const float *bias, int relu) {
    RowWriter writer = {out + group * columns, rows, columns, (i64)columns * groups, bias ? bias + group * columns : 0, relu};
    if (parts > 1) {
        writer.out += (u64)part * rows * columns * groups;
        writer.bias = 0;
        writer.relu = 0;
    }
    return writer;
}

template <int TILE>
__device__ inline void forward_of(const cc_convolution &c, const float *x, const float *w, const float *bias, int relu, int parts,
                                  float *out) {
    u32 group = blockIdx.z / parts, part = blockIdx.z % parts;
    u32 pixels = (u32)c.batch * c.output_height * c.output_width, outputs = c.output_channels / c.groups, patch = patch_of(c);
    Patches patches = {x + group * (c.channels / c.groups), c, pixels};
    Tile<TILE> tile(outputs);
    u32 m0 = tile.m0, n0 = tile.n0;
    GatherLoader<TILE, true, Patches> load_patches(patches, m0);
    MatrixLoader<TILE> load_filters(w + (u64)group * outputs * patch, patch, 1, outputs, n0, true);
    Split split(patch, part, parts);
    tile_product<TILE>(load_patches, load_filters, m0, n0, split.begin, split.end,
                       writer_of(out, pixels, outputs, c.groups, group, part, parts, bias, relu));
}

template <int TILE>
__device__ inline void input_gradient_of(const cc_convolution &c, const float *g, const float *w, int parts, float *out) {
    u32 group = blockIdx.z / parts, part = blockIdx.z % parts;
    u32 pixels = (u32)c.batch * c.height * c.width, outputs = c.output_channels / c.groups, channels = c.channels / c.groups;
    Gradients gradients = {g + group * outputs, c, pixels};
    TurnedFilters filters = {w + (u64)group * outputs * patch_of(c), c};
    Tile<TILE> tile(channels);
    u32 m0 = tile.m0, n0 = tile.n0;
    GatherLoader<TILE, true, Gradients> load_gradients(gradients, m0);
    GatherLoader<TILE, false, TurnedFilters> load_filters(filters, n0);
    Split split((u32)c.kernel_height * c.kernel_width * outputs, part, parts);
    tile_product<TILE>(load_gradients, load_filters, m0, n0, split.begin, split.end,
                       writer_of(out, pixels, channels, c.groups, group, part, parts, 0, 0));
}

template <int TILE>
__device__ inline void filter_gradient_of(const cc_convolution &c, const float *g, const float *x, int parts, float *out) {
    u32 group = blockIdx.z / parts, part = blockIdx.z % parts;
    u32 pixels = (u32)c.batch * c.output_height * c.output_width, outputs = c.output_channels / c.groups, patch = patch_of(c);
    PatchesTransposed patches = {{x + group * (c.channels / c.groups), c, pixels}, patch};
    Tile<TILE> tile(patch);
    u32 m0 = tile.m0, n0 = tile.n0;
    MatrixLoader<TILE> load_gradients(g + group * outputs, 1, c.output_channels, outputs, m0, false);
    GatherLoader<TILE, false, PatchesTransposed> load_patches(patches, n0);
    Split split(pixels, part, parts);
    RowWriter writer = {out + ((u64)part * c.groups + group) * outputs * patch, outputs, patch, patch, 0, 0};
    tile_product<TILE>(load_gradients, load_patches, m0, n0, split.begin, split.end, writer);
}

BLOCK_KERNEL(convolution)(cc_convolution c, const float *x, const float *w, const float *bias, int relu, int parts, float *out) {
    forward_of<CC_TILE>(c, x, w, bias, relu, parts, out);
}
BLOCK_KERNEL(large_convolution)(cc_convolution c, const float *x, const float *w, const float *bias, int relu, int parts,
                                float *out) {
    forward_of<CC_LARGE_TILE>(c, x, w, bias, relu, parts, out);
}
BLOCK_KERNEL(input_gradient)(cc_convolution c, const float *g, const float *w, int parts, float *out) {
    input_gradient_of<CC_TILE>(c, g, w, parts, out);
}
BLOCK_KERNEL(large_input_gradient)(cc_convolution c, const float *g, const float *w, int parts, float *out) {
    input_gradient_of<CC_LARGE_TILE>(c, g, w, parts, out);
}
BLOCK_KERNEL(filter_gradient)(cc_convolution c, const float *g, const float *x, int parts, float *out) {
    filter_gradient_of<CC_TILE>(c, g, x, parts, out);
}
BLOCK_KERNEL(large_filter_gradient)(cc_convolution c, const float *g, const float *x, int parts, float *out) {
    filter_gradient_of<CC_LARGE_TILE>(c, g, x, parts, out);
}
